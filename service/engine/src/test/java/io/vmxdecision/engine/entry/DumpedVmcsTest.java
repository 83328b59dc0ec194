package io.vmxdecision.engine.entry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** VMCSs that people posted when an entry failed, on CPUs of which nothing else is known. */
class DumpedVmcsTest {
  private final VmEntry entry = new VmEntry();

  private VmEntryDecision decide(String fields) {
    entry.clear(EntryProfile.SDM, EntryInstruction.VMRESUME);
    entry.circumstance(Circumstance.LAUNCHED, true);
    return EntryScenario.decide(EntryScenario.change(entry, fields));
  }

  @Test
  void blockingByStiWhileInterruptsAreDisabled() {
    // PDPTRs are garbage but unused, PE 0 is legal in an unrestricted guest.
    VmEntryDecision decision =
        decide(
            "guest_cr0=0x50032 guest_cr4=0x2040 guest_cr3=0x13cbf4002"
                + " guest_pdptr0=0x3300050011 guest_pdptr1=0x0 guest_pdptr2=0x0 guest_pdptr3=0x10000000000"
                + " guest_rsp=0xffff898cacda2c90 guest_rip=0x8000 guest_rflags=0x2 guest_dr7=0x400"
                + " guest_cs_selector=0xc200 guest_cs_ar_bytes=0x8093 guest_cs_limit=0xffffffff"
                + " guest_cs_base=0x7ffc2000 guest_ds_selector=0x0 guest_ds_ar_bytes=0x8093"
                + " guest_ds_limit=0xffffffff guest_ds_base=0x0 guest_ldtr_selector=0x0"
                + " guest_ldtr_ar_bytes=0x10000 guest_ldtr_limit=0xfffff guest_ldtr_base=0x0"
                + " guest_idtr_limit=0x0 guest_idtr_base=0x0 guest_tr_selector=0x40 guest_tr_ar_bytes=0x8b"
                + " guest_tr_limit=0x67 guest_tr_base=0xfffff8024e651000 guest_ia32_efer=0x0"
                + " guest_ia32_pat=0x7010600070106 guest_ia32_debugctl=0x0 guest_pending_dbg_exceptions=0x0"
                + " guest_interruptibility_info=0x9 guest_activity_state=0x0"
                + " pin_based_vm_exec_control=0xff cpu_based_vm_exec_control=0xb5a06dfa"
                + " secondary_vm_exec_control=0x7eb vm_entry_controls=0xd1ff vm_exit_controls=0x2befff"
                + " vm_entry_intr_info_field=0x0 vm_entry_exception_error_code=0x4"
                + " vm_entry_instruction_len=0x0 tpr_threshold=0x0 apic_access_addr=0x14516c000"
                + " virtual_apic_page_addr=0x14afe7000 posted_intr_nv=0xf2 ept_pointer=0x11aa2d01e"
                + " virtual_processor_id=0x3");
    assertThat(EntryScenario.ids(decision.violations())).containsExactly("N-S39");
    assertThat(decision.outcome()).isEqualTo(EntryOutcome.FAILED_ENTRY);
    assertThat(decision.exitReason()).isEqualTo(0x8000_0021);
    assertThat(decision.exitQualification()).isZero();
    assertThat(EntryScenario.ids(decision.undecided()))
        .contains("N-C1", "N-G1", "N-C27")
        .doesNotContain("N-S47", "N-S36");
  }

  @Test
  void threeFaultsAtOnce() {
    VmEntryDecision decision =
        decide(
            "guest_cr0=0x80000031 guest_cr4=0x2060 guest_cr3=0x10000000 guest_rsp=0x2000031"
                + " guest_rip=0x103c00 guest_rflags=0x2 guest_dr7=0x400 guest_cs_selector=0x10"
                + " guest_cs_ar_bytes=0xa09b guest_cs_limit=0xfffff guest_cs_base=0x0"
                + " guest_ss_selector=0x18 guest_ss_ar_bytes=0x8093 guest_ss_limit=0xfffff guest_ss_base=0x0"
                + " guest_fs_selector=0x0 guest_fs_ar_bytes=0x10001 guest_fs_limit=0x0 guest_fs_base=0x0"
                + " guest_gdtr_limit=0x1031 guest_gdtr_base=0x1f000000000200 guest_ldtr_selector=0x0"
                + " guest_ldtr_ar_bytes=0x10000 guest_ldtr_limit=0x3e8 guest_ldtr_base=0x3e8000081a4"
                + " guest_tr_selector=0x0 guest_tr_ar_bytes=0x10021 guest_tr_limit=0x1211091"
                + " guest_tr_base=0x10304 guest_ia32_efer=0x500 guest_ia32_pat=0x7040600070406"
                + " guest_interruptibility_info=0x0 guest_activity_state=0x0"
                + " pin_based_vm_exec_control=0x7f cpu_based_vm_exec_control=0xb5986dfa"
                + " secondary_vm_exec_control=0x32ce2 vm_entry_controls=0x1d3ff vm_exit_controls=0xabefff"
                + " vm_entry_intr_info_field=0x80000044 vm_entry_exception_error_code=0x0"
                + " vm_entry_instruction_len=0x0 ept_pointer=0x103f1905e virtual_processor_id=0x21");
    assertThat(EntryScenario.ids(decision.violations()))
        .containsExactly("N-S25", "N-S26", "N-S27", "N-S30", "N-S36");
  }

