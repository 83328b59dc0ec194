package io.vmxdecision.engine.catalogue;

import java.util.List;

/**
 * The rules by id, in the order in which the engine looks at them. A rule is a statement that holds
 * or does not, and what follows when it holds; the code of a rule stands in the class of {@code
 * io.vmxdecision.engine.rules} that is named after its letter's section.
 *
 * <p>Up to 64 rules: a set of them is a {@code long}.
 */
public enum Rule {
  X(
      "X",
      "The exit reason is a value that a CPU or a Hyper-V compatible L0 can report.",
      "Bits 15:0 are the basic reason; the kind says what the other bits make of it.",
      "vmx/vmx.h union vmx_exit_reason",
      "SDM vol. 3, Basic VM-Exit Information; appendix C, VMX Basic Exit Reasons. TLFS, Nested"
          + " Virtualization: HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH"),

  E1(
      "E1",
      "A VP assist page is given.",
      "Without it no enlightened VMCS is in use.",
      "vmx/hyperv.c nested_get_evmptr()",
      "TLFS, Virtual Processors: HV_X64_MSR_VP_ASSIST_PAGE"),
  E2(
      "E2",
      "Its byte enlighten_vmentry (offset 0x28) is not 0.",
      "With 0, L1 enters L2 through an ordinary VMCS.",
      "vmx/hyperv.c nested_get_evmptr()",
      "TLFS, HV_VP_ASSIST_PAGE: EnlightenVmEntry"),
  E3(
      "E3",
      "Its u64 current_nested_vmcs (offset 0x30) is neither all ones nor all ones minus 1.",
      "Those two are KVM's EVMPTR_INVALID and EVMPTR_MAP_PENDING.",
      "vmx/hyperv.h evmptr_is_valid()",
      "TLFS, HV_VP_ASSIST_PAGE: CurrentNestedVmcs"),
  E4(
      "E4",
      "An eVMCS page is given.",
      "Without it no enlightened VMCS is in use.",
      "vmx/nested.c nested_vmx_handle_enlightened_vmptrld()"),
  E5(
      "E5",
      "Its revision_id is 1 (the eVMCS version) or 0x11e57ed0 (KVM's VMCS12 revision).",
      "L0 refuses to enter L2 with any other.",
      "vmx/nested.c nested_vmx_handle_enlightened_vmptrld()",
      "TLFS, Nested Virtualization: eVMCS versioning (version 1 only; KVM accepts both, since"
          + " Hyper-V writes the revision of IA32_VMX_BASIC)"),

  F1(
      "F1",
      "An enlightened VMCS is in use: E1 to E5 hold.",
      "A condition of the L2 TLB flush.",
      "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()"),
  F2(
      "F2",
      "An enlightened VMCS is in use, and bit 0 (nested_flush_hypercall) of its"
          + " hv_enlightenments_control (offset 0x344) is set.",
      "A condition of the L2 TLB flush. L0 reads the bit live, at every VMCALL.",
      "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()",
      "TLFS, Nested Virtualization: Direct Virtual Flush"),
  F3(
      "F3",
      "A VP assist page is given, and bit 0 (DirectHypercall) of its nested_control.features (u32"
          + " at offset 0x20) is set.",
      "A condition of the L2 TLB flush. L0 uses the copy it made at L2's last enlightened entry.",
      "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()",
      "TLFS, Nested Virtualization: Direct Virtual Flush"),
  F4(
      "F4",
      "Bit 17 (direct virtual flush) of CPUID 0x4000000A EAX is set, as L1 sees it.",
      "A condition of the L2 TLB flush.",
      "hyperv.h guest_hv_cpuid_has_l2_tlb_flush()",
      "TLFS, Feature Discovery: Nested Virtualization Features"),
  F5(
      "F5",
      "The exit is VMCALL (18) and the call code is 0x0002, 0x0003, 0x0013 or 0x0014: bits 15:0 of"
          + " RCX in 64-bit mode, of RAX otherwise.",
      "A condition of the L2 TLB flush. No other bit of the control word counts here.",
      "hyperv.h kvm_hv_is_tlb_flush_hcall()"),

  R(
      "R",
      "L1 wants the exit, and L0 does not keep it.",
      "The exit is reflected to L1; otherwise L0 handles it.",
      "vmx/nested.c nested_vmx_reflect_vmexit(), nested_vmx_l0_wants_exit(),"
          + " nested_vmx_l1_wants_exit()"),

