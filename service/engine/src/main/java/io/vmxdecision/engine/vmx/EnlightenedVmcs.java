package io.vmxdecision.engine.vmx;

import io.vmxdecision.engine.bytes.PageView;

/**
 * A view of an enlightened VMCS page (TLFS, {@code HV_VMX_ENLIGHTENED_VMCS}): the VMCS that L1 keeps
 * for L2 in ordinary memory.
 */
public final class EnlightenedVmcs extends PageView {
  /** {@code revision_id} as the TLFS has it: the eVMCS version. */
  public static final int REVISION_EVMCS_1 = 1;

  /**
   * {@code revision_id} as Hyper-V writes it: the revision of IA32_VMX_BASIC, which under KVM is
   * {@code VMCS12_REVISION}.
   */
  public static final int REVISION_VMCS12 = 0x11e57ed0;

  /** {@code hv_enlightenments_control} bit 0: L0 may handle L2's flush hypercalls. */
  public static final int NESTED_FLUSH_HYPERCALL = 1;

  /** Whether {@code revision_id} is one that KVM takes. */
  public boolean hasKnownRevision() {
    return isKnownRevision(revisionId());
  }

  /** Whether KVM takes an eVMCS of that revision. */
  public static boolean isKnownRevision(int revision) {
    return revision == REVISION_EVMCS_1 || revision == REVISION_VMCS12;
  }

  /** The value of any field, zero-extended to 64 bits. */
  public long value(EvmcsField field) {
    return switch (field.bytes()) {
      case Short.BYTES -> u16(field.offset());
      case Integer.BYTES -> Integer.toUnsignedLong(u32(field.offset()));
      default -> u64(field.offset());
    };
  }

  /**
   * The 64 bits at {@code offset}, 0x000..0xff8: of a narrower field that stands there, with those that
   * follow it above.
   */
  public long word(int offset) {
    return u64(offset);
  }

  /** Stores the low {@link EvmcsField#bytes()} bytes of {@code value} in the wrapped page. */
  public void value(EvmcsField field, long value) {
    switch (field.bytes()) {
      case Short.BYTES -> u16(field.offset(), (int) value);
      case Integer.BYTES -> u32(field.offset(), (int) value);
      default -> u64(field.offset(), value);
    }
  }

  /** {@code revision_id}, 32 bits at 0x000. */
  public int revisionId() {
    return u32(EvmcsField.REVISION_ID.offset());
  }

  /** {@code hv_enlightenments_control}, 32 bits at 0x344. */
  public int enlightenmentsControl() {
    return u32(EvmcsField.HV_ENLIGHTENMENTS_CONTROL.offset());
  }

  /** Whether {@link #NESTED_FLUSH_HYPERCALL} is set. */
  public boolean nestedFlushHypercall() {
    return (enlightenmentsControl() & NESTED_FLUSH_HYPERCALL) != 0;
  }

  /** {@code hv_clean_fields}, 32 bits at 0x338: a bit per {@link CleanFieldGroup}, set = clean. */
  public int cleanFields() {
    return u32(EvmcsField.HV_CLEAN_FIELDS.offset());
  }

  /** {@code hv_vm_id}, 64 bits at 0x350: L1's number for the nested VM. */
  public long vmId() {
    return u64(EvmcsField.HV_VM_ID.offset());
  }

  /** {@code hv_vp_id}, 32 bits at 0x348, unsigned: L1's number for the nested VP. */
  public int vpId() {
    return u32(EvmcsField.HV_VP_ID.offset());
  }

  /**
   * Whether {@code control} is set and counts: a secondary one only if the primary controls activate
   * the secondary ones. KVM {@code nested_cpu_has()}, {@code nested_cpu_has2()}.
   */
  public boolean has(Control control) {
    return isSet(control)
        && (!control.isSecondary() || isSet(Control.ACTIVATE_SECONDARY_CONTROLS));
  }

  /** Whether the bit of {@code control} is set, whether it counts or not. */
  public boolean isSet(Control control) {
    return ((u32(control.field().offset()) >>> control.bit()) & 1) != 0;
  }
}
