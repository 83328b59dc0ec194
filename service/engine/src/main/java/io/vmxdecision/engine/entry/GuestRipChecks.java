package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;
import static io.vmxdecision.engine.vmx.Control.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import java.util.List;

/** SDM 27.3.1.4 "Checks on Guest RIP, RFLAGS, and SSP". The CPU makes them, KVM does not. */
final class GuestRipChecks {
  private static final int CS_L = 13;
  private static final long RFLAGS_RESERVED = ~0x3f_ffffL | 1L << 15 | 1L << 5 | 1L << 3;
  private static final int RFLAGS_ONE = 1;

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-S32")
              .says("Bits 63:32 of RIP are 0 unless in 64-bit mode.")
              .about(GUEST_RIP)
              .reads(VM_ENTRY_CONTROLS, GUEST_CS_AR_BYTES)
              .violatedWhen(allOf(not(in64BitMode()), anyHigh(GUEST_RIP)))
              .evidence(
                  "{guest_rip} has {guest_rip&ffffffff00000000} set outside 64-bit mode: {vm_entry_controls} (bit 9,"
                      + " IA-32e mode guest), {guest_cs_ar_bytes} (bit 13, L)"),
          row("N-S33")
              .says("In 64-bit mode the bits of RIP above the linear-address width are all equal.")
              .about(GUEST_RIP)
              .reads(VM_ENTRY_CONTROLS, GUEST_CS_AR_BYTES, Circumstance.HOST_LA57)
              .violatedWhen(
                  allOf(in64BitMode(), nonCanonical(GUEST_RIP, -1L, Circumstance.HOST_LA57, 49, 58)))
              .evidence(
                  facts -> EntryEvidence.value(GUEST_RIP, facts)
                      + ": "
                      + EntryEvidence.notEqual(facts, 48, 57)),
          row("N-S34")
              .says("RFLAGS has its reserved bits clear: 63:22, 15, 5 and 3; and bit 1 set.")
              .about(GUEST_RFLAGS)
              .violatedWhen(anyOf(any(GUEST_RFLAGS, RFLAGS_RESERVED), not(bit(GUEST_RFLAGS, RFLAGS_ONE))))
              .evidence(
                  facts -> {
                    long set = facts.value(GUEST_RFLAGS) & RFLAGS_RESERVED;
                    return EntryEvidence.value(GUEST_RFLAGS, facts)
                        + (set == 0 ? "" : " has " + EntryEvidence.bits(set) + " set, to be 0")
                        + (set == 0 || (facts.value(GUEST_RFLAGS) & 2) != 0 ? "" : ", and")
                        + ((facts.value(GUEST_RFLAGS) & 2) == 0 ? " has bit 1 clear, to be 1" : "");
                  }),
          row("N-S35")
              .says("RFLAGS.VM is 0 in IA-32e mode and in real mode.")
              .about(GUEST_RFLAGS)
              .reads(VM_ENTRY_CONTROLS, GUEST_CR0)
              .violatedWhen(allOf(virtual8086(), anyOf(ia32e(), not(bit(GUEST_CR0, EntryFacts.CR0_PE)))))
              .evidence(
                  "{guest_rflags} has bit 17 (VM) set, with {vm_entry_controls} (bit 9, IA-32e mode guest)"
                      + " and {guest_cr0} (bit 0, PE)"),
          row("N-S36")
              .says("RFLAGS.IF is 1 when an external interrupt is injected.")
              .about(GUEST_RFLAGS, VM_ENTRY_INTR_INFO_FIELD)
              .violatedWhen(allOf(injectsType(InterruptionInfo.EXTERNAL_INTERRUPT), not(interruptsEnabled())))
              .evidence(
                  "{guest_rflags} has IF (bit 9) clear, while {vm_entry_intr_info_field} injects an"
                      + " external interrupt"),
          row("N-S65")
              .notSeenInSdm("the whole check")
              .says("A guest SSP that is loaded is aligned to 4 bytes and fits the mode.")
              .onlyOnBareCpu()
              .about(GUEST_SSP)
              .reads(VM_ENTRY_CONTROLS, Circumstance.HOST_LA57)
              .violatedWhen(allOf(on(ENTRY_LOAD_CET_STATE), HostRegisterChecks.badSsp(GUEST_SSP, ia32e())))
              .evidence(
                  "{guest_ssp} has bit 1 or 0 set, is not canonical, or has one of 63:32 set outside"
                      + " IA-32e mode"));

  private GuestRipChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.GUEST_RIP, "");
  }

  private static Condition in64BitMode() {
    return allOf(ia32e(), bit(GUEST_CS_AR_BYTES, CS_L));
  }
}
