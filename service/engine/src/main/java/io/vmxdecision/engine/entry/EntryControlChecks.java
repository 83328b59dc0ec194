package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;
import static io.vmxdecision.engine.vmx.Control.*;
import static io.vmxdecision.engine.vmx.InterruptionInfo.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import java.util.List;

/**
 * SDM 27.2.1.3 "VM-Entry Control Fields". What is about an injected event is looked at only if bit 31 of
 * {@code vm_entry_intr_info_field} is set.
 */
final class EntryControlChecks {
  /** #DF, #TS, #NP, #SS, #GP, #PF and #AC push an error code. */
  private static final long WITH_ERROR_CODE =
      1L << DF_VECTOR | 1L << 10 | 1L << 11 | 1L << 12 | 1L << 13 | 1L << PF_VECTOR | 1L << 17;

  private static final int RESERVED_TYPE = 1;
  private static final int OTHER_EVENT = 7;
  private static final int SOFTWARE_TYPES =
      1 << SOFTWARE_INTERRUPT | 1 << PRIVILEGED_SOFTWARE_EXCEPTION | 1 << SOFTWARE_EXCEPTION;
  private static final long VECTORS_OF_EXCEPTIONS = 0xffff_ffffL;
  private static final long RESERVED_INFO = 0x7fff_f000L;
  private static final int MONITOR_TRAP_FLAG = 27;
  private static final int CR4_FRED = 32;

  static final List<EntryCheck> CHECKS =
      List.of(
          row("N-C37")
              .says("The VM-entry controls are as IA32_VMX_TRUE_ENTRY_CTLS demands and allows.")
              .about(VM_ENTRY_CONTROLS)
              .reads(Capability.VMX_TRUE_ENTRY_CTLS)
              .violatedWhen(forbidden(VM_ENTRY_CONTROLS, Capability.VMX_TRUE_ENTRY_CTLS))
              .evidence(EntryEvidence.controls(VM_ENTRY_CONTROLS, Capability.VMX_TRUE_ENTRY_CTLS)),
          event("N-C38")
              .says("An injected event is not of type 1, which is reserved.")
              .violatedWhen(injectsType(RESERVED_TYPE))
              .evidence("{vm_entry_intr_info_field} has the reserved type 1 in bits 10:8"),
          event("N-C39")
              .says("Type 7 (other event) is injected only where \"monitor trap flag\" may be 1.")
              .reads(Capability.VMX_TRUE_PROCBASED_CTLS)
              .violatedWhen(allOf(injectsType(OTHER_EVENT),
                  not(ExecutionControlChecks.allows(Capability.VMX_TRUE_PROCBASED_CTLS, MONITOR_TRAP_FLAG))))
              .evidence(
                  "{vm_entry_intr_info_field} has type 7 (other event), while {vmxTrueProcbasedCtls} has"
                      + " bit 59 clear: no monitor trap flag"),
          event("N-C40")
              .says("An injected NMI has vector 2.")
              .violatedWhen(allOf(injectsType(NMI), not(vectorIn(1L << NMI_VECTOR))))
              .evidence(vector("an NMI (type 2) with vector", ", not 2")),
          event("N-C41")
              .says("An injected hardware exception has a vector of at most 31.")
              .violatedWhen(noExceptionVector())
              .evidence(vector("a hardware exception (type 3) with vector", ", above 31")),
          event("N-C42")
              .notSeenInSdm("what FRED allows under the profile sdm")
              .says("An injected event of type 7 (other event) has vector 0; with FRED 1 and 2 too.")
              .violatedWhen(allOf(injectsType(OTHER_EVENT), not(vectorIn(1))))
              .onBareCpu(allOf(injectsType(OTHER_EVENT),
                  not(anyOf(vectorIn(1), allOf(bit(GUEST_CR4, CR4_FRED), vectorIn(0b110))))))
              .evidence(vector("an event of type 7 with vector", ", not 0")),
          event("N-C43")
              .alsoIn("SDM vol. 3, appendix A.1 \"Basic VMX Information\": bit 56")
              .says(
                  "An error code is delivered with those hardware exceptions that have one, in protected"
                      + " mode, and with nothing else.")
              .about(VM_ENTRY_INTR_INFO_FIELD, GUEST_CR0)
              .readsSecondary()
              .reads(Capability.VMX_BASIC)
              .violatedWhen(wrongErrorCode())
              .onBareCpu(wrongErrorCodeOnBareCpu())
              .evidence(
                  facts -> EntryEvidence.fill("{vm_entry_intr_info_field} has bit 11 (deliver error code) ",
                      facts)
                      + ((facts.value(VM_ENTRY_INTR_INFO_FIELD) & ERROR_CODE_VALID) != 0
                          ? "set for an event without one"
                          : "clear for an exception with one")
                      + ": type "
                      + InterruptionInfo.type((int) facts.value(VM_ENTRY_INTR_INFO_FIELD))
                      + ", vector "
                      + InterruptionInfo.vector((int) facts.value(VM_ENTRY_INTR_INFO_FIELD))
                      + EntryEvidence.fill(", {guest_cr0} (PE is bit 0)", facts)),
          event("N-C44")
              .says("An error code to deliver has bits 31:16 clear.")
              .about(VM_ENTRY_EXCEPTION_ERROR_CODE)
              .violatedWhen(allOf(injects(), bit(VM_ENTRY_INTR_INFO_FIELD, 11),
                  any(VM_ENTRY_EXCEPTION_ERROR_CODE, 0xffff_0000L)))
              .evidence(EntryEvidence.set(VM_ENTRY_EXCEPTION_ERROR_CODE, 0xffff_0000L, ", to be 0")),
          event("N-C45")
              .notSeenInSdm("what FRED allows under the profile sdm")
              .says("Bits 30:12 of the interruption information are 0; with FRED, 13 may be 1 in type 3.")
              .violatedWhen(allOf(injects(), any(VM_ENTRY_INTR_INFO_FIELD, RESERVED_INFO)))
              .onBareCpu(allOf(injects(),
                  anyOf(any(VM_ENTRY_INTR_INFO_FIELD, RESERVED_INFO & ~(1L << 13)),
                      allOf(bit(VM_ENTRY_INTR_INFO_FIELD, 13),
                          not(allOf(bit(GUEST_CR4, CR4_FRED), injectsType(HARDWARE_EXCEPTION)))))))
              .evidence(EntryEvidence.set(VM_ENTRY_INTR_INFO_FIELD, RESERVED_INFO, ", to be 0")),
          event("N-C46")
              .says("The instruction length of an injected INT n, INT1, INT3 or INTO is at most 15.")
              .about(VM_ENTRY_INSTRUCTION_LEN)
              .violatedWhen(allOf(injects(SOFTWARE_TYPES), any(VM_ENTRY_INSTRUCTION_LEN, ~0xfL)))
              .evidence("{vm_entry_instruction_len} is above 15, with {vm_entry_intr_info_field}"),
          event("N-C47")
              .says("That length is 0 only if IA32_VMX_MISC bit 30 allows it.")
              .about(VM_ENTRY_INSTRUCTION_LEN)
              .reads(Capability.VMX_MISC)
              .violatedWhen(allOf(injects(SOFTWARE_TYPES), isZero(VM_ENTRY_INSTRUCTION_LEN),
                  not(bit(Capability.VMX_MISC, 30))))
              .evidence(
                  "{vm_entry_instruction_len} is 0, with {vm_entry_intr_info_field}, and {vmxMisc} has bit"
                      + " 30 clear"),
          ExitControlChecks.msrArea(
              row("N-C48").kernel("vmx/nested.c nested_vmx_check_entry_msr_switch_controls"),
              "VM-entry MSR-load",
              VM_ENTRY_MSR_LOAD_COUNT,
              VM_ENTRY_MSR_LOAD_ADDR),
          row("N-S56")
              .says(
                  "Outside SMM, \"entry to SMM\" and \"deactivate dual-monitor treatment\" are both 0.")
              .onlyOnBareCpu()
              .about(VM_ENTRY_CONTROLS)
              .reads(Circumstance.SMM)
              .violatedWhen(allOf(not(holds(Circumstance.SMM)), any(VM_ENTRY_CONTROLS, 0xc00)))
              .evidence(EntryEvidence.set(VM_ENTRY_CONTROLS, 0xc00, ", outside SMM")),
          row("N-S57")
              .says("\"Entry to SMM\" and \"deactivate dual-monitor treatment\" are not both 1.")
              .onlyOnBareCpu()
              .about(VM_ENTRY_CONTROLS)
              .violatedWhen(allOf(on(ENTRY_ENTRY_TO_SMM), on(ENTRY_DEACTIVATE_DUAL_MONITOR_TREATMENT)))
              .evidence("{vm_entry_controls} has both bit 10 and bit 11 set"));

