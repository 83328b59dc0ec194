package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;
import static io.vmxdecision.engine.vmx.Control.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/** SDM 27.2.1.2 "VM-Exit Control Fields". */
final class ExitControlChecks {
  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-C26")
              .says("\"Save VMX-preemption timer value\" needs \"activate VMX-preemption timer\".")
              .kernel("vmx/nested.c nested_check_vm_execution_controls")
              .about(VM_EXIT_CONTROLS, PIN_BASED_VM_EXEC_CONTROL)
              .violatedWhen(allOf(on(EXIT_SAVE_VMX_PREEMPTION_TIMER_VALUE), off(ACTIVATE_PREEMPTION_TIMER)))
              .evidence(
                  "{vm_exit_controls} has bit 22 (save VMX-preemption timer value) set, while"
                      + " {pin_based_vm_exec_control} has bit 6 (activate VMX-preemption timer) clear"),
          row("N-C34")
              .says("The VM-exit controls are as IA32_VMX_TRUE_EXIT_CTLS demands and allows.")
              .about(VM_EXIT_CONTROLS)
              .reads(Capability.VMX_TRUE_EXIT_CTLS)
              .violatedWhen(forbidden(VM_EXIT_CONTROLS, Capability.VMX_TRUE_EXIT_CTLS))
              .evidence(EntryEvidence.controls(VM_EXIT_CONTROLS, Capability.VMX_TRUE_EXIT_CTLS)),
          area("N-C35", "VM-exit MSR-load", VM_EXIT_MSR_LOAD_COUNT, VM_EXIT_MSR_LOAD_ADDR),
          area("N-C36", "VM-exit MSR-store", VM_EXIT_MSR_STORE_COUNT, VM_EXIT_MSR_STORE_ADDR),
          row("N-S55")
              .notSeenInSdm("the whole check")
              .says("With \"activate secondary controls\" at exit, those are as IA32_VMX_EXIT_CTLS2 allows.")
              .onlyOnBareCpu()
              .about(SECONDARY_VM_EXIT_CONTROLS)
              .reads(VM_EXIT_CONTROLS, Capability.VMX_EXIT_CTLS2)
              .violatedWhen(allOf(on(EXIT_ACTIVATE_SECONDARY_CONTROLS),
                  outside(SECONDARY_VM_EXIT_CONTROLS, Capability.VMX_EXIT_CTLS2, 0)))
              .evidence(EntryEvidence.outside(SECONDARY_VM_EXIT_CONTROLS, Capability.VMX_EXIT_CTLS2, 0)));

  private ExitControlChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.EXIT_CONTROLS, "vmx/nested.c nested_check_vm_exit_controls");
  }

  private static EntryCheck area(String id, String what, VmcsField count, VmcsField address) {
    return msrArea(row(id), what, count, address);
  }

  /** The rule of all three MSR areas. */
  static EntryCheck msrArea(Row row, String what, VmcsField count, VmcsField address) {
    return row.says(
        "If the "
            + what
            + " count is not 0, the area is aligned to 16 bytes and within the physical-address"
            + " width.")
        .neverWithEvmcs()
        .about(count, address)
        .reads(Capability.MAX_PHY_ADDR)
        .violatedWhen(allOf(not(isZero(count)), judged(facts -> facts.badMsrArea(count, address))))
        .evidence(facts -> badArea(facts, count, address));
  }

  private static String badArea(EntryFacts facts, VmcsField count, VmcsField address) {
    long start = facts.value(address);
    long end = start + facts.value(count) * 16 - 1;
    long above = -1L << EntryEvidence.width(facts);
    String wrong =
        (start & (0xf | above)) != 0
            ? " has " + EntryEvidence.badAddressBits(start, 0xf, facts)
            : " makes an area that ends at "
                + EntryEvidence.hex(end)
                + ", above maxPhyAddr "
                + EntryEvidence.width(facts);
    return EntryEvidence.value(address, facts)
        + wrong
        + "; "
        + EntryEvidence.value(count, facts)
        + " is not 0";
  }
}
