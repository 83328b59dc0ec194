package io.vmxdecision.engine.tlfs;

import io.vmxdecision.engine.decision.RuleNumber;
import java.util.List;

/**
 * The rules of the profile {@code tlfs}: what the text fixes, where it leaves things open, and what KVM does
 * otherwise. Numbers are among those of all rules (see {@link io.vmxdecision.engine.catalogue.Rule#number()}).
 */
public enum TlfsRule implements RuleNumber {
  T1(42,
      "The L2 TLB flush is eligible when an eVMCS of version 1 is in use (E1, E2, E4) and F2, F3 and F5 hold. If one"
          + " is missing, the VMCALL is L1's. Another version, an address of all ones (or minus 1), or F4 clear is"
          + " not described.",
      "Nested Virtualization: Direct Virtual Flush; Feature Discovery",
      "KVM also takes the version that IA32_VMX_BASIC reports. Where the text is silent, the call is L1's. Before"
          + " Linux 6.2 it always is.",
      "/handledBy", "/l2TlbFlush", "/exitToL1"),
  T2(43,
      "A call at a CPL other than 0 or in real mode raises #UD, before anything else.",
      "Hypercall Interface: Legal Hypercall Environments",
      Kvm.AS_STATED,
      "/hypercall", "/tlbMutations", "/syntheticExit", "/exitToL1"),
  T3(44,
      "A reserved bit of the control word (30:27, 47:44, 63:60) ends with status 3. Bit 31 is no error.",
      "Hypercall Interface: Hypercall Inputs",
      "KVM has bit 31 among the reserved ones: status 3.",
      "/hypercall", "/tlbMutations", "/syntheticExit", "/exitToL1"),
  T4(45,
      "A fast call of L1 raises #UD where XMM input is not reported. More than 112 bytes of fast input, and an Ex call"
          + " where CPUID 0x40000004 EAX bit 11 is clear, are not described.",
      "Hypercall Interface: XMM Fast Hypercall Input; HvCallFlushVirtualAddressSpaceEx",
      "KVM raises #UD only where CPUID is enforced. A list of up to 15 elements that does not fit ends with status"
          + " 3, a longer one flushes all. An Ex call is taken unless CPUID is enforced.",
      "/hypercall", "/tlbMutations", "/syntheticExit", "/exitToL1"),
  T5(46,
      "A variable header on 0x0002 or 0x0003, a rep count or rep start on a space call, and a rep start that is not"
          + " below the rep count of a list call end with status 3. A list call resumes at its rep start.",
      "Hypercall Interface: Hypercall Classes, Common Status Codes",
      "KVM resumes nothing: any rep start ends with status 3.",
      "/hypercall", "/tlbMutations", "/syntheticExit", "/exitToL1"),
  T6(47,
      "Slow input that is not 8-byte aligned or crosses a page ends with status 4. Input that cannot be read is a memory"
          + " intercept.",
      "Hypercall Interface: Alignment Requirements",
      "KVM does not look at the alignment and reads on over a page boundary. Input that cannot be read ends with status"
          + " 3, a list that is not needed is not read.",
      "/hypercall", "/tlbMutations", "/syntheticExit", "/exitToL1"),
  T7(48,
      "An invalid flag, address space or set format ends with status 5; an empty set with 0 or 5; banks that do not"
          + " match the mask with 3 or 5. ALL_PROCESSORS counts in the Ex calls, too. Flag 3 on a list is not"
          + " described where extended ranges are reported.",
      "HvCallFlushVirtualAddress{Space,List}{,Ex}; HV_VP_SET; 6.0b p. 84 to 88",
      "KVM checks neither flags nor address space. It takes an empty mask and any set format but 0 for all processors,"
          + " and looks at ALL_PROCESSORS only outside the Ex calls.",
      "/hypercall", "/tlbMutations", "/syntheticExit", "/exitToL1"),
  T8(49,
      "Targets are the vCPUs with the caller's VmId and a VpId in the set; for a call of L1 those whose VP index is in"
          + " the set.",
      "Nested Virtualization: Direct Virtual Flush; HV_VP_SET",
      "To KVM a vCPU without a nested context has VmId 0 and VpId 0. A VM of up to 1,024 vCPUs has 16 banks: those"
          + " after are not read.",
      "/tlbMutations"),
  T9(50,
      "A space call invalidates everything, a list call the canonical pages of each element from the rep start on."
          + " Whether the valid pages of a partly invalid range must go is not said.",
      "HvCallFlushVirtualAddressList",
      "KVM flushes all address spaces and global entries, too. It flushes all for a list of more than 15 elements or"
          + " one that does not fit its queue, and its queue holds what earlier calls asked for.",
      "/tlbMutations"),
  T10(51,
      "A call that succeeds has completed as many repetitions as its rep count.",
      "Hypercall Interface: Hypercall Outputs",
      "KVM ends a call with status 6 where CPUID is enforced and does not offer it.",
      "/hypercall"),
  T11(52,
      "After a flush of L2 that succeeds, L1 gets the synthetic exit 0x10000031 if TlbLockCount is not 0. What follows a"
          + " failure under the lock, or a page that cannot be read, is not said.",
      "Nested Virtualization: Synthetic VM-Exit",
      "Where the text is silent, KVM makes no exit. A page that cannot be read makes a call that has flushed end with"
          + " status 3.",
      "/syntheticExit", "/exitToL1"),
  T12(53,
      "The order of errors is undefined: any of them may be the outcome. A certain error excludes success.",
      "Hypercall Interface: Ordering of Error Conditions",
      "KVM has an order, H1 to H12: the first decides.",
      "/hypercall");

  private final int number;
  private final String text;
  private final String reference;
  private final String kvm;
  @SuppressWarnings("ImmutableEnumChecker") // List.of is
  private final List<String> pointers;

  TlfsRule(int number, String text, String reference, String kvm, String... pointers) {
    this.number = number;
    this.text = text;
    this.reference = "TLFS, " + reference;
    this.kvm = kvm;
    this.pointers = List.of(pointers);
  }

  @Override
  public int number() {
    return number;
  }

  /** What it says, in sentences. */
  public String text() {
    return text;
  }

  /** The chapters of the TLFS that it comes from. */
  public String reference() {
    return reference;
  }

  /** What KVM does otherwise, in sentences; empty if nothing. */
  public String kvm() {
    return kvm;
  }

  /**
   * Whether it bears on that property of an answer, where an L0 handles the call. Who does is rule T1, on which all
   * the others depend.
   *
   * @param pointer a JSON Pointer (RFC 6901) to the property or into it
   */
  public boolean bearsOn(String pointer) {
    return pointers.stream().anyMatch(pointer::startsWith);
  }

  /** A constant that the constants above can use. */
  private static final class Kvm {
    static final String AS_STATED = "";
  }
}
