package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import java.util.List;

/** SDM 27.1 "Basic VM-Entry Checks", and what KVM asks of an eVMCS before it reads it. */
final class BasicChecks {
  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-P1")
              .says("An eVMCS that L0 has not mapped yet has the revision 1 or 0x11e57ed0.")
              .specification("TLFS, Nested Virtualization: eVMCS versioning")
              .kernel("vmx/nested.c nested_vmx_handle_enlightened_vmptrld")
              .onlyWithEvmcs()
              .about(REVISION_ID)
              .violatedWhen(allOf(
                  not(anyOf(isRevision(EnlightenedVmcs.REVISION_EVMCS_1),
                      isRevision(EnlightenedVmcs.REVISION_VMCS12))),
                  judged(facts -> Truth.of(!facts.isEvmcsMapped()))))
              .evidence("{revision_id} is neither 1 nor 0x11e57ed0"),
          row("N-S48")
              .alsoIn("SDM vol. 3, \"VMCS Types: Ordinary and Shadow\"")
              .says("The current VMCS is not a shadow VMCS: bit 31 of its first word is 0.")
              .onlyOnBareCpu()
              .about(REVISION_ID)
              .violatedWhen(bit(REVISION_ID, 31))
              .evidence("{revision_id} has bit 31 (shadow-VMCS indicator) set"),
          row("N-P2")
              .says("The instruction is not in the shadow of a MOV SS or POP SS.")
              .failsAs(EntryFailure.MOV_SS)
              .reads(Circumstance.MOV_SS_BLOCKING)
              .violatedWhen(holds(Circumstance.MOV_SS_BLOCKING))
              .evidence("blocking by MOV SS is in effect at the instruction"),
          row("N-P3")
              .says("VMLAUNCH finds the launch state \"clear\", VMRESUME \"launched\".")
              .failsAs(EntryFailure.LAUNCH_STATE)
              .neverWithEvmcs()
              .reads(Circumstance.LAUNCHED)
              .violatedWhen(
                  differ(
                      holds(Circumstance.LAUNCHED),
                      judged(facts -> Truth.of(facts.instruction() == EntryInstruction.VMRESUME))))
              .evidence(
                  facts -> facts.instruction() == EntryInstruction.VMLAUNCH
                      ? "VMLAUNCH finds the launch state \"launched\""
                      : "VMRESUME finds the launch state \"clear\""));

  private BasicChecks() {}

  private static Condition isRevision(int revision) {
    return is(REVISION_ID, -1L, revision);
  }

  private static Row row(String id) {
    return new Row(id, SdmSection.BASIC, "vmx/nested.c nested_vmx_run");
  }
}
