package io.vmxdecision.artefacts.report;

/** The kinds of artefacts, each with the sentence that tells how its reader recognises it. */
public enum Kind {
  VMCS_DUMP("A text with fields of a VMCS as KVM or Xen print them (\"CPUBased=\", \"gh_mask=\", \"sel=..,"
      + " attr=..\", \"EPT pointer =\"), or lines of an encoding, a name and a value."),
  ENTRY_FAILURE(
      "A line that says that a VM-entry failed, with the number: of QEMU, Xen, KVM_RUN's FailEntry, or"
          + " \"VMLAUNCH failed with error\"."),
  KVM_TRACE("Lines with the name of a tracepoint of KVM and a colon, such as \"kvm_exit:\"."),
  QEMU_REGISTERS(
      "Lines of QEMU's \"info registers\": RAX= or EAX= with the registers after it, RIP= with RFL=,"
          + " segments as \"CS =f000 ffff0000 0000ffff 00009b00\"."),
  CPUID(
      "Lines with a CPUID leaf and its four registers, the lines that Linux prints of Hyper-V's leaves, or what"
          + " the program cpuid says of them bit by bit."),
  VMX_CAPABILITIES(
      "Lines with the name or the address of an IA32_VMX_ MSR and its value, of rdmsr, VirtualBox and others,"
          + " QEMU's warning that the host lacks one of their bits, or the flags of /proc/cpuinfo."),
  EXIT_COUNTS(
      "A table with the names of exit reasons and how often each came: of perf kvm stat, kvm_stat or kvmexit."),
  VM_CONFIG(
      "The element <hyperv> of a libvirt domain or of its domain capabilities, or a QEMU command line with"
          + " hv- flags."),
  HEX_PAGE("Lines of an address and bytes or words in hexadecimal, or of nothing but hexadecimal digits."),
  PAGE("Exactly 4,096 bytes that are no text, or that in Base64."),
  NESTED_STATE("128 bytes or more whose first 8 bytes are the header of KVM_GET_NESTED_STATE, with their own"
      + " length."),
  MEMORY_DUMP("An ELF file of type core, such as QEMU's dump-guest-memory writes, or pages of memory without"
      + " any header."),
  HYPERCALL("A word that its line calls a hypercall input, or RCX beside words of the L2 TLB flush."),
  NUMBER("A number, alone or in a line that calls it an exit reason, an error, a suberror or the like.");

  private final String recognisedBy;

  Kind(String recognisedBy) {
    this.recognisedBy = recognisedBy;
  }

  /** How the reader recognises its own, a sentence. */
  public String recognisedBy() {
    return recognisedBy;
  }
}