  R_CR(
      "R-CR",
      "L1 wants the control-register access.",
      "MOV to CR0 or CR4 and LMSW when they would change a bit that L1 owns (guest/host mask), CLTS"
          + " when it would clear a TS that L1 owns, MOV to and from CR3 and CR8 by controls; nothing"
          + " else.",
      "vmx/nested.c nested_vmx_exit_handled_cr()",
      "SDM vol. 3, Exit Qualification for Control-Register Accesses"),
  R_IO(
      "R-IO",
      "L1 wants the I/O instruction.",
      "By the control \"unconditional I/O exiting\" or, with \"use I/O bitmaps\", when a port of the"
          + " access is past 0xffff, its bit is set, or its byte is unreadable.",
      "vmx/nested.c nested_vmx_exit_handled_io()",
      "SDM vol. 3, Exit Qualification for I/O Instructions"),
  R_MSR(
      "R-MSR",
      "L1 wants the RDMSR or WRMSR.",
      "Without \"use MSR bitmaps\" always; with it when the MSR is outside both ranges, its bit is set,"
          + " or its byte is unreadable.",
      "vmx/nested.c nested_vmx_exit_handled_msr()",
      "SDM vol. 3, MSR-Bitmap Address"),

  H1(
      "H1",
      "CPL is not 0, or the vCPU is not in protected mode.",
      "#UD into the guest (an L1 that intercepts #UD gets it as an exit of its own); nothing else"
          + " happens.",
      "hyperv.c kvm_hv_hypercall()",
      "TLFS, Hypercall Interface: Legal Hypercall Environments"),
  H2(
      "H2",
      "CPUID is enforced, and enlightenments EAX (0x40000004) lacks bit 11 (Ex calls only) or bit 2.",
      "HV_STATUS_ACCESS_DENIED. It is L1's CPUID also for a call of L2.",
      "hyperv.c hv_check_hypercall_access()"),
  H3(
      "H3",
      "A reserved bit of the control word is set: 31:27, 47:44 or 63:60.",
      "HV_STATUS_INVALID_HYPERCALL_INPUT.",
      "hyperv.c kvm_hv_hypercall()",
      "TLFS, Hypercall Inputs (which defines bit 31 as \"is nested\"; KVM has it reserved)"),
  H4(
      "H4",
      "The call is fast, CPUID is enforced, and features EDX (0x40000003) lacks bit 4 (XMM input).",
      "#UD into the guest.",
      "hyperv.c kvm_hv_hypercall()",
      "TLFS, Hypercall Inputs: XMM Fast Hypercall Input"),
  H5(
      "H5",
      "The call is 0x0002 or 0x0003, and its variable header size (26:17) is not 0.",
      "HV_STATUS_INVALID_HYPERCALL_INPUT.",
      "hyperv.c kvm_hv_hypercall()"),
  H6(
      "H6",
      "A list call has rep count (43:32) 0 or rep start (59:48) not 0; or a space call has either"
          + " not 0.",
      "HV_STATUS_INVALID_HYPERCALL_INPUT.",
      "hyperv.c kvm_hv_hypercall()",
      "TLFS, Hypercall Classes (which allows a rep start; KVM does not)"),
  H7(
      "H7",
      "A slow call of an L2 that runs on L1's EPT (secondary control bit 1): the page of the input"
          + " GPA, an L2 GPA, has no translation.",
      "HV_STATUS_INVALID_HYPERCALL_INPUT. Only the start is translated: a block that crosses a page"
          + " is read on from the next L1 GPA.",
      "hyperv.c kvm_hv_flush_tlb()"),
  H8(
      "H8",
      "The header (24 bytes, 32 for the Ex calls) of a slow call is unreadable.",
      "HV_STATUS_INVALID_HYPERCALL_INPUT.",
      "hyperv.c kvm_hv_flush_tlb()"),
  H9(
      "H9",
      "The variable header size of an Ex call differs from the number of set bits of"
          + " valid_bank_mask.",
      "HV_STATUS_INVALID_HYPERCALL_INPUT, for every set format.",
      "hyperv.c kvm_hv_flush_tlb()"),
  H10(
      "H10",
      "An Ex call with format 0 (sparse) has no banks.",
      "Success at once; nothing is flushed.",
      "hyperv.c kvm_hv_flush_tlb()"),
  H11(
      "H11",
      "The banks of an Ex call with format 0 (sparse) cannot be had: more than the XMM halves left"
          + " (fast), or unreadable (slow).",
      "HV_STATUS_INVALID_HYPERCALL_INPUT. (More than 64 banks would also end here, but H9 lets none"
          + " through.)",
      "hyperv.c kvm_get_sparse_vp_set(), kvm_hv_get_hc_data()"),
  H12(
      "H12",
      "The entries of a list call with rep count up to 15 cannot be had: more than the XMM halves"
          + " left (fast), or unreadable (slow).",
      "HV_STATUS_INVALID_HYPERCALL_INPUT. A longer list is not read: it flushes all.",
      "hyperv.c kvm_hv_get_tlb_flush_entries(), kvm_hv_get_hc_data()"),

