package io.vmxdecision.engine.check;

import static io.vmxdecision.engine.check.Severity.ERROR;
import static io.vmxdecision.engine.check.Severity.WARNING;

import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import io.vmxdecision.engine.profile.Profile;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The checks of an eVMCS page, in the order in which their findings are listed: first what L0 refuses,
 * as it meets it, then what it takes though it hardly is what L1 wants.
 */
public enum EvmcsCheck {
  REVISION(
      EntryChecks.of("N-P1"),
      "L0 does not take the page as an eVMCS: VMLAUNCH and VMRESUME end in VMfailInvalid.",
      "vmx/nested.c nested_vmx_handle_enlightened_vmptrld()",
      "TLFS, Nested Virtualization: eVMCS versioning (version 1 only; KVM accepts both, since Hyper-V"
          + " writes the revision of IA32_VMX_BASIC)"),

  UNSUPPORTED_PIN_BASED_CONTROL(
      EntryChecks.of("N-C49"),
      Words.INVALID_CONTROL,
      Words.CHECK_CONTROLS + "EVMCS1_SUPPORTED_PINCTRL",
      "SDM vol. 3, Pin-Based VM-Execution Controls"),
  UNSUPPORTED_PRIMARY_CONTROL(
      EntryChecks.of("N-C50"),
      Words.INVALID_CONTROL,
      Words.CHECK_CONTROLS + "EVMCS1_SUPPORTED_EXEC_CTRL",
      "SDM vol. 3, Processor-Based VM-Execution Controls"),
  UNSUPPORTED_SECONDARY_CONTROL(
      EntryChecks.of("N-C51"),
      Words.INVALID_CONTROL
          + " Also while primary control bit 31 is clear, so that the bit would not count. TSC scaling (bit"
          + " 25) has its field in an eVMCS, but KVM takes it out of the set. Linux 7.3 also supports bit 22,"
          + " mode-based execute control for EPT.",
      Words.CHECK_CONTROLS + "EVMCS1_SUPPORTED_2NDEXEC",
      "SDM vol. 3, Processor-Based VM-Execution Controls"),
  UNSUPPORTED_VM_EXIT_CONTROL(
      EntryChecks.of("N-C52"),
      Words.INVALID_CONTROL,
      Words.CHECK_CONTROLS + "EVMCS1_SUPPORTED_VMEXIT_CTRL",
      "SDM vol. 3, VM-Exit Controls"),
  UNSUPPORTED_VM_ENTRY_CONTROL(
      EntryChecks.of("N-C53"),
      Words.INVALID_CONTROL,
      Words.CHECK_CONTROLS + "EVMCS1_SUPPORTED_VMENTRY_CTRL",
      "SDM vol. 3, VM-Entry Controls"),

  INACTIVE_SECONDARY_CONTROL(
      WARNING,
      "A secondary control is set while primary control bit 31 (activate secondary controls) is clear.",
      "The control does not count: L2 runs as if it were 0.",
      "vmx/nested.h nested_cpu_has2()",
      "SDM vol. 3, Processor-Based VM-Execution Controls"),

  FLUSH_WITHOUT_DIRECT_HYPERCALL(
      WARNING,
      "The eVMCS enables the L2 TLB flush (bit 0 of hv_enlightenments_control, offset 0x344), and the VP"
          + " assist page does not (DirectHypercall, bit 0 of nested_control.features, offset 0x20).",
      Words.HALF_CONFIGURED,
      "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()",
      Words.DIRECT_FLUSH),
  DIRECT_HYPERCALL_WITHOUT_FLUSH(
      WARNING,
      "The VP assist page enables the L2 TLB flush (DirectHypercall, bit 0 of nested_control.features,"
          + " offset 0x20), and the eVMCS does not (bit 0 of hv_enlightenments_control, offset 0x344).",
      Words.HALF_CONFIGURED,
      "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled()",
      Words.DIRECT_FLUSH),
  FLUSH_WITHOUT_VM_ID(
      WARNING,
      "The eVMCS enables the L2 TLB flush, and hv_vm_id is 0.",
      "L0 takes VmId 0 as it is. It also stands for \"runs no nested guest\", so that a flush reaches vCPUs"
          + " that never ran one, too.",
      "hyperv.c kvm_hv_flush_tlb(); vmx/nested.c copy_enlightened_to_vmcs12()",
      Words.DIRECT_FLUSH),
  FLUSH_WITHOUT_VP_ID(
      WARNING,
      "The eVMCS enables the L2 TLB flush, and hv_vp_id is 0.",
      "L0 takes VpId 0 as it is: right for a VP that L1 numbers 0 (KVM as L1 does so with its first), but"
          + " also what a field holds that L1 never set. Then a flush for the VP's own number misses it.",
      "hyperv.c kvm_hv_flush_tlb(); vmx/nested.c copy_enlightened_to_vmcs12()",
      Words.DIRECT_FLUSH),
  FLUSH_WITHOUT_PARTITION_ASSIST_PAGE(
      WARNING,
      "The eVMCS enables the L2 TLB flush, and partition_assist_page is 0.",
      "L0 reads TlbLockCount at L1's guest-physical address 0: what happens to lie there decides whether L1"
          + " gets the synthetic exit, and where nothing does, L2's flush fails.",
      "hyperv.c kvm_hv_hypercall_complete()",
      "TLFS, Nested Virtualization: VM_PARTITION_ASSIST_PAGE"),
  UNALIGNED_PARTITION_ASSIST_PAGE(
      WARNING,
      "partition_assist_page is not page-aligned: its low 12 bits are not 0.",
      "The TLFS asks for a page. KVM takes any guest-physical address, and reads TlbLockCount right there.",
      "hyperv.c kvm_hv_hypercall_complete()",
      "TLFS, Nested Virtualization: VM_PARTITION_ASSIST_PAGE"),
  RESERVED_ENLIGHTENMENT(
      WARNING,
      "A reserved bit of hv_enlightenments_control is set: 31:2.",
      "KVM does not look at it; another L0, or a later one, may.",
      "vmx/hyperv.c nested_evmcs_l2_tlb_flush_enabled(); vmx/nested.c nested_vmx_prepare_msr_bitmap()",
      "TLFS, HV_VMX_ENLIGHTENED_VMCS: EnlightenmentsControl"),

