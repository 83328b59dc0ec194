package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.profile.Profile;
import java.util.List;

/** Rules T: what L0 keeps of the shared pages, and when it looks at them again. */
public enum ScenarioRule {
  T1(
      "L0 keeps a copy of what it read of the VP assist page and of the eVMCS (vmcs12), the nested ids, the"
          + " flush queues and the merged MSR bitmap. nested_flush_hypercall, the TlbLockCount, hypercall"
          + " input and the bitmaps that route exits it reads in memory at each use.",
      "vmx/nested.c, vmx/vmx.h struct nested_vmx; hyperv.h struct kvm_vcpu_hv",
      "TLFS, Nested Virtualization: Enlightened VMCS"),
  T2(
      "L0 takes the VP assist page anew when it looks up the eVMCS pointer: at every VM-entry, at every"
          + " VMCLEAR with a valid address, and when it serves a restored nested state.",
      "hyperv.c kvm_hv_set_msr(), vmx/hyperv.c nested_get_evmptr()",
      "TLFS, Virtual Processors: HV_X64_MSR_VP_ASSIST_PAGE"),
  T3(
      "L0 maps the eVMCS when the pointer changes. A VMLAUNCH or a changed pointer clears the clean fields"
          + " in the page, so that everything is loaded. A refused page stays referenced though the pointer"
          + " is none.",
      "vmx/nested.c nested_vmx_handle_enlightened_vmptrld(), nested_release_evmcs()",
      "TLFS, Nested Virtualization: Enlightened VMCS"),
  T4(
      "At VM-entry L0 loads the groups whose clean-field bit is clear, guest_rip and tpr_threshold always;"
          + " it keeps the merged MSR bitmap if L1 says that nothing has changed. Then it sets all clean"
          + " fields.",
      "vmx/nested.c nested_vmx_run(), copy_enlightened_to_vmcs12(), nested_vmx_prepare_msr_bitmap()",
      "TLFS, HV_VMX_ENLIGHTENED_CLEAN_FIELDS; Enlightened MSR Bitmap"),
  T5(
      "When L2 exits to L1, L0 writes vmcs12, not the page: the page is written when L0 next enters the"
          + " guest.",
      "vmx/nested.c nested_vmx_vmexit()",
      Source.NOT_SPECIFIED),
  T6(
      "Before it enters the guest, L0 maps the eVMCS of a restored state, flushes what is asked for, and"
          + " writes vmcs12 over whatever the page holds, if that is due.",
      "x86.c vcpu_enter_guest(), vmx/nested.c nested_sync_vmcs12_to_shadow()",
      Source.NOT_SPECIFIED),
  T7(
      "A flush request plays the queue of the current level. A change between L1 and L2 makes a request; it"
          + " asks for a full flush without a VPID or when L2's VPID changes, which drops the queue.",
      "vmx/nested.c nested_vmx_transition_tlb_flush(), hyperv.c kvm_hv_vcpu_flush_tlb()",
      "TLFS, Nested Virtualization: Direct Virtual Flush"),
  T8(
      "What L0 holds and what the page says differ.",
      "vmx/nested.c copy_enlightened_to_vmcs12(), vmx/hyperv.c nested_get_evmptr()",
      Source.NOT_SPECIFIED),
  T9(
      "VMCLEAR of the eVMCS in use releases it and writes no memory. With enlightened VM-entry off it writes"
          + " a launch state at address + 8. One that fails writes the old vmcs12 over the page.",
      "vmx/nested.c handle_vmclear(), nested_evmcs_handle_vmclear()",
      "SDM vol. 3, VMCLEAR; TLFS, Nested Virtualization: Enlightened VMCS"),
  T10(
      "A saved nested state holds vmcs12 and not the ids, the assist copy or the queues: after a restore the"
          + " ids are 0 and the partition assist page is none until L1's next VM-entry.",
      "vmx/nested.c vmx_get_nested_state(), vmx_set_nested_state()",
      Source.NOT_SPECIFIED);

  private final String sentence;
  private final String kernel;
  private final String specification;

  ScenarioRule(String sentence, String kernel, String specification) {
    this.sentence = sentence;
    this.kernel = kernel;
    this.specification = specification;
  }

  /** The stable id, such as {@code T4}. */
  public String id() {
    return name();
  }

  /** What the rule says. */
  public String sentence() {
    return sentence;
  }

  /** Where it comes from: functions of the profile's L0 first, then specifications, if any. */
  public List<String> references(Profile profile) {
    return profile.references(kernel, specification);
  }

  /** A constant that the constants above can use. */
  private static final class Source {
    static final String NOT_SPECIFIED = "";
  }
}
