package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/** SDM 27.3.1.3 "Checks on Guest Descriptor-Table Registers". The CPU makes them, KVM does not. */
final class GuestDescriptorTableChecks {
  private static final long HIGH_LIMIT = 0xffff_0000L;

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-S30")
              .says("The bases of GDTR and IDTR are canonical.")
              .about(GUEST_GDTR_BASE, GUEST_IDTR_BASE)
              .reads(Circumstance.HOST_LA57)
              .violatedWhen(anyOf(nonCanonical(GUEST_GDTR_BASE), nonCanonical(GUEST_IDTR_BASE)))
              .evidence(
                  facts -> EntryEvidence.canonical(
                      nonCanonical(GUEST_GDTR_BASE).in(facts) == Truth.YES
                          ? GUEST_GDTR_BASE
                          : GUEST_IDTR_BASE)
                      .of(facts)),
          row("N-S31")
              .says("Bits 31:16 of the limits of GDTR and IDTR are 0.")
              .about(GUEST_GDTR_LIMIT, GUEST_IDTR_LIMIT)
              .violatedWhen(anyOf(any(GUEST_GDTR_LIMIT, HIGH_LIMIT), any(GUEST_IDTR_LIMIT, HIGH_LIMIT)))
              .evidence(
                  "{guest_gdtr_limit} has {guest_gdtr_limit&ffff0000} of 31:16 set, and {guest_idtr_limit} has"
                      + " {guest_idtr_limit&ffff0000}"));

  private GuestDescriptorTableChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.GUEST_DESCRIPTOR_TABLES, "");
  }
}
