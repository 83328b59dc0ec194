package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;
import static io.vmxdecision.engine.vmx.Control.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import java.util.List;

/** SDM 27.3.1.5 "Checks on Guest Non-Register State". */
final class GuestNonRegisterChecks {
  private static final int HLT = 1;
  private static final int SHUTDOWN = 2;
  private static final int WAIT_FOR_SIPI = 3;
  private static final long ALL_ONES = -1L;
  private static final long REVISION = 0x7fff_ffffL;
  private static final int SHADOW_VMCS_BIT = 31;

  private static final int STI = 0;
  private static final int MOV_SS = 1;
  private static final int SMI = 2;
  private static final int NMI = 3;
  private static final int ENCLAVE = 4;
  private static final long STI_OR_MOV_SS = 3;
  private static final long INTERRUPTIBILITY_RESERVED = 0xffff_ffe0L;

  private static final int BS = 14;
  private static final int RTM = 16;
  private static final int BUS_LOCK = 11;
  private static final long PENDING_RESERVED = ~0x1_ffffL | 1L << 15 | 1L << 13 | 0xff0;
  private static final int ENABLED_BREAKPOINT = 12;
  private static final long NOT_WITH_RTM = 0xefff;

  private static final int RFLAGS_TF = 8;
  private static final int DEBUGCTL_BTF = 1;

  private static final int EXTERNAL_INTERRUPT = 1 << InterruptionInfo.EXTERNAL_INTERRUPT;
  private static final int NMI_TYPE = 1 << InterruptionInfo.NMI;
  private static final int MC_VECTOR = 18;
  private static final int DB_VECTOR = 1;
  private static final int OTHER_EVENT = 7;