  private EntryControlChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.ENTRY_CONTROLS, "vmx/nested.c nested_check_vm_entry_controls");
  }

  private static Row event(String id) {
    return row(id).about(VM_ENTRY_INTR_INFO_FIELD).reads(VM_ENTRY_INTR_INFO_FIELD, GUEST_CR4);
  }

  private static EntryCheck.Evidence vector(String before, String after) {
    return facts -> EntryEvidence.fill("{vm_entry_intr_info_field} injects " + before + " ", facts)
        + InterruptionInfo.vector((int) facts.value(VM_ENTRY_INTR_INFO_FIELD))
        + after;
  }

  private static Condition noExceptionVector() {
    return allOf(injectsType(HARDWARE_EXCEPTION), not(vectorIn(VECTORS_OF_EXCEPTIONS)));
  }

  private static Condition protectedMode() {
    return anyOf(not(unrestricted()), bit(GUEST_CR0, EntryFacts.CR0_PE));
  }

  private static Condition wrongErrorCode() {
    Condition due =
        allOf(injectsType(HARDWARE_EXCEPTION), protectedMode(), vectorIn(WITH_ERROR_CODE));
    return allOf(
        injects(),
        not(noExceptionVector()),
        differ(bit(VM_ENTRY_INTR_INFO_FIELD, ERROR_CODE_BIT), due));
  }

  private static final int ERROR_CODE_BIT = 11;
  private static final int BASIC_ANY_ERROR_CODE = 56;

  /** With IA32_VMX_BASIC bit 56, an exception in protected mode may have an error code or none. */
  private static Condition wrongErrorCodeOnBareCpu() {
    Condition free =
        allOf(
            bit(Capability.VMX_BASIC, BASIC_ANY_ERROR_CODE),
            injectsType(HARDWARE_EXCEPTION),
            protectedMode());
    return allOf(wrongErrorCode(), not(free));
  }
}
