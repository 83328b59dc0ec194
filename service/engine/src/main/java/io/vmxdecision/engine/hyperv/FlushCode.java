package io.vmxdecision.engine.hyperv;

import org.jspecify.annotations.Nullable;

/** The four hypercalls that flush virtual addresses. TLFS, "HvCallFlushVirtualAddress*". */
public enum FlushCode {
  SPACE(0x0002, "HvCallFlushVirtualAddressSpace", false, false),
  LIST(0x0003, "HvCallFlushVirtualAddressList", true, false),
  SPACE_EX(0x0013, "HvCallFlushVirtualAddressSpaceEx", false, true),
  LIST_EX(0x0014, "HvCallFlushVirtualAddressListEx", true, true);

  private final int code;
  private final String tlfsName;
  private final boolean list;
  private final boolean extended;

  FlushCode(int code, String tlfsName, boolean list, boolean extended) {
    this.code = code;
    this.tlfsName = tlfsName;
    this.list = list;
    this.extended = extended;
  }

  /** The flush call of that code (bits 15:0 of the control word), or null for any other call. */
  public static @Nullable FlushCode of(int code) {
    return switch (code) {
      case 0x0002 -> SPACE;
      case 0x0003 -> LIST;
      case 0x0013 -> SPACE_EX;
      case 0x0014 -> LIST_EX;
      default -> null;
    };
  }

  /** The call code, 16 bits. */
  public int code() {
    return code;
  }

  /** The name in the TLFS. */
  public String tlfsName() {
    return tlfsName;
  }

  /** Whether the call names addresses (a rep call) and not whole address spaces. */
  public boolean isList() {
    return list;
  }

  /** Whether the call names its processors by a VP set and not by a 64-bit mask. */
  public boolean isExtended() {
    return extended;
  }
}
