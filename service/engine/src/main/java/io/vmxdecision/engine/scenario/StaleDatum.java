package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.hyperv.VpAssistField;
import org.jspecify.annotations.Nullable;

/**
 * Something that L0 holds and that the page has otherwise (rule T8).
 *
 * @param vcpu the vCPU for which L0 holds it
 * @param field the field, or null for the merged MSR bitmap
 * @param inMemory whether there is a page to compare with; if not, L0 holds what no page says any more
 * @param gpa the L1 GPA of the field or of the bitmap
 * @param held what L0 holds, zero-extended to 64 bits; of {@code nested_control.features} bit 0; of the
 *     bitmap 0
 * @param page what the page says, likewise
 * @param reread when L0 will look again
 */
public record StaleDatum(
    int vcpu, @Nullable PageField field, boolean inMemory, long gpa, long held, long page, Reread reread) {
  /** When L0 will look at the page again. */
  public enum Reread {
    /** At the vCPU's next VM-entry. */
    NEXT_VM_ENTRY,
    /** At the first VM-entry after L1 has cleared the clean-field bit of the group. */
    AFTER_CLEAN_BIT_CLEARED,
    /** Never: L0 writes what it holds over it when L2 exits to L1. */
    OVERWRITTEN_AT_EXIT
  }

  /** The name in the API: the field's in Linux, or that in the API's VP assist page, or {@code msrBitmap}. */
  public String datum() {
    return switch (field) {
      case null -> "msrBitmap";
      case VpAssistField.FEATURES -> "directHypercall";
      case VpAssistField.ENLIGHTEN_VMENTRY -> "enlightenVmentry";
      case VpAssistField.CURRENT_NESTED_VMCS -> "currentNestedVmcs";
      default -> field.linuxName();
    };
  }
}
