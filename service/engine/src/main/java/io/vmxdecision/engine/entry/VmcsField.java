package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an ordinary VMCS that VM-entry checks may look at, and the revision in its first word.
 * Those that an eVMCS has too come first, in its order, and are described by {@link EvmcsField}; then
 * come those for which it has no place. Names: Linux, {@code struct vmcs12}; encodings: SDM appendix B.
 */
public enum VmcsField implements EntryFact {
  /** Bits 30:0 the revision identifier, bit 31 (shadow VMCS). No VMCS field: the region's first word. */
  REVISION_ID,
  HOST_ES_SELECTOR,
  HOST_CS_SELECTOR,
  HOST_SS_SELECTOR,
  HOST_DS_SELECTOR,
  HOST_FS_SELECTOR,
  HOST_GS_SELECTOR,
  HOST_TR_SELECTOR,
  HOST_IA32_PAT,
  HOST_IA32_EFER,
  HOST_CR0,
  HOST_CR3,
  HOST_CR4,
  HOST_IA32_SYSENTER_ESP,
  HOST_IA32_SYSENTER_EIP,
  HOST_RIP,
  HOST_IA32_SYSENTER_CS,
  PIN_BASED_VM_EXEC_CONTROL,
  VM_EXIT_CONTROLS,
  SECONDARY_VM_EXEC_CONTROL,
  IO_BITMAP_A,
  IO_BITMAP_B,
  MSR_BITMAP,
  GUEST_ES_SELECTOR,
  GUEST_CS_SELECTOR,
  GUEST_SS_SELECTOR,
  GUEST_DS_SELECTOR,
  GUEST_FS_SELECTOR,
  GUEST_GS_SELECTOR,
  GUEST_LDTR_SELECTOR,
  GUEST_TR_SELECTOR,
  GUEST_ES_LIMIT,
  GUEST_CS_LIMIT,
  GUEST_SS_LIMIT,
  GUEST_DS_LIMIT,
  GUEST_FS_LIMIT,
  GUEST_GS_LIMIT,
  GUEST_LDTR_LIMIT,
  GUEST_TR_LIMIT,
  GUEST_GDTR_LIMIT,
  GUEST_IDTR_LIMIT,
  GUEST_ES_AR_BYTES,
  GUEST_CS_AR_BYTES,
  GUEST_SS_AR_BYTES,
  GUEST_DS_AR_BYTES,
  GUEST_FS_AR_BYTES,
  GUEST_GS_AR_BYTES,
  GUEST_LDTR_AR_BYTES,
  GUEST_TR_AR_BYTES,
  GUEST_ES_BASE,
  GUEST_CS_BASE,
  GUEST_SS_BASE,
  GUEST_DS_BASE,
  GUEST_FS_BASE,
  GUEST_GS_BASE,
  GUEST_LDTR_BASE,
  GUEST_TR_BASE,
  GUEST_GDTR_BASE,
  GUEST_IDTR_BASE,
  VM_EXIT_MSR_STORE_ADDR,
  VM_EXIT_MSR_LOAD_ADDR,
  VM_ENTRY_MSR_LOAD_ADDR,
  PAGE_FAULT_ERROR_CODE_MASK,
  PAGE_FAULT_ERROR_CODE_MATCH,
  CR3_TARGET_COUNT,
  VM_EXIT_MSR_STORE_COUNT,
  VM_EXIT_MSR_LOAD_COUNT,
  VM_ENTRY_MSR_LOAD_COUNT,
  TSC_OFFSET,
  VIRTUAL_APIC_PAGE_ADDR,
  VMCS_LINK_POINTER,
  GUEST_IA32_DEBUGCTL,
  GUEST_IA32_PAT,
  GUEST_IA32_EFER,
  GUEST_PDPTR0,
  GUEST_PDPTR1,
  GUEST_PDPTR2,
  GUEST_PDPTR3,
  GUEST_PENDING_DBG_EXCEPTIONS,
  GUEST_SYSENTER_ESP,
  GUEST_SYSENTER_EIP,
  GUEST_ACTIVITY_STATE,
  GUEST_SYSENTER_CS,
  CR0_GUEST_HOST_MASK,
  CR4_GUEST_HOST_MASK,
  CR0_READ_SHADOW,
  CR4_READ_SHADOW,
  GUEST_CR0,
  GUEST_CR3,
  GUEST_CR4,
  GUEST_DR7,
  HOST_FS_BASE,
  HOST_GS_BASE,
  HOST_TR_BASE,
  HOST_GDTR_BASE,
  HOST_IDTR_BASE,
  HOST_RSP,
  EPT_POINTER,
  VIRTUAL_PROCESSOR_ID,
  GUEST_PHYSICAL_ADDRESS,
  VM_INSTRUCTION_ERROR,
  VM_EXIT_REASON,
  VM_EXIT_INTR_INFO,
  VM_EXIT_INTR_ERROR_CODE,
  IDT_VECTORING_INFO_FIELD,
  IDT_VECTORING_ERROR_CODE,
  VM_EXIT_INSTRUCTION_LEN,
  VMX_INSTRUCTION_INFO,
  EXIT_QUALIFICATION,
  EXIT_IO_INSTRUCTION_ECX,
  EXIT_IO_INSTRUCTION_ESI,
  EXIT_IO_INSTRUCTION_EDI,
  EXIT_IO_INSTRUCTION_EIP,
  GUEST_LINEAR_ADDRESS,
  GUEST_RSP,
  GUEST_RFLAGS,
  GUEST_INTERRUPTIBILITY_INFO,
  CPU_BASED_VM_EXEC_CONTROL,
  EXCEPTION_BITMAP,
  VM_ENTRY_CONTROLS,
  VM_ENTRY_INTR_INFO_FIELD,
  VM_ENTRY_EXCEPTION_ERROR_CODE,
  VM_ENTRY_INSTRUCTION_LEN,
  TPR_THRESHOLD,
  GUEST_RIP,
  GUEST_BNDCFGS,
  GUEST_IA32_PERF_GLOBAL_CTRL,
  GUEST_IA32_S_CET,
  GUEST_IA32_LBR_CTL,
  XSS_EXIT_BITMAP,
  ENCLS_EXITING_BITMAP,
  HOST_IA32_PERF_GLOBAL_CTRL,
  TSC_MULTIPLIER,

