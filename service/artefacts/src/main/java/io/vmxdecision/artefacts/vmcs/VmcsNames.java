package io.vmxdecision.artefacts.vmcs;

import io.vmxdecision.engine.entry.VmcsField;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names that hypervisors and tools beside Linux give the fields of a VMCS. */
final class VmcsNames {
  private static final Map<String, VmcsField> OTHERS = Map.ofEntries(
      Map.entry("vpid", VmcsField.VIRTUAL_PROCESSOR_ID),
      Map.entry("eptp", VmcsField.EPT_POINTER),
      Map.entry("exit_reason", VmcsField.VM_EXIT_REASON),
      Map.entry("vmexit_reason", VmcsField.VM_EXIT_REASON),
      Map.entry("instr_error", VmcsField.VM_INSTRUCTION_ERROR),
      Map.entry("vm_instr_error", VmcsField.VM_INSTRUCTION_ERROR),
      Map.entry("pin_based_vm_execution_control", VmcsField.PIN_BASED_VM_EXEC_CONTROL),
      Map.entry("pin_vm_exec_control", VmcsField.PIN_BASED_VM_EXEC_CONTROL),
      Map.entry("primary_processor_based_vm_execution_control", VmcsField.CPU_BASED_VM_EXEC_CONTROL),
      Map.entry("processor_based_vm_execution_control", VmcsField.CPU_BASED_VM_EXEC_CONTROL),
      Map.entry("proc_vm_exec_control", VmcsField.CPU_BASED_VM_EXEC_CONTROL),
      Map.entry("secondary_processor_based_vm_execution_control", VmcsField.SECONDARY_VM_EXEC_CONTROL),
      Map.entry("proc_vm_exec_controls2", VmcsField.SECONDARY_VM_EXEC_CONTROL),
      Map.entry("entry_control", VmcsField.VM_ENTRY_CONTROLS),
      Map.entry("vm_entry_control", VmcsField.VM_ENTRY_CONTROLS),
      Map.entry("vmentry_control", VmcsField.VM_ENTRY_CONTROLS),
      Map.entry("exit_control", VmcsField.VM_EXIT_CONTROLS),
      Map.entry("vm_exit_control", VmcsField.VM_EXIT_CONTROLS),
      Map.entry("vmexit_control", VmcsField.VM_EXIT_CONTROLS),
      Map.entry("primary_vm_exit_control", VmcsField.VM_EXIT_CONTROLS),
      Map.entry("guest_interruptibility_state", VmcsField.GUEST_INTERRUPTIBILITY_INFO),
      Map.entry("guest_interruptibility", VmcsField.GUEST_INTERRUPTIBILITY_INFO));

  private VmcsNames() {}

  /**
   * The field of that name: Linux's, or as the SDM, Rekall, the headers of ia32-doc and others write it; null
   * if none is known, and for the upper half of a field.
   */
  static @Nullable VmcsField field(String given) {
    String name = given.toLowerCase(Locale.ROOT)
        .replaceFirst("^(?:vmx_)?(?:vmcs_)?(?:ctrl_)?", "")
        .replaceFirst("_sel$", "_selector")
        .replaceFirst("_(?:ar|access_rights?)$", "_ar_bytes")
        .replaceFirst("_full$", "");
    VmcsField field = VmcsField.of(given.toLowerCase(Locale.ROOT));
    if (field == null) {
      field = VmcsField.of(name);
    }
    return field == null ? OTHERS.get(name.replaceFirst("controls$", "control")) : field;
  }
}
