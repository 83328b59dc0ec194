package io.vmxdecision.engine.machine;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.hyperv.PartitionAssistPage;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;

/**
 * All that a decision depends on besides the exit: the shared pages as L0 last read them, L1's
 * CPUID, the vCPUs, and the memory that the rules may read.
 *
 * <p>Reused: the parts are there from the start, to be wrapped, filled and cleared. Deciding reads
 * only, so threads may share a snapshot as long as none of them fills it or applies a decision to it.
 */
public final class Snapshot {
  private final EnlightenedVmcs evmcs = new EnlightenedVmcs();
  private final VpAssistPage vpAssistPage = new VpAssistPage();
  private final PartitionAssistPage partitionAssistPage = new PartitionAssistPage();
  private final Cpuid cpuid = new Cpuid();
  private final VirtualProcessors vcpus = new VirtualProcessors();
  private final GuestMemory memory = new GuestMemory();
  private final PageTranslations translations = new PageTranslations();
  private int vcpu;
  private boolean hostLa57;

  /** No pages, one vCPU with VP index 0, everything else 0, false or empty. */
  public void clear() {
    evmcs.unwrap();
    vpAssistPage.unwrap();
    partitionAssistPage.unwrap();
    cpuid.clear();
    vcpus.reset(1);
    memory.clear();
    translations.clear();
    vcpu = 0;
    hostLa57 = false;
  }

  /** The enlightened VMCS, if one is given. */
  public EnlightenedVmcs evmcs() {
    return evmcs;
  }

  /** The VP assist page of the exiting vCPU, if one is given. */
  public VpAssistPage vpAssistPage() {
    return vpAssistPage;
  }

  /** The page at the eVMCS's {@code partition_assist_page}, if L0 can read it. */
  public PartitionAssistPage partitionAssistPage() {
    return partitionAssistPage;
  }

  /** L1's CPUID. */
  public Cpuid cpuid() {
    return cpuid;
  }

  /** The vCPUs of L1's VM. */
  public VirtualProcessors vcpus() {
    return vcpus;
  }

  /** L1's guest-physical memory. */
  public GuestMemory memory() {
    return memory;
  }

  /** L1's EPT. */
  public PageTranslations translations() {
    return translations;
  }

  /** The index of the exiting vCPU, below {@code vcpus().count()}. */
  public int vcpu() {
    return vcpu;
  }

  /** Sets the index of the exiting vCPU. */
  public void vcpu(int index) {
    vcpu = index;
  }

  /** Whether the host has 57-bit linear addresses (5-level paging). */
  public boolean hasHostLa57() {
    return hostLa57;
  }

  /** Sets {@link #hasHostLa57()}. */
  public void hostLa57(boolean value) {
    hostLa57 = value;
  }
}
