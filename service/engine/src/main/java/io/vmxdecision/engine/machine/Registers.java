package io.vmxdecision.engine.machine;

import java.util.Arrays;
import java.util.List;

/**
 * The registers of the exiting vCPU at the exit, 64 bits each. Mutable, not thread-safe, allocates
 * nothing after construction.
 */
public final class Registers {
  /** Number of RAX, as instructions and exit qualifications encode it. */
  public static final int RAX = 0;

  /** Number of RCX. */
  public static final int RCX = 1;

  /** Number of RDX. */
  public static final int RDX = 2;

  /** Number of RBX. */
  public static final int RBX = 3;

  /** Number of RSP. */
  public static final int RSP = 4;

  /** Number of RBP. */
  public static final int RBP = 5;

  /** Number of RSI. */
  public static final int RSI = 6;

  /** Number of RDI. */
  public static final int RDI = 7;

  /** Number of R8; R9..R15 follow. */
  public static final int R8 = 8;

  /** How many general-purpose registers there are. */
  public static final int GENERAL = 16;

  /** How many XMM registers can carry hypercall input: XMM0..XMM5. TLFS, "Hypercall Inputs". */
  public static final int XMM = 6;

  /** How many 64-bit halves those are. */
  public static final int XMM_HALVES = 2 * XMM;

  /** The least privileged level: {@link #cpl()} is 0..3. */
  public static final int MAX_CPL = 3;

  private static final List<String> NAMES =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
          "r14",
          "r15");

  /** What there is of a general-purpose register outside 64-bit mode. */
  public static final long LOW_32 = 0xffff_ffffL;

  private final long[] general = new long[GENERAL];
  private final long[] xmmHalves = new long[XMM_HALVES];
  private long rip;
  private long rflags;
  private int cpl;
  private boolean protectedMode = true;
  private boolean longMode = true;

  /** The name of a general-purpose register by number, 0..15: {@code rax}, {@code rcx}, ... */
  public static String name(int number) {
    return NAMES.get(number);
  }

  /** All registers 0, CPL 0, 64-bit mode. */
  public void clear() {
    Arrays.fill(general, 0);
    Arrays.fill(xmmHalves, 0);
    rip = 0;
    rflags = 0;
    cpl = 0;
    protectedMode = true;
    longMode = true;
  }

  /** Makes these equal to {@code other}. */
  public void copyFrom(Registers other) {
    System.arraycopy(other.general, 0, general, 0, GENERAL);
    System.arraycopy(other.xmmHalves, 0, xmmHalves, 0, XMM_HALVES);
    rip = other.rip;
    rflags = other.rflags;
    cpl = other.cpl;
    protectedMode = other.protectedMode;
    longMode = other.longMode;
  }

  /** A general-purpose register by number, 0..15. */
  public long general(int number) {
    return general[number];
  }

  /**
   * A general-purpose register as an instruction's operand: cut to 32 bits outside 64-bit mode. KVM
   * {@code kvm_register_read()}.
   */
  public long operand(int number) {
    return longMode ? general[number] : general[number] & LOW_32;
  }

  /** Sets a general-purpose register. */
  public void general(int number, long value) {
    general[number] = value;
  }

  /** Half {@code index} of XMM0..XMM5, 0..11, the low half of each register first. */
  public long xmmHalf(int index) {
    return xmmHalves[index];
  }

  /** Sets half {@code index} of XMM0..XMM5. */
  public void xmmHalf(int index, long value) {
    xmmHalves[index] = value;
  }

  /** RIP, of the instruction that exited. */
  public long rip() {
    return rip;
  }

  /** Sets RIP. */
  public void rip(long value) {
    rip = value;
  }

  /** RFLAGS. */
  public long rflags() {
    return rflags;
  }

  /** Sets RFLAGS. */
  public void rflags(long value) {
    rflags = value;
  }

  /** The current privilege level, 0..3. */
  public int cpl() {
    return cpl;
  }

  /** Sets the current privilege level. */
  public void cpl(int value) {
    cpl = value;
  }

  /** Whether CR0.PE is set. */
  public boolean isProtectedMode() {
    return protectedMode;
  }

  /** Sets {@link #isProtectedMode()}. */
  public void protectedMode(boolean value) {
    protectedMode = value;
  }

  /** Whether the vCPU is in 64-bit mode (EFER.LMA and CS.L). */
  public boolean isLongMode() {
    return longMode;
  }

  /** Sets {@link #isLongMode()}. */
  public void longMode(boolean value) {
    longMode = value;
  }
}
