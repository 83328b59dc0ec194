package io.vmxdecision.engine.vmx;

/**
 * The groups of eVMCS fields that share a bit of {@code hv_clean_fields}. A set bit says "clean":
 * unchanged since the last VM-entry, L0 may use what it cached. (One sentence of the TLFS says the
 * opposite, that set bits make L0 reload; the rest of the TLFS and KVM agree on "set = clean".)
 *
 * <p>Source: TLFS, {@code HV_VMX_ENLIGHTENED_CLEAN_FIELDS}; {@code HV_VMX_ENLIGHTENED_CLEAN_FIELD_*}
 * of Linux.
 */
public enum CleanFieldGroup {
  IO_BITMAP(0),
  MSR_BITMAP(1),
  CONTROL_GRP2(2),
  CONTROL_GRP1(3),
  CONTROL_PROC(4),
  CONTROL_EVENT(5),
  CONTROL_ENTRY(6),
  CONTROL_EXCPN(7),
  CRDR(8),
  CONTROL_XLAT(9),
  GUEST_BASIC(10),
  GUEST_GRP1(11),
  GUEST_GRP2(12),
  HOST_POINTER(13),
  HOST_GRP1(14),
  ENLIGHTENMENTSCONTROL(15),
  /** Any bit: the field belongs to no single group, all bits must be clear. */
  ALL(-1),
  /** No bit: always loaded at VM-entry, or only written by L0. */
  NONE(-1),
  /** The TLFS assigns the field to no group. */
  UNASSIGNED(-1);

  private final int bit;

  CleanFieldGroup(int bit) {
    this.bit = bit;
  }

  /** The bit in {@code hv_clean_fields}, 0..15, or -1 where no single bit stands for the group. */
  public int bit() {
    return bit;
  }
}