  /** Posted-interrupt notification vector. */
  POSTED_INTR_NV(0x0002),
  /** APIC-access address. */
  APIC_ACCESS_ADDR(0x2014),
  /** Posted-interrupt descriptor address. */
  POSTED_INTR_DESC_ADDR(0x2016),
  /** PML address. */
  PML_ADDRESS(0x200e),
  /** VMREAD-bitmap address. */
  VMREAD_BITMAP(0x2026),
  /** VMWRITE-bitmap address. */
  VMWRITE_BITMAP(0x2028),
  /** VM-function controls. */
  VM_FUNCTION_CONTROL(0x2018),
  /** EPTP-list address. */
  EPTP_LIST_ADDRESS(0x2024),

  // What only a bare CPU looks at.

  /** Executive-VMCS pointer. */
  EXECUTIVE_VMCS_POINTER(0x200c),
  /** Virtualization-exception information address. */
  VE_INFORMATION_ADDRESS(0x202a),
  /** Sub-page-permission-table pointer. */
  SUB_PAGE_PERMISSION_PTR(0x2030),
  /** Tertiary processor-based VM-execution controls. */
  TERTIARY_VM_EXEC_CONTROL(0x2034),
  /** Secondary VM-exit controls. */
  SECONDARY_VM_EXIT_CONTROLS(0x2044),
  /** Guest UINV. */
  GUEST_UINV(0x0814),
  /** Guest IA32_RTIT_CTL. */
  GUEST_IA32_RTIT_CTL(0x2814),
  /** Guest IA32_PKRS. */
  GUEST_IA32_PKRS(0x2818),
  /** Guest SSP. */
  GUEST_SSP(0x682a),
  /** Guest IA32_INTERRUPT_SSP_TABLE_ADDR. */
  GUEST_IA32_INT_SSP_TABLE_ADDR(0x682c),
  /** Host IA32_PKRS. */
  HOST_IA32_PKRS(0x2c06),
  /** Host IA32_S_CET. */
  HOST_IA32_S_CET(0x6c18),
  /** Host SSP. */
  HOST_SSP(0x6c1a),
  /** Host IA32_INTERRUPT_SSP_TABLE_ADDR. */
  HOST_IA32_INT_SSP_TABLE_ADDR(0x6c1c);

