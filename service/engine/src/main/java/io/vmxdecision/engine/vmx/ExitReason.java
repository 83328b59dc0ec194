package io.vmxdecision.engine.vmx;

import io.vmxdecision.engine.bytes.BitRange;

/**
 * Reads the 32-bit exit reason of a VMCS (rules X). SDM vol. 3, "Basic VM-Exit Information": bits
 * 15:0 the basic reason, 26 bus lock, 27 enclave mode, 28 pending MTF, 29 exit from VMX root
 * operation, 31 failed VM-entry; the others are taken as reserved. (Newer SDMs give bit 25 to
 * "prematurely busy shadow stack"; KVM 6.12 and the rules of this project have it reserved.)
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class ExitReason {
  /** Bit 26: a bus lock was acquired. */
  public static final int BUS_LOCK = 1 << 26;

  /** Bit 27: the exit came from an enclave. */
  public static final int ENCLAVE_MODE = 1 << 27;

  /** Bit 28: an MTF VM-exit was pending; hardware sets it on SMI exits to an STM only. */
  public static final int PENDING_MTF = 1 << 28;

  /** Bit 29: an exit from VMX root operation; hardware sets it on exits to an STM only. */
  public static final int FROM_VMX_ROOT = 1 << 29;

  /** Bit 31: the VM-entry failed. */
  public static final int FAILED_VM_ENTRY = 1 << 31;

  /**
   * The synthetic exit of the L2 TLB flush, "trap after flush" (TLFS, {@code
   * HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH}): bit 28 with basic reason 49, EPT misconfig.
   *
   * <p>Why bit 28 is safe: hardware sets it only on an SMI exit from VMX non-root operation to an
   * STM, and only if an MTF exit was pending. The STM's exits have the basic reasons 5 (I/O SMI), 6
   * (other SMI) and 18 (VMCALL to the STM, from VMX root, so never with a pending MTF). Hyper-V takes
   * no bit from Intel: it pairs bit 28 with a basic reason that is no SMI exit, a value which
   * hardware cannot produce. Code that looks at the low 16 bits alone sees an EPT misconfig, and
   * KVM's tracepoints print it so.
   */
  public static final int SYNTHETIC_TRAP_AFTER_FLUSH = PENDING_MTF | 0x31;

  /** The name of {@link #SYNTHETIC_TRAP_AFTER_FLUSH} in the TLFS and in Linux. */
  public static final String SYNTHETIC_NAME = "HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH";

  /** The basic reason. */
  public static final BitRange BASIC = new BitRange("basic reason", 0, 16);

  private static final int RESERVED =
      ~((int) BASIC.mask() | BUS_LOCK | ENCLAVE_MODE | PENDING_MTF | FROM_VMX_ROOT | FAILED_VM_ENTRY);

  private ExitReason() {}

  /** The basic reason, bits 15:0: 0..65,535. */
  public static int basic(int raw) {
    return (int) BASIC.of(raw);
  }

  /** Whether bit 31 is set: L2 was never entered. */
  public static boolean isFailedVmEntry(int raw) {
    return (raw & FAILED_VM_ENTRY) != 0;
  }

  /** What the raw value can be at all; the reasons stand at {@link #SYNTHETIC_TRAP_AFTER_FLUSH}. */
  public static ExitReasonKind kind(int raw) {
    if (raw == SYNTHETIC_TRAP_AFTER_FLUSH) {
      return ExitReasonKind.HYPERV_SYNTHETIC;
    }
    if ((raw & RESERVED) != 0) {
      return ExitReasonKind.IMPOSSIBLE;
    }
    if ((raw & (PENDING_MTF | FROM_VMX_ROOT)) != 0) {
      return isStmExit(raw) ? ExitReasonKind.STM : ExitReasonKind.IMPOSSIBLE;
    }
    return BasicExitReason.of(basic(raw)) == null
        ? ExitReasonKind.UNDEFINED
        : ExitReasonKind.ARCHITECTURAL;
  }

  private static boolean isStmExit(int raw) {
    return switch (BasicExitReason.of(basic(raw))) {
      case IO_SMI, OTHER_SMI -> true;
      case VMCALL -> (raw & PENDING_MTF) == 0;
      case null, default -> false;
    };
  }
}
