package io.vmxdecision.engine.tlfs;

/** The rules of the profile {@code tlfs}: what the text fixes, and where it leaves things open. */
public enum TlfsRule {
  T1("The L2 TLB flush is eligible when an eVMCS of version 1 is in use (E1, E2, E4) and F2, F3 and F5 hold. If one"
      + " is missing, the VMCALL is L1's. Another version, an address of all ones (or minus 1), or F4 clear is"
      + " not described.",
      "Nested Virtualization: Direct Virtual Flush; Feature Discovery"),
  T2("A call at a CPL other than 0 or in real mode raises #UD, before anything else.",
      "Hypercall Interface: Legal Hypercall Environments"),
  T3("A reserved bit of the control word (30:27, 47:44, 63:60) ends with status 3. Bit 31 is no error.",
      "Hypercall Interface: Hypercall Inputs"),
  T4("A fast call of L1 raises #UD where XMM input is not reported. More than 112 bytes of fast input, and an Ex call"
      + " where CPUID 0x40000004 EAX bit 11 is clear, are not described.",
      "Hypercall Interface: XMM Fast Hypercall Input; HvCallFlushVirtualAddressSpaceEx"),
  T5("A variable header on 0x0002 or 0x0003, a rep count or rep start on a space call, and a rep start that is not"
      + " below the rep count of a list call end with status 3. A list call resumes at its rep start.",
      "Hypercall Interface: Hypercall Classes, Common Status Codes"),
  T6("Slow input that is not 8-byte aligned or crosses a page ends with status 4. Input that cannot be read is a memory"
      + " intercept.",
      "Hypercall Interface: Alignment Requirements"),
  T7("An invalid flag, address space or set format ends with status 5; an empty set with 0 or 5; banks that do not"
      + " match the mask with 3 or 5. Flag 3 on a list is not described where extended ranges are reported.",
      "HvCallFlushVirtualAddress{Space,List}{,Ex}; HV_VP_SET; 6.0b p. 84 to 88"),
  T8("Targets are the vCPUs with the caller's VmId and a VpId in the set; for a call of L1 those whose VP index is in"
      + " the set.",
      "Nested Virtualization: Direct Virtual Flush; HV_VP_SET"),
  T9("A space call invalidates everything, a list call the canonical pages of each element from the rep start on."
      + " Whether the valid pages of a partly invalid range must go is not said.",
      "HvCallFlushVirtualAddressList"),
  T10("A call that succeeds has completed as many repetitions as its rep count.",
      "Hypercall Interface: Hypercall Outputs"),
  T11("After a flush of L2 that succeeds, L1 gets the synthetic exit 0x10000031 if TlbLockCount is not 0. What follows a"
      + " failure under the lock, or a page that cannot be read, is not said.",
      "Nested Virtualization: Synthetic VM-Exit"),
  T12("The order of errors is undefined: any of them may be the outcome. A certain error excludes success.",
      "Hypercall Interface: Ordering of Error Conditions");

  private final String text;
  private final String reference;

  TlfsRule(String text, String reference) {
    this.text = text;
    this.reference = "TLFS, " + reference;
  }

  /** What it says, in sentences. */
  public String text() {
    return text;
  }

  /** The chapters of the TLFS that it comes from. */
  public String reference() {
    return reference;
  }
}