  @Test
  void usableDataSegmentsThatAreNotAccessed() {
    // The interruption information is not valid: nothing is injected.
    VmEntryDecision decision =
        decide(
            "guest_cr0=0x80000031 guest_cr4=0x2041 guest_rflags=0x80202 guest_dr7=0x400"
                + " guest_cs_selector=0x97 guest_cs_ar_bytes=0x40fb guest_cs_limit=0x1a0"
                + " guest_cs_base=0x2110000 guest_ds_selector=0xf7 guest_ds_ar_bytes=0xc0f2"
                + " guest_ds_limit=0xffffffff guest_ds_base=0x0 guest_ss_selector=0x9f"
                + " guest_ss_ar_bytes=0x40f3 guest_ss_limit=0xefff guest_ss_base=0x2111000"
                + " guest_es_selector=0xf7 guest_es_ar_bytes=0xc0f2 guest_es_limit=0xffffffff"
                + " guest_es_base=0x0 guest_fs_selector=0x0 guest_fs_ar_bytes=0x10000 guest_fs_limit=0x0"
                + " guest_fs_base=0x0 guest_ldtr_selector=0x10 guest_ldtr_ar_bytes=0x82"
                + " guest_ldtr_limit=0xffff guest_ldtr_base=0xab0a000 guest_tr_selector=0x10"
                + " guest_tr_ar_bytes=0x8b guest_tr_limit=0x2088 guest_tr_base=0xa706000"
                + " guest_interruptibility_info=0x0 guest_activity_state=0x0"
                + " pin_based_vm_exec_control=0x7f cpu_based_vm_exec_control=0xb5986dfa"
                + " secondary_vm_exec_control=0x2c6a vm_entry_controls=0xd1ff vm_exit_controls=0x2befff"
                + " vm_entry_intr_info_field=0x4e6 vm_entry_exception_error_code=0x0"
                + " vm_entry_instruction_len=0x2 ept_pointer=0x5fcec605e");
    assertThat(EntryScenario.ids(decision.violations())).containsExactly("N-S16");
    EntryCheck accessed = decision.violations().get(0);
    assertThat(entry.evidence(accessed))
        .isEqualTo(
            "guest_ds_ar_bytes 0xc0f2 has type 2 in bits 3:0; guest_es_ar_bytes 0xc0f2 has type 2 in bits"
                + " 3:0");
  }

  @Test
  void aVmcsWithWhichNothingIsWrong() {
    VmEntryDecision decision =
        decide(
            "cpu_based_vm_exec_control=0xb5a26dfa secondary_vm_exec_control=0x61017fa"
                + " tertiary_vm_exec_control=0x0 pin_based_vm_exec_control=0xff vm_entry_controls=0x53ff"
                + " vm_exit_controls=0xbefff vm_entry_intr_info_field=0xec"
                + " vm_entry_exception_error_code=0x0 vm_entry_instruction_len=0x2 tpr_threshold=0x0"
                + " virtual_apic_page_addr=0x360524000 ept_pointer=0x299e9305e guest_ds_selector=0x0"
                + " guest_ds_ar_bytes=0x1c001 guest_ds_limit=0xffffffff guest_ds_base=0x0"
                + " guest_ia32_efer=0xd01");
    assertThat(decision.violations()).isEmpty();
    assertThat(decision.outcome()).isEqualTo(EntryOutcome.ENTERS);
    assertThat(decision.undecided()).isNotEmpty();
  }
}
