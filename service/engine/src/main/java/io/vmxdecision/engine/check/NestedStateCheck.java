package io.vmxdecision.engine.check;

import io.vmxdecision.engine.bytes.LittleEndian;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code KVM_SET_NESTED_STATE} of Linux 6.12 refuses in a blob of {@code KVM_GET_NESTED_STATE}: it returns
 * {@code EINVAL}. The blob: flags, format and size in 8 bytes, a header of 120 bytes, then the vmcs12 and the
 * shadow vmcs12, 4,096 bytes each.
 */
public enum NestedStateCheck {
  UNKNOWN_FLAG("flags",
      "A flag is set that is none of GUEST_MODE (1), RUN_PENDING (2), EVMCS (4), MTF_PENDING (8)"
          + " and GIF_SET (0x100)."),
  RUN_PENDING_OUTSIDE_GUEST_MODE("flags", "RUN_PENDING is set without GUEST_MODE."),
  FORMAT("format", "The format is not 0, VMX."),
  SIZE("size", "The size is smaller than the header's 128 bytes."),
  NO_VMXON_BUT_STATE("hdr.vmx.vmxon_pa",
      "There is no VMXON region, but a vmcs12, SMM flags, or a flag other than"
          + " EVMCS."),
  VMXON_ADDRESS("hdr.vmx.vmxon_pa", "The VMXON region is not aligned to 4,096 bytes."),
  SMM_FLAGS("hdr.vmx.smm.flags",
      "SMM flags do not fit: one other than 1 and 2 is set, GUEST_MODE in SMM without"
          + " VMXON, or GUEST_MODE both in and outside of SMM."),
  HEADER_FLAGS("hdr.vmx.flags", "A flag of the header other than 1 (preemption timer) is set."),
  HEADER_ONLY("size", "The blob has no vmcs12, but it says GUEST_MODE, EVMCS, or an address of one."),
  VMCS12_ADDRESS("hdr.vmx.vmcs12_pa", "The vmcs12 is the VMXON region, or is not aligned to 4,096 bytes."),
  VMCS12_NOWHERE("hdr.vmx.vmcs12_pa", "The vmcs12 has no address, and the flag EVMCS is clear."),
  REVISION("vmcs12.revision_id", "The vmcs12 is not of revision 0x11e57ed0.");

  /** The bytes before the vmcs12. */
  public static final int HEADER_BYTES = 128;

  /** The bytes of a vmcs12. */
  public static final int VMCS12_BYTES = 4096;

  /** Flag: the vCPU is in L2. */
  public static final int GUEST_MODE = 1;

  /** Flag: L1 uses an enlightened VMCS. */
  public static final int EVMCS = 4;

  private static final int RUN_PENDING = 2;
  private static final int KNOWN = GUEST_MODE | RUN_PENDING | EVMCS | 8 | 0x100;
  private static final long NOWHERE = -1;
  private static final int REVISION_ID = 0x11e57ed0;
  private static final long PAGE_OFFSET = 0xfff;

  private final String field;
  private final String statement;

  NestedStateCheck(String field, String statement) {
    this.field = field;
    this.statement = statement;
  }

  /** The field of {@code struct kvm_nested_state}. */
  public String field() {
    return field;
  }

  /** What is wrong, as a sentence. */
  public String statement() {
    return statement;
  }

  /** Where it comes from. */
  public List<String> references() {
    return List.of(
        "Linux 6.12 arch/x86/kvm/vmx/nested.c vmx_set_nested_state()",
        "Linux 6.12 arch/x86/kvm/x86.c kvm_arch_vcpu_ioctl()");
  }

  /**
   * What is refused, of a blob of at least {@value #HEADER_BYTES} bytes. The checks of the vmcs12's fields are
   * those of a VM-entry. Allocates.
   */
  public static List<NestedStateCheck> violated(byte[] blob) {
    List<NestedStateCheck> violated = new ArrayList<>();
    int flags = LittleEndian.u16(blob, 0);
    long vmxon = LittleEndian.u64(blob, 8);
    long vmcs12 = LittleEndian.u64(blob, 16);
    int smm = LittleEndian.u16(blob, 24);
    int size = Math.min(blob.length, LittleEndian.u32(blob, 4));
    add(violated, UNKNOWN_FLAG, (flags & ~KNOWN) != 0);
    add(violated, RUN_PENDING_OUTSIDE_GUEST_MODE, (flags & (RUN_PENDING | GUEST_MODE)) == RUN_PENDING);
    add(violated, FORMAT, LittleEndian.u16(blob, 2) != 0);
    add(violated, SIZE, size < HEADER_BYTES);
    boolean on = vmxon != NOWHERE;
    add(violated, NO_VMXON_BUT_STATE, !on && (smm != 0 || vmcs12 != NOWHERE || (flags & ~EVMCS) != 0));
    add(violated, VMXON_ADDRESS, on && (vmxon & PAGE_OFFSET) != 0);
    add(violated, SMM_FLAGS,
        (smm & ~3) != 0 || (smm & 3) == 1 || ((smm & 1) != 0 && (flags & GUEST_MODE) != 0));
    add(violated, HEADER_FLAGS, (LittleEndian.u32(blob, 28) & ~1) != 0);
    if (!on) {
      return violated;
    }
    boolean whole = size >= HEADER_BYTES + VMCS12_BYTES;
    add(violated, HEADER_ONLY, !whole && ((flags & (GUEST_MODE | EVMCS)) != 0 || vmcs12 != NOWHERE));
    add(violated, VMCS12_ADDRESS,
        whole && vmcs12 != NOWHERE && (vmcs12 == vmxon || (vmcs12 & PAGE_OFFSET) != 0));
    add(violated, VMCS12_NOWHERE, whole && vmcs12 == NOWHERE && (flags & EVMCS) == 0);
    add(violated, REVISION,
        whole && (LittleEndian.u32(blob, HEADER_BYTES) & Integer.MAX_VALUE) != REVISION_ID);
    return violated;
  }

  private static void add(List<NestedStateCheck> violated, NestedStateCheck check, boolean holds) {
    if (holds) {
      violated.add(check);
    }
  }
}
