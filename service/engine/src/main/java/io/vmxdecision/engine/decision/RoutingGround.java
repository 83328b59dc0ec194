package io.vmxdecision.engine.decision;

/** On what ground an exit from L2 was routed; the numbers behind it are in {@link Route}. */
public enum RoutingGround {
  /** L0 always keeps exits of that reason. */
  KEPT_BY_L0,
  /** L0 keeps the CPUID: it faults. */
  CPUID_FAULT,
  /** L0 keeps it: the exception exit is an NMI. */
  NMI,
  /** L0 keeps it: a virtualization exception (#VE). */
  VIRTUALIZATION_EXCEPTION,
  /** L0 keeps the VMCALL: the L2 TLB flush is eligible. */
  ELIGIBLE_FLUSH,
  /** L1 always wants exits of that reason. */
  ALWAYS_WANTED,
  /** L1 never wants exits of that reason. */
  NEVER_WANTED,
  /** L1 always wants page faults. */
  PAGE_FAULT,
  /** The bit of a control decided. */
  CONTROL,
  /** A secondary control would decide, but the secondary controls are not activated. */
  SECONDARY_CONTROLS_INACTIVE,
  /** The vector's bit of the exception bitmap decided. */
  EXCEPTION_BITMAP,
  /** The bits of CR0 or CR4 that L1 owns and L2 would change decided. */
  CR_MASK,
  /** An access to that control register, in that way, is never L1's. */
  CR_NOT_WANTED,
  /** A bit of a bitmap in L1's memory decided. */
  BITMAP,
  /** The byte of the bitmap is unreadable. */
  BITMAP_UNREADABLE,
  /** The number is in no bitmap: an I/O port past 0xffff, an MSR outside both ranges, a VMCS field
   * past 0x7fff. */
  OUT_OF_RANGE,
  /** L1 has injected a pending MTF VM-exit. */
  MTF_INJECTED,
  /** The guest has no SGX. */
  NO_SGX,
  /** The leaf's bit of the ENCLS-exiting bitmap decided. */
  ENCLS_BITMAP
}