  /** The words of an eVMCS that hold fields: its first 1,024 bytes. */
  static final int EVMCS_WORDS = 128;

  private static final int WIDTH_SHIFT = 13;
  private static final int WIDTH = 3;

  private static final VmcsField[] ALL = values();
  private static final Map<String, VmcsField> BY_LINUX_NAME =
      Arrays.stream(ALL).collect(Collectors.toUnmodifiableMap(VmcsField::linuxName, Function.identity()));
  private static final Map<Integer, VmcsField> BY_ENCODING =
      Arrays.stream(ALL)
          .filter(field -> field.encoding != EvmcsField.NO_ENCODING)
          .collect(Collectors.toUnmodifiableMap(VmcsField::encoding, Function.identity()));

  private final String linuxName = name().toLowerCase(Locale.ROOT);
  private final @Nullable EvmcsField evmcsField;
  private final int encoding;
  private final long mask;
  private final int word;
  private final int shift;

  /** A field that an eVMCS has by the same name. */
  VmcsField() {
    EvmcsField same = EvmcsField.valueOf(name());
    evmcsField = same;
    encoding = same.encoding();
    mask = same.mask();
    word = same.offset() / Long.BYTES;
    shift = same.offset() % Long.BYTES * Byte.SIZE;
  }

  @SuppressWarnings("EnumOrdinal") // a place that no other field has; nobody stores it
  VmcsField(int encoding) {
    EvmcsField same = EvmcsField.of(linuxName);
    this.evmcsField = same;
    this.encoding = encoding;
    this.mask =
        switch ((encoding >>> WIDTH_SHIFT) & WIDTH) {
          case 0 -> 0xffffL;
          case 2 -> 0xffff_ffffL;
          default -> -1L;
        };
    this.word = EVMCS_WORDS + ordinal();
    this.shift = 0;
  }

  /** The field of that Linux name, such as {@code guest_cr3}, or null. */
  public static @Nullable VmcsField of(String linuxName) {
    return BY_LINUX_NAME.get(linuxName);
  }

  /** The field of that VMCS encoding, such as 0x6802, or null. */
  public static @Nullable VmcsField ofEncoding(int encoding) {
    return BY_ENCODING.get(encoding);
  }

  /** How many fields there are. */
  static int count() {
    return ALL.length;
  }

  /** The field of that ordinal. */
  static VmcsField at(int index) {
    return ALL[index];
  }

  /** The name in Linux and in this project's API. */
  public String linuxName() {
    return linuxName;
  }

  /** The same as {@link #linuxName()}. */
  @Override
  public String label() {
    return linuxName;
  }

  /** The VMCS field encoding, 0x0000..0x6c1c, or {@link EvmcsField#NO_ENCODING} for the revision. */
  public int encoding() {
    return encoding;
  }

  /** The largest value that fits, unsigned. Natural-width fields have 64 bits. */
  public long mask() {
    return mask;
  }

  /** How many words of 64 bits hold all fields. */
  static int words() {
    return EVMCS_WORDS + ALL.length;
  }

  /**
   * The word of 64 bits that holds the field, from 0: that of the page where an eVMCS has it, so that a
   * page is taken over word by word; else one of its own behind them.
   */
  int word() {
    return word;
  }

  /** Where the field begins in its {@link #word()}: 0, 16, 32 or 48. */
  int shift() {
    return shift;
  }

  /** The field of an eVMCS with that name, or null where it has none. */
  public @Nullable EvmcsField evmcsField() {
    return evmcsField;
  }

  /** Whether L0 takes the field from an eVMCS at VM-entry; what it does not take is 0 in vmcs12. */
  public boolean takenFromEvmcs() {
    return this == REVISION_ID || (evmcsField != null && Profile.KVM_6_12.evmcs().loads(evmcsField));
  }
}