  M(
      "M",
      "The call reaches at least one vCPU.",
      "Each target queues the list if it leaves an entry free, otherwise one \"flush all\"; a full"
          + " queue, which always holds a \"flush all\", stays as it is.",
      "hyperv.c hv_tlb_flush_enqueue(), kvm_hv_vcpu_flush_tlb()"),

  C1(
      "C1",
      "From L2, after success: the u32 TlbLockCount at the start of the partition assist page can be"
          + " read.",
      "If not, the status becomes HV_STATUS_INVALID_HYPERCALL_INPUT; what was queued stays queued.",
      "hyperv.c kvm_hv_hypercall_complete()",
      "TLFS, Nested Virtualization: VM_PARTITION_ASSIST_PAGE"),
  C2(
      "C2",
      "The call has a result.",
      "It goes into RAX (64-bit mode) or EDX:EAX.",
      "hyperv.c kvm_hv_hypercall_set_result()",
      "TLFS, Hypercall Outputs"),
  C3(
      "C3",
      "The VMCALL is skipped.",
      "RIP advances by the exit's instruction length (outside 64-bit mode a carry out of bit 31 is"
          + " dropped), and interruptibility bits 1:0 are cleared.",
      "vmx/vmx.c skip_emulated_instruction()"),
  C4(
      "C4",
      "TlbLockCount was not 0.",
      "L1 gets an exit with the synthetic reason 0x10000031, interruption information 0,"
          + " qualification 0.",
      "vmx/hyperv.c vmx_hv_inject_synthetic_vmexit_post_tlb_flush()",
      "TLFS, Nested Virtualization: Synthetic VM-Exit"),

  S(
      "S",
      "L1 gets an exit.",
      "Exit information and the guest state of L2 are written into the enlightened VMCS.",
      "vmx/nested.c nested_vmx_vmexit(), prepare_vmcs12(), vmcs12_save_pending_event(),"
          + " copy_vmcs12_to_enlightened()",
      "SDM vol. 3, VM Exits: Recording VM-Exit Information, Saving Guest State");

  private final String id;
  private final String statement;
  private final String consequence;
  private final String kernel;
  private final String specification;

  Rule(String id, String statement, String consequence, String kernel) {
    this(id, statement, consequence, kernel, "");
  }

  Rule(String id, String statement, String consequence, String kernel, String specification) {
    this.id = id;
    this.statement = statement;
    this.consequence = consequence;
    this.kernel = "Linux 6.12 arch/x86/kvm/" + kernel;
    this.specification = specification;
  }

  /** The id in {@code decision-rules.md}: {@code E1}, {@code R}, ... */
  public String id() {
    return id;
  }

  /** What the rule asks, as a sentence that is true ("met") or false. */
  public String statement() {
    return statement;
  }

  /** What follows. */
  public String consequence() {
    return consequence;
  }

  /** Where it comes from: kernel functions first, then sections of the TLFS and the SDM, if any. */
  public List<String> references() {
    return specification.isEmpty() ? List.of(kernel) : List.of(kernel, specification);
  }

  /**
   * The bit that stands for the rule in a set of rules. Decision logs hold such sets, so that the number of a
   * rule that is there must not change: one that is put between others needs numbers written down here.
   */
  @SuppressWarnings("EnumOrdinal") // RuleCatalogueTest of the app holds every number
  public long bit() {
    return 1L << ordinal();
  }
}
