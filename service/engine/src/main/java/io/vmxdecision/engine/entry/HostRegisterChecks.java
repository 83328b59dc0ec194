package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;
import static io.vmxdecision.engine.vmx.Control.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import io.vmxdecision.engine.vmx.Control;
import java.util.List;

/** SDM 27.2.2 "Checks on Host Control Registers, MSRs, and SSP". */
final class HostRegisterChecks {
  /** All bits of CR4 that KVM 6.12 knows; SMXE, CET, PKS, UINTR and FRED are not among them. */
  static final long CR4_OF_KVM = 0x1077_3fffL;

  /** CR0 NW and CD: neither entry nor exit changes them, so a CPU does not look at them. */
  static final long CR0_CACHE_BITS = 3L << 29;

  private static final int CR4_CET = 23;
  private static final int CR0_WP = 16;
  private static final int EFER_LMA = 10;
  private static final int EFER_LME = 8;

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-H2")
              .says("Host CR0 is as IA32_VMX_CR0_FIXED0 and FIXED1 demand.")
              .about(HOST_CR0)
              .reads(Capability.VMX_CR0_FIXED0, Capability.VMX_CR0_FIXED1)
              .violatedWhen(notFixed(HOST_CR0, Capability.VMX_CR0_FIXED0, Capability.VMX_CR0_FIXED1, 0))
              .onBareCpu(
                  notFixed(HOST_CR0, Capability.VMX_CR0_FIXED0, Capability.VMX_CR0_FIXED1, CR0_CACHE_BITS))
              .evidence(
                  EntryEvidence.fixed(
                      HOST_CR0, Capability.VMX_CR0_FIXED0, Capability.VMX_CR0_FIXED1, -1L, false)),
          row("N-H3")
              .says("Host CR4 is as IA32_VMX_CR4_FIXED0 and FIXED1 demand, and has no bit foreign to KVM.")
              .about(HOST_CR4)
              .reads(Capability.VMX_CR4_FIXED0, Capability.VMX_CR4_FIXED1)
              .violatedWhen(anyOf(cr4NotFixed(HOST_CR4), any(HOST_CR4, ~CR4_OF_KVM)))
              .onBareCpu(cr4NotFixed(HOST_CR4))
              .evidence(
                  EntryEvidence.fixed(
                      HOST_CR4, Capability.VMX_CR4_FIXED0, Capability.VMX_CR4_FIXED1, CR4_OF_KVM, false)),
          row("N-H4")
              .says("Host CR3 has no bit above the physical-address width; with LAM, 62:61 are free.")
              .about(HOST_CR3)
              .reads(Capability.MAX_PHY_ADDR, Capability.LAM)
              .violatedWhen(badCr3(HOST_CR3))
              .evidence(cr3(HOST_CR3)),
          row("N-H5")
              .says("Host CR4.CET is 1 only with CR0.WP.")
              .about(HOST_CR4, HOST_CR0)
              .violatedWhen(cetWithoutWriteProtect(HOST_CR4, HOST_CR0))
              .evidence("{host_cr4} has bit 23 (CET) set, while {host_cr0} has bit 16 (WP) clear"),
          canonical("N-H6", HOST_IA32_SYSENTER_ESP),
          canonical("N-H7", HOST_IA32_SYSENTER_EIP),
          row("N-H8")
              .says("Each byte of a host IA32_PAT that is loaded is a memory type.")
              .about(HOST_IA32_PAT)
              .reads(VM_EXIT_CONTROLS)
              .violatedWhen(allOf(on(EXIT_LOAD_IA32_PAT), badPat(HOST_IA32_PAT)))
              .evidence(EntryEvidence.pat(HOST_IA32_PAT)),
          row("N-H9")
              .says("A host IA32_PERF_GLOBAL_CTRL that is loaded has no reserved bit set.")
              .about(HOST_IA32_PERF_GLOBAL_CTRL)
              .reads(VM_EXIT_CONTROLS, Capability.PERF_GLOBAL_CTRL)
              .violatedWhen(allOf(on(EXIT_LOAD_IA32_PERF_GLOBAL_CTRL),
                  outside(HOST_IA32_PERF_GLOBAL_CTRL, Capability.PERF_GLOBAL_CTRL, 0)))
              .evidence(
                  EntryEvidence.outside(HOST_IA32_PERF_GLOBAL_CTRL, Capability.PERF_GLOBAL_CTRL, 0)),
          efer("N-H30")
              .says("A host IA32_EFER that is loaded has no reserved bit set.")
              .reads(Capability.EFER)
              .violatedWhen(allOf(on(EXIT_LOAD_IA32_EFER), outside(HOST_IA32_EFER, Capability.EFER, 0)))
              .evidence(EntryEvidence.outside(HOST_IA32_EFER, Capability.EFER, 0)),
          efer("N-H31")
              .says("LMA of a host IA32_EFER that is loaded equals \"host address-space size\".")
              .violatedWhen(eferBitDiffers(EFER_LMA))
              .evidence(
                  "bit 10 (LMA) of {host_ia32_efer} differs from bit 9 (host address-space size) of"
                      + " {vm_exit_controls}"),
          efer("N-H32")
              .says("LME of a host IA32_EFER that is loaded equals \"host address-space size\".")
              .violatedWhen(eferBitDiffers(EFER_LME))
              .evidence(
                  "bit 8 (LME) of {host_ia32_efer} differs from bit 9 (host address-space size) of"
                      + " {vm_exit_controls}"),
          row("N-S58")
              .notSeenInSdm("the whole check")
              .says("A host IA32_S_CET that is loaded has no reserved bit set, and a canonical bitmap base.")
              .onlyOnBareCpu()
              .about(HOST_IA32_S_CET)
              .reads(VM_EXIT_CONTROLS, Circumstance.HOST_LA57)
              .violatedWhen(allOf(on(EXIT_LOAD_CET_STATE), badSCet(HOST_IA32_S_CET, host64())))
              .evidence(
                  "{host_ia32_s_cet} has a bit of 9:6 set, or 11 and 10 both, or is not canonical, or has"
                      + " one of 63:32 set outside 64-bit mode"),
          row("N-S59")
              .notSeenInSdm("the whole check")
              .says("A host SSP that is loaded is aligned and fits the mode; the SSP table is canonical.")
              .onlyOnBareCpu()
              .about(HOST_SSP, HOST_IA32_INT_SSP_TABLE_ADDR)
              .reads(VM_EXIT_CONTROLS, Circumstance.HOST_LA57)
              .violatedWhen(allOf(on(EXIT_LOAD_CET_STATE),
                  anyOf(badSsp(HOST_SSP, host64()), nonCanonical(HOST_IA32_INT_SSP_TABLE_ADDR))))
              .evidence(
                  "{host_ssp} has bit 1 or 0 set, is not canonical, or has one of 63:32 set outside 64-bit"
                      + " mode; or {host_ia32_int_ssp_table_addr} is not canonical"),
          row("N-S60")
              .notSeenInSdm("the whole check")
              .says("A host IA32_PKRS that is loaded has bits 63:32 clear.")
              .onlyOnBareCpu()
              .about(HOST_IA32_PKRS)
              .reads(VM_EXIT_CONTROLS)
              .violatedWhen(allOf(on(EXIT_LOAD_PKRS), anyHigh(HOST_IA32_PKRS)))
              .evidence("{host_ia32_pkrs} has {host_ia32_pkrs&ffffffff00000000} set"));

  private HostRegisterChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.HOST_REGISTERS, "vmx/nested.c nested_vmx_check_host_state");
  }

  private static Row efer(String id) {
    return row(id).about(HOST_IA32_EFER).reads(VM_EXIT_CONTROLS);
  }

  private static EntryCheck canonical(String id, VmcsField field) {
    return row(id)
        .says(field.linuxName() + " is canonical.")
        .about(field)
        .reads(Circumstance.HOST_LA57)
        .violatedWhen(nonCanonical(field))
        .evidence(EntryEvidence.canonical(field));
  }

  static EntryCheck.Evidence cr3(VmcsField field) {
    return facts -> {
      long free = facts.bit(Capability.LAM, 0) == Truth.YES ? EntryFacts.LAM_BITS : 0;
      long set = facts.value(field) & (-1L << EntryEvidence.width(facts)) & ~free;
      return EntryEvidence.value(field, facts)
          + " has "
          + EntryEvidence.bits(set)
          + " set, above maxPhyAddr "
          + EntryEvidence.width(facts);
    };
  }

  static Condition cr4NotFixed(VmcsField field) {
    return notFixed(field, Capability.VMX_CR4_FIXED0, Capability.VMX_CR4_FIXED1, 0);
  }

  static Condition cetWithoutWriteProtect(VmcsField cr4, VmcsField cr0) {
    return allOf(bit(cr4, CR4_CET), not(bit(cr0, CR0_WP)));
  }

  private static Condition eferBitDiffers(int bit) {
    return allOf(on(EXIT_LOAD_IA32_EFER),
        differ(bit(HOST_IA32_EFER, bit), on(Control.EXIT_HOST_ADDRESS_SPACE_SIZE)));
  }

  /** Reserved bits 9:6, TRACKER and SUPPRESS both, and the address in bits 63:12. */
  static Condition badSCet(VmcsField field, Condition in64BitMode) {
    return anyOf(any(field, 0x3c0), allOf(bit(field, 11), bit(field, 10)), nonCanonical(field),
        allOf(not(in64BitMode), anyHigh(field)));
  }

  static Condition badSsp(VmcsField field, Condition in64BitMode) {
    return anyOf(any(field, 3), nonCanonical(field), allOf(not(in64BitMode), anyHigh(field)));
  }
}
