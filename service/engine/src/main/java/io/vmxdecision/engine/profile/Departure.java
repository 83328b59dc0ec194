package io.vmxdecision.engine.profile;

/**
 * A switch: something that another L0 does otherwise than {@code kvm-6.12}. A profile is its set of these, and
 * a rule asks for a switch, never for a profile. The rules that they turn are P1 to P9.
 */
public enum Departure {
  /** P1: L0 has no L2 TLB flush, so that every VMCALL of L2 is L1's. */
  NO_L2_TLB_FLUSH(1, "no L2 TLB flush"),
  /** P2: a #VE of L2 is L1's by bit 20 of the exception bitmap, as another exception is. */
  VIRTUALIZATION_EXCEPTION_BY_BITMAP(2, "a #VE of L2 goes by the exception bitmap"),
  /** P3: a vCPU has no queues of addresses: each target of a flush flushes all. */
  NO_FLUSH_QUEUES(3, "no queues: each target flushes all, and a list is never read"),
  /** P4: a VM has at most 1,024 vCPUs, and of a VP set in memory the first 16 banks are read. */
  FEWER_VCPUS(4, "1,024 vCPUs, 16 banks of a VP set"),
  /** P5: of a range of addresses exactly the canonical pages are flushed. */
  CANONICAL_BY_PAGE(5, "a range is flushed page by page, the canonical ones"),
  /** P6: RDMSR and WRMSRNS with an immediate go by the MSR bitmap. */
  MSR_IMMEDIATE_BY_BITMAP(6, "RDMSR and WRMSRNS with an immediate go by the MSR bitmap"),
  /** P7: XSAVES and XRSTORS are always L1's. */
  XSAVES_FOR_L1(7, "XSAVES and XRSTORS are always L1's"),
  /** P8: SEAMCALL and TDCALL are never L1's. */
  TDX_CALLS_NEVER_FOR_L1(8, "SEAMCALL and TDCALL are never L1's"),
  /** P9: L0 keeps a CPUID that faults. */
  CPUID_FAULTING(9, "L0 keeps a CPUID that faults");

  private final int number;
  private final String title;

  Departure(int number, String title) {
    this.number = number;
    this.title = title;
  }

  /** The id of the rule: {@code P1} to {@code P9}. */
  public String id() {
    return "P" + number;
  }

  /** The bit that stands for it in a set. */
  int mask() {
    return 1 << number;
  }

  /** What the L0 does, in a few words. */
  public String title() {
    return title;
  }
}
