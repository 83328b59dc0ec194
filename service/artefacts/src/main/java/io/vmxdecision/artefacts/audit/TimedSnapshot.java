package io.vmxdecision.artefacts.audit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the state from a time on, until a later snapshot says otherwise of the same part. A page is what is
 * in L1's memory: what L0 holds of it follows from the VM-entries in the trace.
 *
 * @param fromNanos from when on it holds, in the trace's time; {@link Long#MIN_VALUE} for always
 * @param vcpu the vCPU that the first two pages are of, or {@link #ALL_VCPUS}
 * @param evmcs the enlightened VMCS as software reads it, 4,096 bytes, or null if it is not known
 * @param vpAssistPage the VP assist page likewise, 4,096 bytes, or null
 * @param partitionAssistPage the partition assist page, 4,096 bytes, or null
 * @param cpuid what it says of L1's CPUID
 * @param memory regions of L1's guest-physical memory, such as an MSR bitmap
 */
@SuppressWarnings("ArrayRecordComponent") // pages, used and not copied; nobody compares snapshots
public record TimedSnapshot(
    long fromNanos,
    int vcpu,
    byte @Nullable [] evmcs,
    byte @Nullable [] vpAssistPage,
    byte @Nullable [] partitionAssistPage,
    CpuidWords cpuid,
    List<Region> memory) {

  /** {@link #vcpu()} of a snapshot of all vCPUs. */
  public static final int ALL_VCPUS = -1;

  /** Copies the list. */
  public TimedSnapshot {
    memory = List.copyOf(memory);
  }

  /** Whether the eVMCS and the VP assist page in it are those of the vCPU of that number. */
  boolean isOf(int number) {
    return vcpu == ALL_VCPUS || vcpu == number;
  }

  /** The enlightened VMCS of all vCPUs, a page of 4,096 bytes. */
  public static TimedSnapshot ofEvmcs(long fromNanos, byte[] page) {
    return new TimedSnapshot(fromNanos, ALL_VCPUS, page, null, null, CpuidWords.UNKNOWN, List.of());
  }

  /** The VP assist page of all vCPUs, 4,096 bytes. */
  public static TimedSnapshot ofVpAssistPage(long fromNanos, byte[] page) {
    return new TimedSnapshot(fromNanos, ALL_VCPUS, null, page, null, CpuidWords.UNKNOWN, List.of());
  }

  /** The enlightened VMCS of one vCPU, a page of 4,096 bytes; {@link #ALL_VCPUS} for all. */
  public static TimedSnapshot ofEvmcs(long fromNanos, int vcpu, byte[] page) {
    return new TimedSnapshot(fromNanos, vcpu, page, null, null, CpuidWords.UNKNOWN, List.of());
  }

  /** The VP assist page of one vCPU, 4,096 bytes; {@link #ALL_VCPUS} for all. */
  public static TimedSnapshot ofVpAssistPage(long fromNanos, int vcpu, byte[] page) {
    return new TimedSnapshot(fromNanos, vcpu, null, page, null, CpuidWords.UNKNOWN, List.of());
  }

  /** A page of L1's memory, at an address that is page-aligned. */
  public static TimedSnapshot ofMemory(long fromNanos, long gpa, byte[] page) {
    List<Region> memory = List.of(new Region(gpa, page));
    return new TimedSnapshot(fromNanos, ALL_VCPUS, null, null, null, CpuidWords.UNKNOWN, memory);
  }

  /** The partition assist page, 4,096 bytes. */
  public static TimedSnapshot ofPartitionAssistPage(long fromNanos, byte[] page) {
    return new TimedSnapshot(fromNanos, ALL_VCPUS, null, null, page, CpuidWords.UNKNOWN, List.of());
  }

  /** Words of L1's CPUID. */
  public static TimedSnapshot ofCpuid(long fromNanos, CpuidWords cpuid) {
    return new TimedSnapshot(fromNanos, ALL_VCPUS, null, null, null, cpuid, List.of());
  }

  /**
   * A region of memory.
   *
   * @param gpa where it begins
   * @param bytes what it holds, at least one byte
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record Region(long gpa, byte[] bytes) {}
}
