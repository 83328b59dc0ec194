package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/** SDM 27.2.3 "Checks on Host Segment and Descriptor-Table Registers". */
final class HostSegmentChecks {
  private static final long RPL_AND_TI = 7;

  static final List<EntryCheck> CHECKS =
      List.of(
          selector("N-H14", HOST_CS_SELECTOR),
          selector("N-H15", HOST_SS_SELECTOR),
          selector("N-H16", HOST_DS_SELECTOR),
          selector("N-H17", HOST_ES_SELECTOR),
          selector("N-H18", HOST_FS_SELECTOR),
          selector("N-H19", HOST_GS_SELECTOR),
          selector("N-H20", HOST_TR_SELECTOR),
          notNull("N-H21", HOST_CS_SELECTOR),
          notNull("N-H22", HOST_TR_SELECTOR),
          row("N-H23")
              .says("The host SS selector is not 0 unless L1 runs in 64-bit mode.")
              .about(HOST_SS_SELECTOR)
              .reads(VM_EXIT_CONTROLS)
              .violatedWhen(allOf(not(host64()), isZero(HOST_SS_SELECTOR)))
              .evidence(
                  "{host_ss_selector} is null, while {vm_exit_controls} has bit 9 (host address-space"
                      + " size) clear"),
          canonical("N-H24", HOST_FS_BASE),
          canonical("N-H25", HOST_GS_BASE),
          canonical("N-H26", HOST_GDTR_BASE),
          canonical("N-H27", HOST_IDTR_BASE),
          canonical("N-H28", HOST_TR_BASE));

  private HostSegmentChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.HOST_SEGMENTS, "vmx/nested.c nested_vmx_check_host_state");
  }

  private static EntryCheck selector(String id, VmcsField field) {
    return row(id)
        .says(field.linuxName() + " has RPL 0 and TI 0.")
        .about(field)
        .violatedWhen(any(field, RPL_AND_TI))
        .evidence(EntryEvidence.set(field, RPL_AND_TI, " (RPL is 1:0, TI is 2)"));
  }

  private static EntryCheck notNull(String id, VmcsField field) {
    return row(id)
        .says(field.linuxName() + " is not 0.")
        .about(field)
        .violatedWhen(isZero(field))
        .evidence("{" + field.linuxName() + "} is null");
  }

  private static EntryCheck canonical(String id, VmcsField field) {
    return row(id)
        .says(field.linuxName() + " is canonical.")
        .about(field)
        .reads(Circumstance.HOST_LA57)
        .violatedWhen(nonCanonical(field))
        .evidence(EntryEvidence.canonical(field));
  }
}
