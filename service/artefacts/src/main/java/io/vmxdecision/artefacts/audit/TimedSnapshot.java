package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.machine.Cpuid;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the state from a time on, until a later snapshot says otherwise of the same part.
 *
 * @param fromNanos from when on it holds, in the trace's time; {@link Long#MIN_VALUE} for always
 * @param vcpu the vCPU that the first two pages are of, or -1 for all
 * @param evmcs the enlightened VMCS as L0 last read it, 4,096 bytes, or null if it is not known
 * @param vpAssistPage the VP assist page as L0 last read it, 4,096 bytes, or null
 * @param partitionAssistPage the partition assist page, 4,096 bytes, or null
 * @param cpuid L1's CPUID, or null
 * @param memory regions of L1's guest-physical memory, such as an MSR bitmap
 */
@SuppressWarnings("ArrayRecordComponent") // pages, used and not copied; nobody compares snapshots
public record TimedSnapshot(
    long fromNanos,
    int vcpu,
    byte @Nullable [] evmcs,
    byte @Nullable [] vpAssistPage,
    byte @Nullable [] partitionAssistPage,
    @Nullable Cpuid cpuid,
    List<Region> memory) {

  /** Copies the list. */
  public TimedSnapshot {
    memory = List.copyOf(memory);
  }

  /** The enlightened VMCS of all vCPUs, a page of 4,096 bytes. */
  public static TimedSnapshot ofEvmcs(long fromNanos, byte[] page) {
    return new TimedSnapshot(fromNanos, -1, page, null, null, null, List.of());
  }

  /** The VP assist page of all vCPUs, 4,096 bytes. */
  public static TimedSnapshot ofVpAssistPage(long fromNanos, byte[] page) {
    return new TimedSnapshot(fromNanos, -1, null, page, null, null, List.of());
  }

  /** The partition assist page, 4,096 bytes. */
  public static TimedSnapshot ofPartitionAssistPage(long fromNanos, byte[] page) {
    return new TimedSnapshot(fromNanos, -1, null, null, page, null, List.of());
  }

  /** L1's CPUID. */
  public static TimedSnapshot ofCpuid(long fromNanos, Cpuid cpuid) {
    return new TimedSnapshot(fromNanos, -1, null, null, null, cpuid, List.of());
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