  static final List<EntryCheck> CHECKS =
      List.of(
          link("N-G7")
              .says("A VMCS link pointer is all ones, or aligned to 4 KiB and within the address width.")
              .violatedWhen(badLinkPointer())
              .evidence(EntryEvidence.address(VMCS_LINK_POINTER, 0xfff, "")),
          link("N-G8")
              .says("L0 can read the first 4 bytes of a VMCS that the link pointer names.")
              .onlyUnderKvm()
              .reads(Circumstance.MEMORY)
              .violatedWhen(allOf(namesVmcs(), judged(facts -> Truth.of(firstWord(facts) < 0))))
              .evidence("the 4 bytes at {vmcs_link_pointer} cannot be read"),
          link("N-G9")
              .says("A VMCS that the link pointer names has the revision of this CPU's VMCSs.")
              .reads(Circumstance.MEMORY, Capability.VMX_BASIC)
              .violatedWhen(wrongRevisionForKvm())
              .onBareCpu(wrongRevisionForCpu())
              .evidence(
                  facts -> EntryEvidence.value(VMCS_LINK_POINTER, facts)
                      + " names a VMCS with revision "
                      + EntryEvidence.hex(firstWord(facts) & REVISION)),
          link("N-G10")
              .says("A VMCS that the link pointer names is a shadow VMCS just if \"VMCS shadowing\" is 1.")
              .readsSecondary()
              .reads(Circumstance.MEMORY, Capability.VMX_BASIC)
              .violatedWhen(otherShadowThan(wrongRevisionForKvm()))
              .onBareCpu(otherShadowThan(wrongRevisionForCpu()))
              .evidence(
                  facts -> EntryEvidence.value(VMCS_LINK_POINTER, facts)
                      + " names a VMCS with bit 31 (shadow VMCS) "
                      + ((firstWord(facts) >>> SHADOW_VMCS_BIT) == 0 ? "clear" : "set")
                      + EntryEvidence.fill(
                          ", other than bit 14 (VMCS shadowing) of {secondary_vm_exec_control}", facts)),
          row("N-G20")
              .says("The activity state is 0 (active), 1 (HLT) or 3 (wait-for-SIPI).")
              .kernel("vmx/nested.c nested_check_guest_non_reg_state")
              .onlyUnderKvm()
              .about(GUEST_ACTIVITY_STATE)
              .violatedWhen(not(anyOf(activity(0), activity(HLT), activity(WAIT_FOR_SIPI))))
              .evidence("{guest_activity_state} is not 0, 1 or 3; KVM refuses 2 (shutdown)"),
          interruptibility("N-S37")
              .says(
                  "Interruptibility has no reserved bit set, and bit 4 (enclave) only with SGX and without"
                      + " bit 1 (MOV SS).")
              .reads(Circumstance.SGX)
              .violatedWhen(anyOf(any(GUEST_INTERRUPTIBILITY_INFO, INTERRUPTIBILITY_RESERVED),
                  allOf(blocked(ENCLAVE), anyOf(not(holds(Circumstance.SGX)), blocked(MOV_SS)))))
              .evidence(
                  "{guest_interruptibility_info} has {guest_interruptibility_info&fffffff2} set: 31:5 are reserved,"
                      + " 4 (enclave interruption) needs SGX and excludes 1 (MOV SS)"),
          interruptibility("N-S38")
              .says("Blocking by STI and by MOV SS exclude each other.")
              .violatedWhen(allOf(blocked(STI), blocked(MOV_SS)))
              .evidence("{guest_interruptibility_info} has both bit 0 (STI) and bit 1 (MOV SS) set"),
          interruptibility("N-S39")
              .says("Blocking by STI needs RFLAGS.IF.")
              .about(GUEST_INTERRUPTIBILITY_INFO, GUEST_RFLAGS)
              .violatedWhen(allOf(blocked(STI), not(interruptsEnabled())))
              .evidence(
                  "{guest_interruptibility_info} has bit 0 (blocking by STI) set, while {guest_rflags} has"
                      + " IF (bit 9) clear"),
          injected("N-S40")
              .says("An external interrupt is injected only without blocking by STI or MOV SS.")
              .violatedWhen(
                  allOf(injects(EXTERNAL_INTERRUPT), any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS)))
              .evidence(
                  "{vm_entry_intr_info_field} injects an external interrupt, while"
                      + " {guest_interruptibility_info} has bit 0 (STI) or 1 (MOV SS) set"),
          injected("N-S41")
              .says("An NMI is injected only without blocking by MOV SS.")
              .violatedWhen(allOf(injects(NMI_TYPE), blocked(MOV_SS)))
              .evidence(
                  "{vm_entry_intr_info_field} injects an NMI, while {guest_interruptibility_info} has bit 1"
                      + " (blocking by MOV SS) set"),
          interruptibility("N-S42")
              .says("Blocking by SMI is 0 outside SMM.")
              .reads(Circumstance.SMM)
              .violatedWhen(allOf(blocked(SMI), not(holds(Circumstance.SMM))))
              .evidence("{guest_interruptibility_info} has bit 2 (blocking by SMI) set outside SMM"),
          injected("N-S43")
              .says("An NMI is injected only without blocking by NMI, if \"virtual NMIs\" is 1.")
              .reads(PIN_BASED_VM_EXEC_CONTROL)
              .violatedWhen(allOf(injects(NMI_TYPE), blocked(NMI)))
              .onBareCpu(allOf(on(VIRTUAL_NMIS), injects(NMI_TYPE), blocked(NMI)))
              .evidence(
                  "{vm_entry_intr_info_field} injects an NMI, while {guest_interruptibility_info} has bit 3"
                      + " (blocking by NMI) set and virtual NMIs are in use"),
          pending("N-S44")
              .notSeenInSdm("bit 11 on a CPU with bus-lock detection, under the profile sdm")
              .says("The pending debug exceptions have no reserved bit set: 63:17, 15, 13, 11:4.")
              .reads(Circumstance.BUS_LOCK_DETECTION)
              .violatedWhen(any(GUEST_PENDING_DBG_EXCEPTIONS, PENDING_RESERVED))
              .onBareCpu(anyOf(any(GUEST_PENDING_DBG_EXCEPTIONS, PENDING_RESERVED & ~(1L << BUS_LOCK)),
                  allOf(bit(GUEST_PENDING_DBG_EXCEPTIONS, BUS_LOCK),
                      not(holds(Circumstance.BUS_LOCK_DETECTION)))))
              .evidence(
                  EntryEvidence.set(
                      GUEST_PENDING_DBG_EXCEPTIONS, PENDING_RESERVED, ", to be 0")),
          pending("N-S45")
              .says("With blocking by STI or MOV SS, BS is pending just if RFLAGS.TF is 1 and BTF is 0.")
              .about(GUEST_PENDING_DBG_EXCEPTIONS, GUEST_RFLAGS)
              .reads(GUEST_INTERRUPTIBILITY_INFO, VM_ENTRY_CONTROLS, GUEST_IA32_DEBUGCTL)
              .reads(Capability.DEBUGCTL)
              .violatedWhen(allOf(any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS), wrongBs(btf())))
              .onBareCpu(allOf(any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS),
                  wrongBs(bit(GUEST_IA32_DEBUGCTL, DEBUGCTL_BTF))))
              .evidence(
                  "bit 14 (BS) of {guest_pending_dbg_exceptions} does not fit bit 8 (TF) of {guest_rflags}"
                      + " and bit 1 (BTF) of {guest_ia32_debugctl}, with {guest_interruptibility_info}"),
          pending("N-S46")
              .says(
                  "With RTM pending, bit 12 is set, 11:0 and 15:13 are clear, and MOV SS does not block.")
              .reads(GUEST_INTERRUPTIBILITY_INFO, Circumstance.RTM)
              .violatedWhen(wrongRtm())
              .evidence(
                  "{guest_pending_dbg_exceptions} has bit 16 (RTM) set with bit 12 clear or one of 11:0 and"
                      + " 15:13 set, or {guest_interruptibility_info} has bit 1 (MOV SS) set"),
          row("N-S66")
              .says("The activity state is 0..3, and one that IA32_VMX_MISC 8:6 has.")
              .onlyOnBareCpu()
              .about(GUEST_ACTIVITY_STATE)
              .reads(Capability.VMX_MISC)
              .violatedWhen(anyOf(any(GUEST_ACTIVITY_STATE, ~3L),
                  allOf(activity(HLT), not(bit(Capability.VMX_MISC, 6))),
                  allOf(activity(SHUTDOWN), not(bit(Capability.VMX_MISC, 7))),
                  allOf(activity(WAIT_FOR_SIPI), not(bit(Capability.VMX_MISC, 8)))))
              .evidence("{guest_activity_state} is above 3 or not among bits 8:6 of {vmxMisc}"),
          inactive("N-S67")
              .says("In HLT, SS.DPL is 0.")
              .about(GUEST_ACTIVITY_STATE, GUEST_SS_AR_BYTES)
              .violatedWhen(allOf(activity(HLT), any(GUEST_SS_AR_BYTES, 0x60)))
              .evidence(
                  "{guest_activity_state} is HLT, while {guest_ss_ar_bytes} has a DPL (bits 6:5) above 0"),
          inactive("N-S68")
              .says("Outside the active state neither STI nor MOV SS blocks.")
              .about(GUEST_ACTIVITY_STATE, GUEST_INTERRUPTIBILITY_INFO)
              .violatedWhen(allOf(not(activity(0)), any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS)))
              .evidence(
                  "{guest_activity_state} is not 0 (active), while {guest_interruptibility_info} has bit 0"
                      + " (STI) or 1 (MOV SS) set"),
          inactive("N-S69")
              .says(
                  "Into HLT only an external interrupt, an NMI, #DB, #MC or a pending MTF VM exit is"
                      + " injected.")
              .violatedWhen(allOf(activity(HLT), injects(),
                  not(anyOf(injects(EXTERNAL_INTERRUPT | NMI_TYPE),
                      allOf(injectsType(InterruptionInfo.HARDWARE_EXCEPTION),
                          vectorIn(1L << DB_VECTOR | 1L << MC_VECTOR)),
                      allOf(injectsType(OTHER_EVENT), vectorIn(1))))))
              .evidence("{guest_activity_state} is HLT, and {vm_entry_intr_info_field} is not for it"),
          inactive("N-S70")
              .says("Into shutdown only an NMI or #MC is injected.")
              .violatedWhen(allOf(activity(SHUTDOWN), injects(),
                  not(anyOf(injects(NMI_TYPE),
                      allOf(injectsType(InterruptionInfo.HARDWARE_EXCEPTION), vectorIn(1L << MC_VECTOR))))))
              .evidence("{guest_activity_state} is shutdown, and {vm_entry_intr_info_field} is not for it"),
          inactive("N-S71")
              .says("Into wait-for-SIPI nothing is injected.")
              .violatedWhen(allOf(activity(WAIT_FOR_SIPI), injects()))
              .evidence(
                  "{guest_activity_state} is wait-for-SIPI, and {vm_entry_intr_info_field} has bit 31"
                      + " (valid) set"),
          inactive("N-S72")
              .says("An entry to SMM is not into wait-for-SIPI.")
              .about(GUEST_ACTIVITY_STATE, VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(activity(WAIT_FOR_SIPI), on(ENTRY_ENTRY_TO_SMM)))
              .evidence(
                  "{guest_activity_state} is wait-for-SIPI, and {vm_entry_controls} has bit 10 (entry to"
                      + " SMM) set"),
          interruptibility("N-S73")
              .says("An entry to SMM has blocking by SMI.")
              .onlyOnBareCpu()
              .about(GUEST_INTERRUPTIBILITY_INFO, VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(on(ENTRY_ENTRY_TO_SMM), not(blocked(SMI))))
              .evidence(
                  "{guest_interruptibility_info} has bit 2 (blocking by SMI) clear, and"
                      + " {vm_entry_controls} has bit 10 (entry to SMM) set"),
          pending("N-S74")
              .says("In HLT, BS is pending just if RFLAGS.TF is 1 and BTF is 0.")
              .onlyOnBareCpu()
              .reads(GUEST_ACTIVITY_STATE, GUEST_RFLAGS, GUEST_IA32_DEBUGCTL)
              .violatedWhen(allOf(activity(HLT), wrongBs(bit(GUEST_IA32_DEBUGCTL, DEBUGCTL_BTF))))
              .evidence(
                  "bit 14 (BS) of {guest_pending_dbg_exceptions} does not fit bit 8 (TF) of {guest_rflags}"
                      + " and bit 1 (BTF) of {guest_ia32_debugctl}, with {guest_activity_state} HLT"),
          pending("N-S75")
              .says("RTM is pending only on a CPU with RTM.")
              .onlyOnBareCpu()
              .reads(Circumstance.RTM)
              .violatedWhen(allOf(bit(GUEST_PENDING_DBG_EXCEPTIONS, RTM), not(holds(Circumstance.RTM))))
              .evidence("{guest_pending_dbg_exceptions} has bit 16 (RTM) set, and the CPU has no RTM"),
          injected("N-S76")
              .says("On some CPUs an NMI is injected only without blocking by STI.")
              .onlyOnBareCpu()
              .failsAs(EntryFailure.NMI_INJECTION)
              .reads(Circumstance.STI_BLOCKS_NMI)
              .violatedWhen(allOf(injects(NMI_TYPE), blocked(STI), holds(Circumstance.STI_BLOCKS_NMI)))
              .evidence(
                  "{vm_entry_intr_info_field} injects an NMI, while {guest_interruptibility_info} has bit 0"
                      + " (blocking by STI) set"),
          link("N-S77")
              .says("The link pointer is not the pointer of the current VMCS, unless in SMM.")
              .onlyOnBareCpu()
              .reads(VM_ENTRY_CONTROLS, Circumstance.SMM, Circumstance.VMCS_POINTER)
              .violatedWhen(allOf(not(is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES)),
                  anyOf(not(holds(Circumstance.SMM)), on(ENTRY_ENTRY_TO_SMM)),
                  judged(EntryFacts::linkIsCurrent)))
              .evidence("{vmcs_link_pointer} is the address of the current VMCS"),
          link("N-S78")
              .says("In SMM, without \"entry to SMM\", the link pointer is not the executive-VMCS pointer.")
              .onlyOnBareCpu()
              .reads(VM_ENTRY_CONTROLS, EXECUTIVE_VMCS_POINTER, Circumstance.SMM)
              .violatedWhen(allOf(not(is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES)), holds(Circumstance.SMM),
                  off(ENTRY_ENTRY_TO_SMM), not(differ(VMCS_LINK_POINTER, EXECUTIVE_VMCS_POINTER))))
              .evidence("{vmcs_link_pointer} equals {executive_vmcs_pointer}"));

  private GuestNonRegisterChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.GUEST_NON_REGISTER, "");
  }

  private static Row link(String id) {
    return row(id)
        .kernel("vmx/nested.c nested_vmx_check_vmcs_link_ptr")
        .failsAs(EntryFailure.LINK_POINTER)
        .about(VMCS_LINK_POINTER)
        .reads(Capability.MAX_PHY_ADDR);
  }

  private static Row interruptibility(String id) {
    return row(id).about(GUEST_INTERRUPTIBILITY_INFO);
  }

  private static Row injected(String id) {
    return row(id).about(GUEST_INTERRUPTIBILITY_INFO, VM_ENTRY_INTR_INFO_FIELD);
  }

  private static Row pending(String id) {
    return row(id).about(GUEST_PENDING_DBG_EXCEPTIONS);
  }

  private static Row inactive(String id) {
    return row(id).onlyOnBareCpu().about(GUEST_ACTIVITY_STATE, VM_ENTRY_INTR_INFO_FIELD);
  }

  private static Condition activity(int state) {
    return is(GUEST_ACTIVITY_STATE, ALL_ONES, state);
  }

  private static Condition blocked(int bit) {
    return bit(GUEST_INTERRUPTIBILITY_INFO, bit);
  }

  /** BTF as vmcs02 has it: what L1 loads, as far as KVM supports it. */
  private static Condition btf() {
    return allOf(on(ENTRY_LOAD_DEBUG_CONTROLS), bit(GUEST_IA32_DEBUGCTL, DEBUGCTL_BTF),
        bit(Capability.DEBUGCTL, DEBUGCTL_BTF));
  }

  private static Condition wrongBs(Condition btf) {
    return differ(bit(GUEST_PENDING_DBG_EXCEPTIONS, BS), allOf(bit(GUEST_RFLAGS, RFLAGS_TF), not(btf)));
  }

  private static Condition wrongRtm() {
    return allOf(bit(GUEST_PENDING_DBG_EXCEPTIONS, RTM),
        anyOf(not(bit(GUEST_PENDING_DBG_EXCEPTIONS, ENABLED_BREAKPOINT)),
            any(GUEST_PENDING_DBG_EXCEPTIONS, NOT_WITH_RTM), blocked(MOV_SS)));
  }

  // The link pointer. A check is made only where those before it hold.

  private static Condition badLinkPointer() {
    return allOf(not(is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES)), badPage(VMCS_LINK_POINTER));
  }

  private static Condition namesVmcs() {
    return allOf(not(is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES)), not(badPage(VMCS_LINK_POINTER)));
  }

  /** The 32 bits at the link pointer, or -1 where they or it are not known. */
  private static long firstWord(EntryFacts facts) {
    return facts.known(VMCS_LINK_POINTER) ? facts.u32(facts.value(VMCS_LINK_POINTER)) : -1;
  }

  private static Condition wrongRevisionForKvm() {
    return allOf(
        namesVmcs(),
        judged(facts -> otherRevision(facts, EnlightenedVmcs.REVISION_VMCS12, true)));
  }

  private static Condition wrongRevisionForCpu() {
    return allOf(
        namesVmcs(),
        judged(
            facts -> otherRevision(
                facts,
                facts.value(Capability.VMX_BASIC) & REVISION,
                facts.known(Capability.VMX_BASIC))));
  }

  private static Condition otherShadowThan(Condition wrongRevision) {
    return allOf(namesVmcs(), not(wrongRevision), judged(GuestNonRegisterChecks::otherShadow));
  }

  private static int otherRevision(EntryFacts facts, long revision, boolean known) {
    long word = firstWord(facts);
    return word < 0 ? ofUnreadable(facts) : Truth.ifKnown(known, (word & REVISION) != revision);
  }

  private static int otherShadow(EntryFacts facts) {
    long word = firstWord(facts);
    return word < 0
        ? ofUnreadable(facts)
        : Truth.differ(Truth.of((word >>> SHADOW_VMCS_BIT) != 0), facts.on(VMCS_SHADOWING));
  }

  /** What KVM cannot read it does not judge any further. */
  private static int ofUnreadable(EntryFacts facts) {
    return facts.isBareCpu() || !facts.known(VMCS_LINK_POINTER) ? Truth.MAYBE : Truth.NO;
  }
}
