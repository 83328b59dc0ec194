package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Truth.NO;
import static io.vmxdecision.engine.entry.Truth.not;
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
              .violatedWhen(GuestNonRegisterChecks::badLinkPointer)
              .evidence(EntryEvidence.address(VMCS_LINK_POINTER, 0xfff, "")),
          link("N-G8")
              .says("L0 can read the first 4 bytes of a VMCS that the link pointer names.")
              .onlyUnderKvm()
              .reads(Circumstance.MEMORY)
              .violatedWhen(
                  facts -> {
                    int named = namesVmcs(facts);
                    return named == NO ? NO : named & Truth.of(firstWord(facts) < 0);
                  })
              .evidence("the 4 bytes at {vmcs_link_pointer} cannot be read"),
          link("N-G9")
              .says("A VMCS that the link pointer names has the revision of this CPU's VMCSs.")
              .reads(Circumstance.MEMORY, Capability.VMX_BASIC)
              .violatedWhen(facts -> wrongRevision(facts, EnlightenedVmcs.REVISION_VMCS12, Truth.YES))
              .onBareCpu(
                  facts -> wrongRevision(
                      facts,
                      facts.value(Capability.VMX_BASIC) & REVISION,
                      facts.known(Capability.VMX_BASIC) ? Truth.YES : Truth.MAYBE))
              .evidence(
                  facts -> EntryEvidence.value(VMCS_LINK_POINTER, facts)
                      + " names a VMCS with revision "
                      + EntryEvidence.hex(firstWord(facts) & REVISION)),
          link("N-G10")
              .says("A VMCS that the link pointer names is a shadow VMCS just if \"VMCS shadowing\" is 1.")
              .readsSecondary()
              .reads(Circumstance.MEMORY)
              .violatedWhen(GuestNonRegisterChecks::wrongShadow)
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
              .violatedWhen(
                  facts -> not(
                      activity(facts, 0)
                          | activity(facts, HLT)
                          | activity(facts, WAIT_FOR_SIPI)))
              .evidence("{guest_activity_state} is not 0, 1 or 3; KVM refuses 2 (shutdown)"),
          interruptibility("N-S37")
              .says(
                  "Interruptibility has no reserved bit set, and bit 4 (enclave) only with SGX and without"
                      + " bit 1 (MOV SS).")
              .reads(Circumstance.SGX)
              .violatedWhen(
                  facts -> facts.any(GUEST_INTERRUPTIBILITY_INFO, INTERRUPTIBILITY_RESERVED)
                      | (blocked(facts, ENCLAVE)
                          & (not(facts.holds(Circumstance.SGX)) | blocked(facts, MOV_SS))))
              .evidence(
                  "{guest_interruptibility_info} has {guest_interruptibility_info&fffffff2} set: 31:5 are reserved,"
                      + " 4 (enclave interruption) needs SGX and excludes 1 (MOV SS)"),
          interruptibility("N-S38")
              .says("Blocking by STI and by MOV SS exclude each other.")
              .violatedWhen(facts -> blocked(facts, STI) & blocked(facts, MOV_SS))
              .evidence("{guest_interruptibility_info} has both bit 0 (STI) and bit 1 (MOV SS) set"),
          interruptibility("N-S39")
              .says("Blocking by STI needs RFLAGS.IF.")
              .about(GUEST_INTERRUPTIBILITY_INFO, GUEST_RFLAGS)
              .violatedWhen(facts -> blocked(facts, STI) & not(facts.interruptsEnabled()))
              .evidence(
                  "{guest_interruptibility_info} has bit 0 (blocking by STI) set, while {guest_rflags} has"
                      + " IF (bit 9) clear"),
          injected("N-S40")
              .says("An external interrupt is injected only without blocking by STI or MOV SS.")
              .violatedWhen(
                  facts -> facts.injects(EXTERNAL_INTERRUPT)
                      & facts.any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS))
              .evidence(
                  "{vm_entry_intr_info_field} injects an external interrupt, while"
                      + " {guest_interruptibility_info} has bit 0 (STI) or 1 (MOV SS) set"),
          injected("N-S41")
              .says("An NMI is injected only without blocking by MOV SS.")
              .violatedWhen(facts -> facts.injects(NMI_TYPE) & blocked(facts, MOV_SS))
              .evidence(
                  "{vm_entry_intr_info_field} injects an NMI, while {guest_interruptibility_info} has bit 1"
                      + " (blocking by MOV SS) set"),
          interruptibility("N-S42")
              .says("Blocking by SMI is 0 outside SMM.")
              .reads(Circumstance.SMM)
              .violatedWhen(facts -> blocked(facts, SMI) & not(facts.holds(Circumstance.SMM)))
              .evidence("{guest_interruptibility_info} has bit 2 (blocking by SMI) set outside SMM"),
          injected("N-S43")
              .says("An NMI is injected only without blocking by NMI, if \"virtual NMIs\" is 1.")
              .reads(PIN_BASED_VM_EXEC_CONTROL)
              .violatedWhen(facts -> facts.injects(NMI_TYPE) & blocked(facts, NMI))
              .onBareCpu(
                  facts -> facts.on(VIRTUAL_NMIS) & facts.injects(NMI_TYPE) & blocked(facts, NMI))
              .evidence(
                  "{vm_entry_intr_info_field} injects an NMI, while {guest_interruptibility_info} has bit 3"
                      + " (blocking by NMI) set and virtual NMIs are in use"),
          pending("N-S44")
              .notSeenInSdm("bit 11 on a CPU with bus-lock detection, under the profile sdm")
              .says("The pending debug exceptions have no reserved bit set: 63:17, 15, 13, 11:4.")
              .reads(Circumstance.BUS_LOCK_DETECTION)
              .violatedWhen(facts -> facts.any(GUEST_PENDING_DBG_EXCEPTIONS, PENDING_RESERVED))
              .onBareCpu(
                  facts -> facts.any(GUEST_PENDING_DBG_EXCEPTIONS, PENDING_RESERVED & ~(1L << BUS_LOCK))
                      | (facts.bit(GUEST_PENDING_DBG_EXCEPTIONS, BUS_LOCK)
                          & not(facts.holds(Circumstance.BUS_LOCK_DETECTION))))
              .evidence(
                  EntryEvidence.set(
                      GUEST_PENDING_DBG_EXCEPTIONS, PENDING_RESERVED, ", to be 0")),
          pending("N-S45")
              .says("With blocking by STI or MOV SS, BS is pending just if RFLAGS.TF is 1 and BTF is 0.")
              .about(GUEST_PENDING_DBG_EXCEPTIONS, GUEST_RFLAGS)
              .reads(GUEST_INTERRUPTIBILITY_INFO, VM_ENTRY_CONTROLS, GUEST_IA32_DEBUGCTL)
              .reads(Capability.DEBUGCTL)
              .violatedWhen(
                  facts -> facts.any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS) & wrongBs(facts, btf(facts)))
              .onBareCpu(
                  facts -> facts.any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS)
                      & wrongBs(facts, facts.bit(GUEST_IA32_DEBUGCTL, DEBUGCTL_BTF)))
              .evidence(
                  "bit 14 (BS) of {guest_pending_dbg_exceptions} does not fit bit 8 (TF) of {guest_rflags}"
                      + " and bit 1 (BTF) of {guest_ia32_debugctl}, with {guest_interruptibility_info}"),
          pending("N-S46")
              .says(
                  "With RTM pending, bit 12 is set, 11:0 and 15:13 are clear, and MOV SS does not block.")
              .reads(GUEST_INTERRUPTIBILITY_INFO, Circumstance.RTM)
              .violatedWhen(GuestNonRegisterChecks::wrongRtm)
              .evidence(
                  "{guest_pending_dbg_exceptions} has bit 16 (RTM) set with bit 12 clear or one of 11:0 and"
                      + " 15:13 set, or {guest_interruptibility_info} has bit 1 (MOV SS) set"),
          row("N-S66")
              .says("The activity state is 0..3, and one that IA32_VMX_MISC 8:6 has.")
              .onlyOnBareCpu()
              .about(GUEST_ACTIVITY_STATE)
              .reads(Capability.VMX_MISC)
              .violatedWhen(
                  facts -> facts.any(GUEST_ACTIVITY_STATE, ~3L)
                      | (activity(facts, HLT) & not(facts.bit(Capability.VMX_MISC, 6)))
                      | (activity(facts, SHUTDOWN) & not(facts.bit(Capability.VMX_MISC, 7)))
                      | (activity(facts, WAIT_FOR_SIPI) & not(facts.bit(Capability.VMX_MISC, 8))))
              .evidence("{guest_activity_state} is above 3 or not among bits 8:6 of {vmxMisc}"),
          inactive("N-S67")
              .says("In HLT, SS.DPL is 0.")
              .about(GUEST_ACTIVITY_STATE, GUEST_SS_AR_BYTES)
              .violatedWhen(facts -> activity(facts, HLT) & facts.any(GUEST_SS_AR_BYTES, 0x60))
              .evidence(
                  "{guest_activity_state} is HLT, while {guest_ss_ar_bytes} has a DPL (bits 6:5) above 0"),
          inactive("N-S68")
              .says("Outside the active state neither STI nor MOV SS blocks.")
              .about(GUEST_ACTIVITY_STATE, GUEST_INTERRUPTIBILITY_INFO)
              .violatedWhen(
                  facts -> not(activity(facts, 0))
                      & facts.any(GUEST_INTERRUPTIBILITY_INFO, STI_OR_MOV_SS))
              .evidence(
                  "{guest_activity_state} is not 0 (active), while {guest_interruptibility_info} has bit 0"
                      + " (STI) or 1 (MOV SS) set"),
          inactive("N-S69")
              .says(
                  "Into HLT only an external interrupt, an NMI, #DB, #MC or a pending MTF VM exit is"
                      + " injected.")
              .violatedWhen(
                  facts -> activity(facts, HLT)
                      & facts.injects()
                      & not(
                          facts.injects(EXTERNAL_INTERRUPT | NMI_TYPE)
                              | (facts.injectsType(InterruptionInfo.HARDWARE_EXCEPTION)
                                  & facts.vectorIn(1L << DB_VECTOR | 1L << MC_VECTOR))
                              | (facts.injectsType(OTHER_EVENT) & facts.vectorIn(1))))
              .evidence("{guest_activity_state} is HLT, and {vm_entry_intr_info_field} is not for it"),
          inactive("N-S70")
              .says("Into shutdown only an NMI or #MC is injected.")
              .violatedWhen(
                  facts -> activity(facts, SHUTDOWN)
                      & facts.injects()
                      & not(
                          facts.injects(NMI_TYPE)
                              | (facts.injectsType(InterruptionInfo.HARDWARE_EXCEPTION)
                                  & facts.vectorIn(1L << MC_VECTOR))))
              .evidence("{guest_activity_state} is shutdown, and {vm_entry_intr_info_field} is not for it"),
          inactive("N-S71")
              .says("Into wait-for-SIPI nothing is injected.")
              .violatedWhen(facts -> activity(facts, WAIT_FOR_SIPI) & facts.injects())
              .evidence(
                  "{guest_activity_state} is wait-for-SIPI, and {vm_entry_intr_info_field} has bit 31"
                      + " (valid) set"),
          inactive("N-S72")
              .says("An entry to SMM is not into wait-for-SIPI.")
              .about(GUEST_ACTIVITY_STATE, VM_ENTRY_CONTROLS)
              .violatedWhen(facts -> activity(facts, WAIT_FOR_SIPI) & facts.on(ENTRY_ENTRY_TO_SMM))
              .evidence(
                  "{guest_activity_state} is wait-for-SIPI, and {vm_entry_controls} has bit 10 (entry to"
                      + " SMM) set"),
          interruptibility("N-S73")
              .says("An entry to SMM has blocking by SMI.")
              .onlyOnBareCpu()
              .about(GUEST_INTERRUPTIBILITY_INFO, VM_ENTRY_CONTROLS)
              .violatedWhen(facts -> facts.on(ENTRY_ENTRY_TO_SMM) & not(blocked(facts, SMI)))
              .evidence(
                  "{guest_interruptibility_info} has bit 2 (blocking by SMI) clear, and"
                      + " {vm_entry_controls} has bit 10 (entry to SMM) set"),
          pending("N-S74")
              .says("In HLT, BS is pending just if RFLAGS.TF is 1 and BTF is 0.")
              .onlyOnBareCpu()
              .reads(GUEST_ACTIVITY_STATE, GUEST_RFLAGS, GUEST_IA32_DEBUGCTL)
              .violatedWhen(
                  facts -> activity(facts, HLT)
                      & wrongBs(facts, facts.bit(GUEST_IA32_DEBUGCTL, DEBUGCTL_BTF)))
              .evidence(
                  "bit 14 (BS) of {guest_pending_dbg_exceptions} does not fit bit 8 (TF) of {guest_rflags}"
                      + " and bit 1 (BTF) of {guest_ia32_debugctl}, with {guest_activity_state} HLT"),
          pending("N-S75")
              .says("RTM is pending only on a CPU with RTM.")
              .onlyOnBareCpu()
              .reads(Circumstance.RTM)
              .violatedWhen(
                  facts -> facts.bit(GUEST_PENDING_DBG_EXCEPTIONS, RTM)
                      & not(facts.holds(Circumstance.RTM)))
              .evidence("{guest_pending_dbg_exceptions} has bit 16 (RTM) set, and the CPU has no RTM"),
          injected("N-S76")
              .says("On some CPUs an NMI is injected only without blocking by STI.")
              .onlyOnBareCpu()
              .failsAs(EntryFailure.NMI_INJECTION)
              .reads(Circumstance.STI_BLOCKS_NMI)
              .violatedWhen(
                  facts -> facts.injects(NMI_TYPE)
                      & blocked(facts, STI)
                      & facts.holds(Circumstance.STI_BLOCKS_NMI))
              .evidence(
                  "{vm_entry_intr_info_field} injects an NMI, while {guest_interruptibility_info} has bit 0"
                      + " (blocking by STI) set"),
          link("N-S77")
              .says("The link pointer is not the pointer of the current VMCS, unless in SMM.")
              .onlyOnBareCpu()
              .reads(VM_ENTRY_CONTROLS, Circumstance.SMM, Circumstance.VMCS_POINTER)
              .violatedWhen(
                  facts -> not(facts.is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES))
                      & (not(facts.holds(Circumstance.SMM)) | facts.on(ENTRY_ENTRY_TO_SMM))
                      & facts.linkIsCurrent())
              .evidence("{vmcs_link_pointer} is the address of the current VMCS"),
          link("N-S78")
              .says("In SMM, without \"entry to SMM\", the link pointer is not the executive-VMCS pointer.")
              .onlyOnBareCpu()
              .reads(VM_ENTRY_CONTROLS, EXECUTIVE_VMCS_POINTER, Circumstance.SMM)
              .violatedWhen(
                  facts -> not(facts.is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES))
                      & facts.holds(Circumstance.SMM)
                      & facts.off(ENTRY_ENTRY_TO_SMM)
                      & Truth.ifKnown(
                          facts.known(VMCS_LINK_POINTER, EXECUTIVE_VMCS_POINTER),
                          facts.value(VMCS_LINK_POINTER) == facts.value(EXECUTIVE_VMCS_POINTER)))
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

  private static int activity(EntryFacts facts, int state) {
    return facts.is(GUEST_ACTIVITY_STATE, ALL_ONES, state);
  }

  private static int blocked(EntryFacts facts, int bit) {
    return facts.bit(GUEST_INTERRUPTIBILITY_INFO, bit);
  }

  /** BTF as vmcs02 has it: what L1 loads, as far as KVM supports it. */
  private static int btf(EntryFacts facts) {
    return facts.on(ENTRY_LOAD_DEBUG_CONTROLS)
        & facts.bit(GUEST_IA32_DEBUGCTL, DEBUGCTL_BTF)
        & facts.bit(Capability.DEBUGCTL, DEBUGCTL_BTF);
  }

  private static int wrongBs(EntryFacts facts, int btf) {
    return Truth.differ(
        facts.bit(GUEST_PENDING_DBG_EXCEPTIONS, BS), facts.bit(GUEST_RFLAGS, RFLAGS_TF) & not(btf));
  }

  private static int wrongRtm(EntryFacts facts) {
    return facts.bit(GUEST_PENDING_DBG_EXCEPTIONS, RTM)
        & (not(facts.bit(GUEST_PENDING_DBG_EXCEPTIONS, ENABLED_BREAKPOINT))
            | facts.any(GUEST_PENDING_DBG_EXCEPTIONS, NOT_WITH_RTM)
            | blocked(facts, MOV_SS));
  }

  // The link pointer. A check is made only where those before it hold.

  private static int badLinkPointer(EntryFacts facts) {
    return not(facts.is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES)) & facts.badPage(VMCS_LINK_POINTER);
  }

  private static int namesVmcs(EntryFacts facts) {
    return not(facts.is(VMCS_LINK_POINTER, ALL_ONES, ALL_ONES))
        & not(facts.badPage(VMCS_LINK_POINTER));
  }

  /** The 32 bits at the link pointer, or -1. */
  private static long firstWord(EntryFacts facts) {
    return facts.u32(facts.value(VMCS_LINK_POINTER));
  }

  private static int wrongRevision(EntryFacts facts, long revision, int revisionKnown) {
    int named = namesVmcs(facts);
    if (named == NO) {
      return NO;
    }
    long word = facts.known(VMCS_LINK_POINTER) ? firstWord(facts) : -1;
    if (word < 0) {
      return facts.isBareCpu() || !facts.known(VMCS_LINK_POINTER) ? Truth.MAYBE : NO;
    }
    return named & Truth.ifKnown(revisionKnown == Truth.YES, (word & REVISION) != revision);
  }

  private static int wrongShadow(EntryFacts facts) {
    int earlier =
        facts.isBareCpu() ? NO : wrongRevision(facts, EnlightenedVmcs.REVISION_VMCS12, Truth.YES);
    int named = namesVmcs(facts) & not(earlier);
    if (named == NO) {
      return NO;
    }
    long word = facts.known(VMCS_LINK_POINTER) ? firstWord(facts) : -1;
    if (word < 0) {
      return facts.isBareCpu() || !facts.known(VMCS_LINK_POINTER) ? Truth.MAYBE : NO;
    }
    return named
        & Truth.differ(Truth.of((word >>> SHADOW_VMCS_BIT) != 0), facts.on(VMCS_SHADOWING));
  }
}
