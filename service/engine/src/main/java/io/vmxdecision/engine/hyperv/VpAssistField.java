package io.vmxdecision.engine.hyperv;

import io.vmxdecision.engine.bytes.PageField;

/** The fields of a VP assist page that L0 reads. TLFS, {@code HV_VP_ASSIST_PAGE}. */
public enum VpAssistField implements PageField {
  /** Switches of nested virtualization; see {@link VpAssistPage#DIRECT_HYPERCALL}. */
  FEATURES(VpAssistPage.FEATURES_NAME, VpAssistPage.FEATURES_OFFSET, Integer.BYTES),

  /** Not 0 when L1 enters L2 through an eVMCS. */
  ENLIGHTEN_VMENTRY("enlighten_vmentry", VpAssistPage.ENLIGHTEN_VMENTRY_OFFSET, Byte.BYTES),

  /** L1's GPA of the eVMCS. */
  CURRENT_NESTED_VMCS("current_nested_vmcs", VpAssistPage.CURRENT_NESTED_VMCS_OFFSET, Long.BYTES);

  private final String linuxName;
  private final int offset;
  private final int bytes;

  VpAssistField(String linuxName, int offset, int bytes) {
    this.linuxName = linuxName;
    this.offset = offset;
    this.bytes = bytes;
  }

  @Override
  public Page page() {
    return Page.VP_ASSIST_PAGE;
  }

  @Override
  public String address() {
    return "VP assist page 0x" + Integer.toHexString(offset);
  }

  @Override
  public String linuxName() {
    return linuxName;
  }

  @Override
  public int offset() {
    return offset;
  }

  @Override
  public int bytes() {
    return bytes;
  }
}
