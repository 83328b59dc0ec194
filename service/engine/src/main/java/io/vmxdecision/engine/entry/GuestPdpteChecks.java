package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/** SDM 27.3.1.6 "Checks on Guest Page-Directory-Pointer-Table Entries". */
final class GuestPdpteChecks {
  private static final VmcsField[] PDPTES = {GUEST_PDPTR0, GUEST_PDPTR1, GUEST_PDPTR2, GUEST_PDPTR3};

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-G23")
              .says("With PAE paging and no EPT, the PDPTEs at guest CR3 can be loaded.")
              .kernel("x86.c load_pdptrs")
              .about(GUEST_CR3)
              .reads(Circumstance.MEMORY)
              .violatedWhen(badInMemory(paePagingForKvm()))
              .onBareCpu(badInMemory(paePaging()))
              .evidence(
                  "a PDPTE at {guest_cr3} (bits 63:5) cannot be read, or is present with one of bits 2:1"
                      + " and 8:5 set, or one above {maxPhyAddr}"),
          row("N-S47")
              .says("With PAE paging and EPT, a present guest PDPTE has no reserved bit set.")
              .about(PDPTES)
              .violatedWhen(badInVmcs(paePagingForKvm())).onBareCpu(badInVmcs(paePaging()))
              .evidence(
                  facts -> {
                    for (VmcsField pdpte : PDPTES) {
                      if (badPdpte(pdpte).in(facts) == Truth.YES) {
                        long reserved = EntryFacts.PDPTE_RESERVED | (-1L << EntryEvidence.width(facts));
                        return EntryEvidence.value(pdpte, facts)
                            + " is present (bit 0) and has "
                            + EntryEvidence.bits(facts.value(pdpte) & reserved)
                            + " set, to be 0";
                      }
                    }
                    return "";
                  }));

  private GuestPdpteChecks() {}

  private static Condition badInMemory(Condition paePaging) {
    return allOf(
        not(ept()), paePaging, not(badCr3(GUEST_CR3)), judged(EntryFacts::badPdptesInMemory));
  }

  private static Condition badInVmcs(Condition paePaging) {
    return allOf(
        ept(),
        paePaging,
        anyOf(
            badPdpte(GUEST_PDPTR0),
            badPdpte(GUEST_PDPTR1),
            badPdpte(GUEST_PDPTR2),
            badPdpte(GUEST_PDPTR3)));
  }

  private static Row row(String id) {
    return new Row(id, SdmSection.GUEST_PDPTES, "")
        .failsAs(EntryFailure.PDPTES)
        .readsSecondary()
        .reads(
            GUEST_CR0,
            GUEST_CR4,
            VM_ENTRY_CONTROLS,
            GUEST_IA32_EFER,
            Capability.MAX_PHY_ADDR,
            Capability.LAM);
  }
}
