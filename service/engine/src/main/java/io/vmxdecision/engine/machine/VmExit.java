package io.vmxdecision.engine.machine;

import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;

/**
 * A VM-exit as the CPU reported it to L0: the exit information fields of the VMCS that L0 runs L2
 * (or L1) with, and the registers of the vCPU at that time. SDM vol. 3, "VM-Exit Information
 * Fields". Mutable, not thread-safe, allocates nothing after construction.
 */
public final class VmExit {
  private final Registers registers = new Registers();
  private Level from = Level.L2;
  private int reason;
  private long qualification;
  private int interruptionInfo;
  private int interruptionErrorCode;
  private int instructionLength;
  private int instructionInfo;
  private long guestLinearAddress;
  private int idtVectoringInfo;
  private int idtVectoringErrorCode;

  /** From L2, all words 0, registers as {@link Registers#clear()} leaves them. */
  public void clear() {
    registers.clear();
    from = Level.L2;
    reason = 0;
    qualification = 0;
    interruptionInfo = 0;
    interruptionErrorCode = 0;
    instructionLength = 0;
    instructionInfo = 0;
    guestLinearAddress = 0;
    idtVectoringInfo = 0;
    idtVectoringErrorCode = 0;
  }

  /**
   * Clears the exit, but takes from {@code page}, if one is given, what an eVMCS says of the last
   * exit: RSP, RIP, RFLAGS, instruction information and guest-linear address.
   */
  public void clearTo(EnlightenedVmcs page) {
    clear();
    if (page.isGiven()) {
      registers.general(Registers.RSP, page.value(EvmcsField.GUEST_RSP));
      registers.rip(page.value(EvmcsField.GUEST_RIP));
      registers.rflags(page.value(EvmcsField.GUEST_RFLAGS));
      instructionInfo = (int) page.value(EvmcsField.VMX_INSTRUCTION_INFO);
      guestLinearAddress = page.value(EvmcsField.GUEST_LINEAR_ADDRESS);
    }
  }

  /** Makes this equal to {@code other}. */
  public void copyFrom(VmExit other) {
    registers.copyFrom(other.registers);
    from = other.from;
    reason = other.reason;
    qualification = other.qualification;
    interruptionInfo = other.interruptionInfo;
    interruptionErrorCode = other.interruptionErrorCode;
    instructionLength = other.instructionLength;
    instructionInfo = other.instructionInfo;
    guestLinearAddress = other.guestLinearAddress;
    idtVectoringInfo = other.idtVectoringInfo;
    idtVectoringErrorCode = other.idtVectoringErrorCode;
  }

  /** The registers of the exiting vCPU. */
  public Registers registers() {
    return registers;
  }

  /** Who was running: L1 or L2. */
  public Level from() {
    return from;
  }

  /**
   * Sets who was running.
   *
   * @throws IllegalArgumentException for L0, which takes exits and makes none
   */
  public void from(Level value) {
    if (value == Level.L0) {
      throw new IllegalArgumentException("no exit comes from L0");
    }
    from = value;
  }

  /** The raw exit reason, 32 bits. */
  public int reason() {
    return reason;
  }

  /** Sets the raw exit reason. */
  public void reason(int value) {
    reason = value;
  }

  /** The exit qualification, 64 bits. */
  public long qualification() {
    return qualification;
  }

  /** Sets the exit qualification. */
  public void qualification(long value) {
    qualification = value;
  }

  /** VM-exit interruption information, 32 bits. */
  public int interruptionInfo() {
    return interruptionInfo;
  }

  /** Sets the interruption information. */
  public void interruptionInfo(int value) {
    interruptionInfo = value;
  }

  /** VM-exit interruption error code, 32 bits. */
  public int interruptionErrorCode() {
    return interruptionErrorCode;
  }

  /** Sets the interruption error code. */
  public void interruptionErrorCode(int value) {
    interruptionErrorCode = value;
  }

  /** VM-exit instruction length in bytes, 32 bits, unsigned (1..15 where hardware defines it). */
  public int instructionLength() {
    return instructionLength;
  }

  /** Sets the instruction length. */
  public void instructionLength(int value) {
    instructionLength = value;
  }

  /** VM-exit instruction information, 32 bits. */
  public int instructionInfo() {
    return instructionInfo;
  }

  /** Sets the instruction information. */
  public void instructionInfo(int value) {
    instructionInfo = value;
  }

  /** The guest-linear address, 64 bits. */
  public long guestLinearAddress() {
    return guestLinearAddress;
  }

  /** Sets the guest-linear address. */
  public void guestLinearAddress(long value) {
    guestLinearAddress = value;
  }

  /** IDT-vectoring information, 32 bits: the event whose delivery the exit cut short. */
  public int idtVectoringInfo() {
    return idtVectoringInfo;
  }

  /** Sets the IDT-vectoring information. */
  public void idtVectoringInfo(int value) {
    idtVectoringInfo = value;
  }

  /** IDT-vectoring error code, 32 bits. */
  public int idtVectoringErrorCode() {
    return idtVectoringErrorCode;
  }

  /** Sets the IDT-vectoring error code. */
  public void idtVectoringErrorCode(int value) {
    idtVectoringErrorCode = value;
  }
}
