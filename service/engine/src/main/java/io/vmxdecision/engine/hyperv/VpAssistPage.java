package io.vmxdecision.engine.hyperv;

import io.vmxdecision.engine.bytes.PageView;

/**
 * A view of a VP assist page (TLFS, {@code HV_VP_ASSIST_PAGE}), which L1 shares with L0 per virtual
 * processor. The structure takes 624 bytes of the page.
 */
public final class VpAssistPage extends PageView {
  /** The Linux name of the word that holds {@link #DIRECT_HYPERCALL}. */
  public static final String FEATURES_NAME = "nested_control.features";

  /** Offset of {@code nested_control.features}, 32 bits. */
  public static final int FEATURES_OFFSET = 0x20;

  /** {@code nested_control.features} bit 0: L0 may handle the hypercalls of L2. */
  public static final int DIRECT_HYPERCALL = 1;

  /** Offset of {@code enlighten_vmentry}, 8 bits. */
  public static final int ENLIGHTEN_VMENTRY_OFFSET = 0x28;

  /** Offset of {@code current_nested_vmcs}, 64 bits. */
  public static final int CURRENT_NESTED_VMCS_OFFSET = 0x30;

  /** {@code nested_control.features}, 32 bits; see {@link #DIRECT_HYPERCALL}. */
  public int features() {
    return u32(FEATURES_OFFSET);
  }

  /** Whether {@link #DIRECT_HYPERCALL} is set. */
  public boolean directHypercall() {
    return (features() & DIRECT_HYPERCALL) != 0;
  }

  /** Sets or clears {@link #DIRECT_HYPERCALL} and leaves the other features. */
  public void directHypercall(boolean value) {
    u32(FEATURES_OFFSET, value ? features() | DIRECT_HYPERCALL : features() & ~DIRECT_HYPERCALL);
  }

  /** {@code enlighten_vmentry}, 8 bits: not 0 when L1 enters L2 through an eVMCS. */
  public int enlightenVmentry() {
    return u8(ENLIGHTEN_VMENTRY_OFFSET);
  }

  /** Stores {@code enlighten_vmentry}, the low 8 bits of {@code value}. */
  public void enlightenVmentry(int value) {
    u8(ENLIGHTEN_VMENTRY_OFFSET, value);
  }

  /** {@code current_nested_vmcs}, 64 bits: L1's GPA of the eVMCS. */
  public long currentNestedVmcs() {
    return u64(CURRENT_NESTED_VMCS_OFFSET);
  }

  /** Stores {@code current_nested_vmcs}. */
  public void currentNestedVmcs(long value) {
    u64(CURRENT_NESTED_VMCS_OFFSET, value);
  }
}