  STALE_FLUSH_CONTEXT(
      WARNING,
      "A field of the flush context (hv_vm_id, hv_vp_id, partition_assist_page) changed while clean bit 15"
          + " (ENLIGHTENMENTSCONTROL) stayed set.",
      "L0 goes on with the old one: it flushes for the wrong VmId or VpId, or reads TlbLockCount of the wrong"
          + " page. Bit 0 of hv_enlightenments_control is no part of it: L0 reads that live, whatever the"
          + " clean bit says. " + Words.WHEN_CLEAN_COUNTS,
      Words.LOAD_FIELDS,
      Words.CLEAN_FIELDS),
  STALE_FIELD(
      WARNING,
      "A field changed while the clean bit of its group stayed set.",
      "L0 may use the value that it loaded earlier. " + Words.WHEN_CLEAN_COUNTS,
      Words.LOAD_FIELDS,
      Words.CLEAN_FIELDS),
  STALE_FIELD_OR_L0_WRITE(
      WARNING,
      "A field that L0 also writes, at VM-exit, changed while the clean bit of its group stayed set.",
      "No fault if it was L0 that changed it, at a VM-exit between the two pages; if it was L1, L0 may use the"
          + " value that it last had. " + Words.WHEN_CLEAN_COUNTS,
      Words.LOAD_FIELDS + ", copy_vmcs12_to_enlightened()",
      Words.CLEAN_FIELDS);

  private final String entryCheck;
  private final Severity severity;
  private final String statement;
  private final String consequence;
  private final String kernel;
  private final String specification;

  /** What L0 refuses: a check of VM-entries, which says what has to hold. */
  EvmcsCheck(
      @Nullable EntryCheck entryCheck, String consequence, String kernel, String specification) {
    this.entryCheck = Objects.requireNonNull(entryCheck).id();
    this.severity = ERROR;
    this.statement = entryCheck.id() + " does not hold: " + entryCheck.statement();
    this.consequence = consequence;
    this.kernel = kernel;
    this.specification = specification;
  }

  EvmcsCheck(
      Severity severity, String statement, String consequence, String kernel, String specification) {
    this.entryCheck = "";
    this.severity = severity;
    this.statement = statement;
    this.consequence = consequence;
    this.kernel = kernel;
    this.specification = specification;
  }

  /** The id of the check of VM-entries that does not hold then, such as N-C49; null for what L0 takes. */
  public @Nullable String entryCheck() {
    return entryCheck.isEmpty() ? null : entryCheck;
  }

  /** What its findings mean. */
  public Severity severity() {
    return severity;
  }

  /** What is wrong, as a sentence. */
  public String statement() {
    return statement;
  }

  /** What L0 does then. */
  public String consequence() {
    return consequence;
  }

  /** Where it comes from: kernel functions first, then sections of the TLFS and the SDM. */
  public List<String> references(Profile profile) {
    return profile.references(kernel, specification);
  }

  /** The page that its findings point into. */
  public SharedPage page() {
    return this == FLUSH_WITHOUT_DIRECT_HYPERCALL ? SharedPage.VP_ASSIST_PAGE : SharedPage.EVMCS;
  }

  /** Words that several checks share. */
  private static final class Words {
    static final String INVALID_CONTROL =
        "L0 refuses the VM-entry: VMfailValid with error 7 (invalid control fields).";

    static final String CHECK_CONTROLS =
        "vmx/hyperv.c nested_evmcs_check_controls(); vmx/hyperv_evmcs.h ";

    static final String HALF_CONFIGURED =
        "The L2 TLB flush takes both: L0 leaves every flush hypercall of L2 to L1. (Of the eVMCS it reads the bit"
            + " live, of the VP assist page the copy that it made at VM-entry.)";

    static final String DIRECT_FLUSH = "TLFS, Nested Virtualization: Direct Virtual Flush";

    static final String WHEN_CLEAN_COUNTS =
        "Clean bits count on a VMRESUME of the same eVMCS; VMLAUNCH and another eVMCS load every field. The"
            + " later page has to be as L1 left it for a VM-entry: in entering, L0 sets all clean bits itself.";

    static final String LOAD_FIELDS = "vmx/nested.c copy_enlightened_to_vmcs12()";

    static final String CLEAN_FIELDS = "TLFS, HV_VMX_ENLIGHTENED_CLEAN_FIELDS";
  }
}
