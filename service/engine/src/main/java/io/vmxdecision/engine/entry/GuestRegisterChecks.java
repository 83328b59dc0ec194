package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;
import static io.vmxdecision.engine.vmx.Control.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/** SDM 27.3.1.1 "Checks on Guest Control Registers, Debug Registers, and MSRs". */
final class GuestRegisterChecks {
  private static final int CR4_PCIDE = 17;
  private static final int EFER_LMA = 10;
  private static final int EFER_LME = 8;

  /** LBR, BTF and FREEZE_IN_SMM, which KVM lets pass in a guest's IA32_DEBUGCTL. */
  private static final long DEBUGCTL_LET_PASS = 0x4003;

  private static final long BNDCFGS_RESERVED = 0xffc;
  private static final long BNDCFGS_BASE = ~0xfffL;

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-G1")
              .says(
                  "Guest CR0 is as IA32_VMX_CR0_FIXED0 and FIXED1 demand; PE and PG are free in an"
                      + " unrestricted guest.")
              .about(GUEST_CR0)
              .readsSecondary()
              .reads(
                  Capability.VMX_CR0_FIXED0,
                  Capability.VMX_CR0_FIXED1,
                  Capability.VMX_PROCBASED_CTLS2)
              .violatedWhen(guestCr0NotFixed(0))
              .onBareCpu(guestCr0NotFixed(HostRegisterChecks.CR0_CACHE_BITS))
              .evidence(
                  EntryEvidence.fixed(
                      GUEST_CR0, Capability.VMX_CR0_FIXED0, Capability.VMX_CR0_FIXED1, -1L, true)),
          row("N-G2")
              .says("Guest CR4 is as IA32_VMX_CR4_FIXED0 and FIXED1 demand, and has no bit foreign to KVM.")
              .about(GUEST_CR4)
              .reads(Capability.VMX_CR4_FIXED0, Capability.VMX_CR4_FIXED1)
              .violatedWhen(anyOf(HostRegisterChecks.cr4NotFixed(GUEST_CR4),
                  any(GUEST_CR4, ~HostRegisterChecks.CR4_OF_KVM)))
              .onBareCpu(HostRegisterChecks.cr4NotFixed(GUEST_CR4))
              .evidence(
                  EntryEvidence.fixed(
                      GUEST_CR4,
                      Capability.VMX_CR4_FIXED0,
                      Capability.VMX_CR4_FIXED1,
                      HostRegisterChecks.CR4_OF_KVM,
                      false)),
          row("N-G3")
              .says("Guest CR4.CET is 1 only with CR0.WP.")
              .about(GUEST_CR4, GUEST_CR0)
              .violatedWhen(HostRegisterChecks.cetWithoutWriteProtect(GUEST_CR4, GUEST_CR0))
              .evidence("{guest_cr4} has bit 23 (CET) set, while {guest_cr0} has bit 16 (WP) clear"),
          row("N-G4")
              .says("A guest DR7 that is loaded has bits 63:32 clear.")
              .about(GUEST_DR7)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(on(ENTRY_LOAD_DEBUG_CONTROLS), anyHigh(GUEST_DR7)))
              .evidence(
                  "{guest_dr7} has {guest_dr7&ffffffff00000000} set, while {vm_entry_controls} has bit 2 (load debug"
                      + " controls) set"),
          row("N-G5")
              .alsoIn(
                  "SDM vol. 4, table of architectural MSRs, IA32_DEBUGCTL: 5:2 and 63:16 are reserved, the others"
                      + " are there on some CPUs; not seen there is bit 2, bus-lock detection of newer CPUs")
              .says("A guest IA32_DEBUGCTL that is loaded has no reserved bit set.")
              .about(GUEST_IA32_DEBUGCTL)
              .reads(VM_ENTRY_CONTROLS, Capability.DEBUGCTL)
              .violatedWhen(badDebugctl(DEBUGCTL_LET_PASS))
              .onBareCpu(badDebugctl(0))
              .evidence(
                  facts -> EntryEvidence.outside(
                      GUEST_IA32_DEBUGCTL,
                      Capability.DEBUGCTL,
                      facts.isBareCpu() ? 0 : DEBUGCTL_LET_PASS)
                      .of(facts)),
          row("N-G6")
              .says("Each byte of a guest IA32_PAT that is loaded is a memory type.")
              .about(GUEST_IA32_PAT)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(on(ENTRY_LOAD_IA32_PAT), badPat(GUEST_IA32_PAT)))
              .evidence(EntryEvidence.pat(GUEST_IA32_PAT)),
          row("N-G11")
              .says("A guest IA32_PERF_GLOBAL_CTRL that is loaded has no reserved bit set.")
              .about(GUEST_IA32_PERF_GLOBAL_CTRL)
              .reads(VM_ENTRY_CONTROLS, Capability.PERF_GLOBAL_CTRL)
              .violatedWhen(allOf(on(ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL),
                  outside(GUEST_IA32_PERF_GLOBAL_CTRL, Capability.PERF_GLOBAL_CTRL, 0)))
              .evidence(
                  EntryEvidence.outside(GUEST_IA32_PERF_GLOBAL_CTRL, Capability.PERF_GLOBAL_CTRL, 0)),
          row("N-G12")
              .says("Guest CR0.PG is 1 only with CR0.PE.")
              .about(GUEST_CR0)
              .violatedWhen(allOf(bit(GUEST_CR0, EntryFacts.CR0_PG), not(bit(GUEST_CR0, EntryFacts.CR0_PE))))
              .evidence("{guest_cr0} has bit 31 (PG) set and bit 0 (PE) clear"),
          row("N-G13")
              .says("With \"IA-32e mode guest\", guest CR4.PAE is 1.")
              .about(GUEST_CR4)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(ia32e(), not(bit(GUEST_CR4, EntryFacts.CR4_PAE))))
              .evidence(
                  "{guest_cr4} has bit 5 (PAE) clear, while {vm_entry_controls} has bit 9 (IA-32e mode"
                      + " guest) set"),
          row("N-G14")
              .says("With \"IA-32e mode guest\", guest CR0.PG is 1.")
              .about(GUEST_CR0)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(ia32e(), not(bit(GUEST_CR0, EntryFacts.CR0_PG))))
              .evidence(
                  "{guest_cr0} has bit 31 (PG) clear, while {vm_entry_controls} has bit 9 (IA-32e mode"
                      + " guest) set"),
          efer("N-G15")
              .says("A guest IA32_EFER that is loaded has no reserved bit set.")
              .reads(Capability.EFER)
              .violatedWhen(allOf(on(ENTRY_LOAD_IA32_EFER), outside(GUEST_IA32_EFER, Capability.EFER, 0)))
              .evidence(EntryEvidence.outside(GUEST_IA32_EFER, Capability.EFER, 0)),
          efer("N-G16")
              .says("LMA of a guest IA32_EFER that is loaded equals \"IA-32e mode guest\".")
              .violatedWhen(allOf(on(ENTRY_LOAD_IA32_EFER), differ(bit(GUEST_IA32_EFER, EFER_LMA), ia32e())))
              .evidence(
                  "bit 10 (LMA) of {guest_ia32_efer} differs from bit 9 (IA-32e mode guest) of"
                      + " {vm_entry_controls}"),
          efer("N-G17")
              .says("With CR0.PG, LME of a guest IA32_EFER that is loaded fits \"IA-32e mode guest\".")
              .about(GUEST_IA32_EFER)
              .reads(GUEST_CR0)
              .violatedWhen(wrongLme(ia32e()))
              .onBareCpu(wrongLme(bit(GUEST_IA32_EFER, EFER_LMA)))
              .evidence(
                  "bit 8 (LME) of {guest_ia32_efer} does not fit bit 9 (IA-32e mode guest) of"
                      + " {vm_entry_controls}, with bit 31 (PG) of {guest_cr0} set"),
          row("N-G18")
              .says("The bound-directory address of a guest IA32_BNDCFGS that is loaded is canonical.")
              .about(GUEST_BNDCFGS)
              .reads(VM_ENTRY_CONTROLS, Circumstance.HOST_LA57)
              .violatedWhen(allOf(on(ENTRY_LOAD_IA32_BNDCFGS),
                  nonCanonical(GUEST_BNDCFGS, BNDCFGS_BASE, Circumstance.HOST_LA57, 48, 57)))
              .evidence(
                  facts -> EntryEvidence.fill("{guest_bndcfgs} has no canonical address in bits 63:12: ",
                      facts)
                      + EntryEvidence.notEqual(facts, 47, 56)),
          row("N-G19")
              .says("A guest IA32_BNDCFGS that is loaded has bits 11:2 clear.")
              .about(GUEST_BNDCFGS)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(on(ENTRY_LOAD_IA32_BNDCFGS), any(GUEST_BNDCFGS, BNDCFGS_RESERVED)))
              .evidence(EntryEvidence.set(GUEST_BNDCFGS, BNDCFGS_RESERVED, ", to be 0")),
          row("N-G22")
              .says("Guest CR3 has no bit above the physical-address width; with LAM, 62:61 are free.")
              .kernel("vmx/nested.c nested_vmx_load_cr3")
              .about(GUEST_CR3)
              .reads(Capability.MAX_PHY_ADDR, Capability.LAM)
              .violatedWhen(badCr3(GUEST_CR3))
              .evidence(HostRegisterChecks.cr3(GUEST_CR3)),
          row("N-S3")
              .says("Guest CR4.PCIDE is 1 only with \"IA-32e mode guest\".")
              .kernel("")
              .about(GUEST_CR4)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(bit(GUEST_CR4, CR4_PCIDE), not(ia32e())))
              .evidence(
                  "{guest_cr4} has bit 17 (PCIDE) set, while {vm_entry_controls} has bit 9 (IA-32e mode"
                      + " guest) clear"),
          canonical("N-S4", GUEST_SYSENTER_ESP),
          canonical("N-S5", GUEST_SYSENTER_EIP),
          row("N-S61")
              .notSeenInSdm("bits 63:32, 11:10 and 9:6 of IA32_S_CET")
              .says(
                  "A guest IA32_S_CET that is loaded has no reserved bit set and a canonical bitmap base;"
                      + " the SSP table is canonical.")
              .onlyOnBareCpu()
              .about(GUEST_IA32_S_CET, GUEST_IA32_INT_SSP_TABLE_ADDR)
              .reads(VM_ENTRY_CONTROLS, Circumstance.HOST_LA57)
              .violatedWhen(allOf(on(ENTRY_LOAD_CET_STATE),
                  anyOf(HostRegisterChecks.badSCet(GUEST_IA32_S_CET, ia32e()),
                      nonCanonical(GUEST_IA32_INT_SSP_TABLE_ADDR))))
              .evidence(
                  "{guest_ia32_s_cet} has a bit of 9:6 set, or 11 and 10 both, or is not canonical, or has"
                      + " one of 63:32 set outside IA-32e mode; or {guest_ia32_int_ssp_table_addr} is not"
                      + " canonical"),
          row("N-S62")
              .says("A guest IA32_PKRS that is loaded has bits 63:32 clear.")
              .onlyOnBareCpu()
              .about(GUEST_IA32_PKRS)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(on(ENTRY_LOAD_PKRS), anyHigh(GUEST_IA32_PKRS)))
              .evidence("{guest_ia32_pkrs} has {guest_ia32_pkrs&ffffffff00000000} set"),
          row("N-S64")
              .says("A guest UINV that is loaded has bits 15:8 clear.")
              .onlyOnBareCpu()
              .about(GUEST_UINV)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(on(ENTRY_LOAD_UINV), any(GUEST_UINV, 0xff00)))
              .evidence(EntryEvidence.set(GUEST_UINV, 0xff00, ", of a vector of 8 bits")));

  private GuestRegisterChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.GUEST_REGISTERS, "vmx/nested.c nested_vmx_check_guest_state");
  }

  private static Row efer(String id) {
    return row(id).about(GUEST_IA32_EFER).reads(VM_ENTRY_CONTROLS);
  }

  private static EntryCheck canonical(String id, VmcsField field) {
    return row(id)
        .kernel("")
        .says(field.linuxName() + " is canonical.")
        .about(field)
        .reads(Circumstance.HOST_LA57)
        .violatedWhen(nonCanonical(field))
        .evidence(EntryEvidence.canonical(field));
  }

  private static Condition badDebugctl(long letPass) {
    return allOf(on(ENTRY_LOAD_DEBUG_CONTROLS), outside(GUEST_IA32_DEBUGCTL, Capability.DEBUGCTL, letPass));
  }

  private static Condition wrongLme(Condition longMode) {
    return allOf(on(ENTRY_LOAD_IA32_EFER), bit(GUEST_CR0, EntryFacts.CR0_PG),
        differ(bit(GUEST_IA32_EFER, EFER_LME), longMode));
  }
}
