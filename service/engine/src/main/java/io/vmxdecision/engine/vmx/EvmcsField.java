package io.vmxdecision.engine.vmx;

import static io.vmxdecision.engine.vmx.CleanFieldGroup.*;

import io.vmxdecision.engine.bytes.PageField;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields of the enlightened VMCS, in order of their offset. Layout: TLFS, {@code
 * HV_VMX_ENLIGHTENED_VMCS}; names: {@code struct hv_enlightened_vmcs} of Linux.
 *
 * <p>A golden test holds this table against {@code reference/evmcs-fields.csv}.
 */
public enum EvmcsField implements PageField {
  REVISION_ID("VersionNumber", 0x000, 4, UNASSIGNED),
  ABORT("AbortIndicator", 0x004, 4, UNASSIGNED),
  HOST_ES_SELECTOR("HostEsSelector", 0x008, 2, 0x0c00, HOST_GRP1),
  HOST_CS_SELECTOR("HostCsSelector", 0x00a, 2, 0x0c02, HOST_GRP1),
  HOST_SS_SELECTOR("HostSsSelector", 0x00c, 2, 0x0c04, HOST_GRP1),
  HOST_DS_SELECTOR("HostDsSelector", 0x00e, 2, 0x0c06, HOST_GRP1),
  HOST_FS_SELECTOR("HostFsSelector", 0x010, 2, 0x0c08, HOST_GRP1),
  HOST_GS_SELECTOR("HostGsSelector", 0x012, 2, 0x0c0a, HOST_GRP1),
  HOST_TR_SELECTOR("HostTrSelector", 0x014, 2, 0x0c0c, HOST_GRP1),
  HOST_IA32_PAT("HostPat", 0x018, 8, 0x2c00, HOST_GRP1),
  HOST_IA32_EFER("HostEfer", 0x020, 8, 0x2c02, HOST_GRP1),
  HOST_CR0("HostCr0", 0x028, 8, 0x6c00, HOST_GRP1),
  HOST_CR3("HostCr3", 0x030, 8, 0x6c02, HOST_GRP1),
  HOST_CR4("HostCr4", 0x038, 8, 0x6c04, HOST_GRP1),
  HOST_IA32_SYSENTER_ESP("HostSysenterEspMsr", 0x040, 8, 0x6c10, HOST_GRP1),
  HOST_IA32_SYSENTER_EIP("HostSysenterEipMsr", 0x048, 8, 0x6c12, HOST_GRP1),
  HOST_RIP("HostRip", 0x050, 8, 0x6c16, HOST_GRP1),
  HOST_IA32_SYSENTER_CS("HostSysenterCsMsr", 0x058, 4, 0x4c00, HOST_GRP1),
  PIN_BASED_VM_EXEC_CONTROL("PinControls", 0x05c, 4, 0x4000, CONTROL_GRP1),
  VM_EXIT_CONTROLS("ExitControls", 0x060, 4, 0x400c, CONTROL_GRP1),
  SECONDARY_VM_EXEC_CONTROL("SecondaryProcessorControls", 0x064, 4, 0x401e, CONTROL_GRP1),
  IO_BITMAP_A("IoBitmapA", 0x068, 8, 0x2000, IO_BITMAP),
  IO_BITMAP_B("IoBitmapB", 0x070, 8, 0x2002, IO_BITMAP),
  MSR_BITMAP("MsrBitmap", 0x078, 8, 0x2004, CleanFieldGroup.MSR_BITMAP),
  GUEST_ES_SELECTOR("GuestEsSelector", 0x080, 2, 0x0800, GUEST_GRP2),
  GUEST_CS_SELECTOR("GuestCsSelector", 0x082, 2, 0x0802, GUEST_GRP2),
  GUEST_SS_SELECTOR("GuestSsSelector", 0x084, 2, 0x0804, GUEST_GRP2),
  GUEST_DS_SELECTOR("GuestDsSelector", 0x086, 2, 0x0806, GUEST_GRP2),
  GUEST_FS_SELECTOR("GuestFsSelector", 0x088, 2, 0x0808, GUEST_GRP2),
  GUEST_GS_SELECTOR("GuestGsSelector", 0x08a, 2, 0x080a, GUEST_GRP2),
  GUEST_LDTR_SELECTOR("GuestLdtrSelector", 0x08c, 2, 0x080c, GUEST_GRP2),
  GUEST_TR_SELECTOR("GuestTrSelector", 0x08e, 2, 0x080e, GUEST_GRP2),
  GUEST_ES_LIMIT("GuestEsLimit", 0x090, 4, 0x4800, GUEST_GRP2),
  GUEST_CS_LIMIT("GuestCsLimit", 0x094, 4, 0x4802, GUEST_GRP2),
  GUEST_SS_LIMIT("GuestSsLimit", 0x098, 4, 0x4804, GUEST_GRP2),
  GUEST_DS_LIMIT("GuestDsLimit", 0x09c, 4, 0x4806, GUEST_GRP2),
  GUEST_FS_LIMIT("GuestFsLimit", 0x0a0, 4, 0x4808, GUEST_GRP2),
  GUEST_GS_LIMIT("GuestGsLimit", 0x0a4, 4, 0x480a, GUEST_GRP2),
  GUEST_LDTR_LIMIT("GuestLdtrLimit", 0x0a8, 4, 0x480c, GUEST_GRP2),
  GUEST_TR_LIMIT("GuestTrLimit", 0x0ac, 4, 0x480e, GUEST_GRP2),
  GUEST_GDTR_LIMIT("GuestGdtrLimit", 0x0b0, 4, 0x4810, GUEST_GRP2),
  GUEST_IDTR_LIMIT("GuestIdtrLimit", 0x0b4, 4, 0x4812, GUEST_GRP2),
  GUEST_ES_AR_BYTES("GuestEsAttributes", 0x0b8, 4, 0x4814, GUEST_GRP2),
  GUEST_CS_AR_BYTES("GuestCsAttributes", 0x0bc, 4, 0x4816, GUEST_GRP2),
  GUEST_SS_AR_BYTES("GuestSsAttributes", 0x0c0, 4, 0x4818, GUEST_GRP2),
  GUEST_DS_AR_BYTES("GuestDsAttributes", 0x0c4, 4, 0x481a, GUEST_GRP2),
  GUEST_FS_AR_BYTES("GuestFsAttributes", 0x0c8, 4, 0x481c, GUEST_GRP2),
  GUEST_GS_AR_BYTES("GuestGsAttributes", 0x0cc, 4, 0x481e, GUEST_GRP2),
  GUEST_LDTR_AR_BYTES("GuestLdtrAttributes", 0x0d0, 4, 0x4820, GUEST_GRP2),
  GUEST_TR_AR_BYTES("GuestTrAttributes", 0x0d4, 4, 0x4822, GUEST_GRP2),
  GUEST_ES_BASE("GuestEsBase", 0x0d8, 8, 0x6806, GUEST_GRP2),
  GUEST_CS_BASE("GuestCsBase", 0x0e0, 8, 0x6808, GUEST_GRP2),
  GUEST_SS_BASE("GuestSsBase", 0x0e8, 8, 0x680a, GUEST_GRP2),
  GUEST_DS_BASE("GuestDsBase", 0x0f0, 8, 0x680c, GUEST_GRP2),
  GUEST_FS_BASE("GuestFsBase", 0x0f8, 8, 0x680e, GUEST_GRP2),
  GUEST_GS_BASE("GuestGsBase", 0x100, 8, 0x6810, GUEST_GRP2),
  GUEST_LDTR_BASE("GuestLdtrBase", 0x108, 8, 0x6812, GUEST_GRP2),
  GUEST_TR_BASE("GuestTrBase", 0x110, 8, 0x6814, GUEST_GRP2),
  GUEST_GDTR_BASE("GuestGdtrBase", 0x118, 8, 0x6816, GUEST_GRP2),
  GUEST_IDTR_BASE("GuestIdtrBase", 0x120, 8, 0x6818, GUEST_GRP2),
  VM_EXIT_MSR_STORE_ADDR("ExitMsrStoreAddress", 0x140, 8, 0x2006, ALL),
  VM_EXIT_MSR_LOAD_ADDR("ExitMsrLoadAddress", 0x148, 8, 0x2008, ALL),
  VM_ENTRY_MSR_LOAD_ADDR("EntryMsrLoadAddress", 0x150, 8, 0x200a, ALL),
  CR3_TARGET_VALUE0("Cr3Target0", 0x158, 8, UNASSIGNED),
  CR3_TARGET_VALUE1("Cr3Target1", 0x160, 8, UNASSIGNED),
  CR3_TARGET_VALUE2("Cr3Target2", 0x168, 8, UNASSIGNED),
  CR3_TARGET_VALUE3("Cr3Target3", 0x170, 8, UNASSIGNED),
  PAGE_FAULT_ERROR_CODE_MASK("PfecMask", 0x178, 4, 0x4006, ALL),
  PAGE_FAULT_ERROR_CODE_MATCH("PfecMatch", 0x17c, 4, 0x4008, ALL),
  CR3_TARGET_COUNT("Cr3TargetCount", 0x180, 4, 0x400a, ALL),
  VM_EXIT_MSR_STORE_COUNT("ExitMsrStoreCount", 0x184, 4, 0x400e, ALL),
  VM_EXIT_MSR_LOAD_COUNT("ExitMsrLoadCount", 0x188, 4, 0x4010, ALL),
  VM_ENTRY_MSR_LOAD_COUNT("EntryMsrLoadCount", 0x18c, 4, 0x4014, ALL),
  TSC_OFFSET("TscOffset", 0x190, 8, 0x2010, CONTROL_GRP2),
  VIRTUAL_APIC_PAGE_ADDR("VirtualApicPage", 0x198, 8, 0x2012, CONTROL_GRP2),
  VMCS_LINK_POINTER("GuestWorkingVmcsPtr", 0x1a0, 8, 0x2800, GUEST_GRP1),
  GUEST_IA32_DEBUGCTL("GuestIa32DebugCtl", 0x1a8, 8, 0x2802, GUEST_GRP1),
  GUEST_IA32_PAT("GuestPat", 0x1b0, 8, 0x2804, GUEST_GRP1),
  GUEST_IA32_EFER("GuestEfer", 0x1b8, 8, 0x2806, GUEST_GRP1),
  GUEST_PDPTR0("GuestPdpte0", 0x1c0, 8, 0x280a, GUEST_GRP1),
  GUEST_PDPTR1("GuestPdpte1", 0x1c8, 8, 0x280c, GUEST_GRP1),
  GUEST_PDPTR2("GuestPdpte2", 0x1d0, 8, 0x280e, GUEST_GRP1),
  GUEST_PDPTR3("GuestPdpte3", 0x1d8, 8, 0x2810, GUEST_GRP1),
  GUEST_PENDING_DBG_EXCEPTIONS("GuestPendingDebugExceptions", 0x1e0, 8, 0x6822, GUEST_GRP1),
  GUEST_SYSENTER_ESP("GuestSysenterEspMsr", 0x1e8, 8, 0x6824, GUEST_GRP1),
  GUEST_SYSENTER_EIP("GuestSysenterEipMsr", 0x1f0, 8, 0x6826, GUEST_GRP1),
  GUEST_ACTIVITY_STATE("GuestSleepState", 0x1f8, 4, 0x4826, GUEST_GRP1),
  GUEST_SYSENTER_CS("GuestSysenterCsMsr", 0x1fc, 4, 0x482a, GUEST_GRP1),
  CR0_GUEST_HOST_MASK("Cr0GuestHostMask", 0x200, 8, 0x6000, CRDR),
  CR4_GUEST_HOST_MASK("Cr4GuestHostMask", 0x208, 8, 0x6002, CRDR),
  CR0_READ_SHADOW("Cr0ReadShadow", 0x210, 8, 0x6004, CRDR),
  CR4_READ_SHADOW("Cr4ReadShadow", 0x218, 8, 0x6006, CRDR),
  GUEST_CR0("GuestCr0", 0x220, 8, 0x6800, CRDR),
  GUEST_CR3("GuestCr3", 0x228, 8, 0x6802, CRDR),
  GUEST_CR4("GuestCr4", 0x230, 8, 0x6804, CRDR),
  GUEST_DR7("GuestDr7", 0x238, 8, 0x681a, CRDR),
  HOST_FS_BASE("HostFsBase", 0x240, 8, 0x6c06, HOST_POINTER),
  HOST_GS_BASE("HostGsBase", 0x248, 8, 0x6c08, HOST_POINTER),
  HOST_TR_BASE("HostTrBase", 0x250, 8, 0x6c0a, HOST_POINTER),
  HOST_GDTR_BASE("HostGdtrBase", 0x258, 8, 0x6c0c, HOST_POINTER),
  HOST_IDTR_BASE("HostIdtrBase", 0x260, 8, 0x6c0e, HOST_POINTER),
  HOST_RSP("HostRsp", 0x268, 8, 0x6c14, HOST_POINTER),
  EPT_POINTER("EptRoot", 0x270, 8, 0x201a, CONTROL_XLAT),
  VIRTUAL_PROCESSOR_ID("Vpid", 0x278, 2, 0x0000, CONTROL_XLAT),
  GUEST_PHYSICAL_ADDRESS("ExitEptFaultGpa", 0x2a8, 8, 0x2400, NONE),
  VM_INSTRUCTION_ERROR("ExitInstructionError", 0x2b0, 4, 0x4400, NONE),
  VM_EXIT_REASON("ExitReason", 0x2b4, 4, 0x4402, NONE),
  VM_EXIT_INTR_INFO("ExitInterruptionInfo", 0x2b8, 4, 0x4404, NONE),
  VM_EXIT_INTR_ERROR_CODE("ExitExceptionErrorCode", 0x2bc, 4, 0x4406, NONE),
  IDT_VECTORING_INFO_FIELD("ExitIdtVectoringInfo", 0x2c0, 4, 0x4408, NONE),
  IDT_VECTORING_ERROR_CODE("ExitIdtVectoringErrorCode", 0x2c4, 4, 0x440a, NONE),
  VM_EXIT_INSTRUCTION_LEN("ExitInstructionLength", 0x2c8, 4, 0x440c, NONE),
  VMX_INSTRUCTION_INFO("ExitInstructionInfo", 0x2cc, 4, 0x440e, NONE),
  EXIT_QUALIFICATION("ExitQualification", 0x2d0, 8, 0x6400, NONE),
  EXIT_IO_INSTRUCTION_ECX("ExitIoInstructionEcx", 0x2d8, 8, 0x6402, NONE),
  EXIT_IO_INSTRUCTION_ESI("ExitIoInstructionEsi", 0x2e0, 8, 0x6404, NONE),
  EXIT_IO_INSTRUCTION_EDI("ExitIoInstructionEdi", 0x2e8, 8, 0x6406, NONE),
  EXIT_IO_INSTRUCTION_EIP("ExitIoInstructionEip", 0x2f0, 8, 0x6408, NONE),
  GUEST_LINEAR_ADDRESS("GuestLinearAddress", 0x2f8, 8, 0x640a, NONE),
  GUEST_RSP("GuestRsp", 0x300, 8, 0x681c, GUEST_BASIC),
  GUEST_RFLAGS("GuestRflags", 0x308, 8, 0x6820, GUEST_BASIC),
  GUEST_INTERRUPTIBILITY_INFO("GuestInterruptibility", 0x310, 4, 0x4824, GUEST_BASIC),
  CPU_BASED_VM_EXEC_CONTROL("ProcessorControls", 0x314, 4, 0x4002, CONTROL_PROC),
  EXCEPTION_BITMAP("ExceptionBitmap", 0x318, 4, 0x4004, CONTROL_EXCPN),
  VM_ENTRY_CONTROLS("EntryControls", 0x31c, 4, 0x4012, CONTROL_ENTRY),
  VM_ENTRY_INTR_INFO_FIELD("EntryInterruptInfo", 0x320, 4, 0x4016, CONTROL_EVENT),
  VM_ENTRY_EXCEPTION_ERROR_CODE("EntryExceptionErrorCode", 0x324, 4, 0x4018, CONTROL_EVENT),
  VM_ENTRY_INSTRUCTION_LEN("EntryInstructionLength", 0x328, 4, 0x401a, CONTROL_EVENT),
  TPR_THRESHOLD("TprThreshold", 0x32c, 4, 0x401c, NONE),
  GUEST_RIP("GuestRip", 0x330, 8, 0x681e, NONE),
  HV_CLEAN_FIELDS("CleanFields", 0x338, 4, UNASSIGNED),
  HV_SYNTHETIC_CONTROLS("SyntheticControls", 0x340, 4, UNASSIGNED),
  HV_ENLIGHTENMENTS_CONTROL("EnlightenmentsControl", 0x344, 4, UNASSIGNED),
  HV_VP_ID("VpId", 0x348, 4, ENLIGHTENMENTSCONTROL),
  HV_VM_ID("VmId", 0x350, 8, ENLIGHTENMENTSCONTROL),
  PARTITION_ASSIST_PAGE("PartitionAssistPage", 0x358, 8, ENLIGHTENMENTSCONTROL),
  GUEST_BNDCFGS("GuestBndcfgs", 0x380, 8, 0x2812, GUEST_GRP1),
  GUEST_IA32_PERF_GLOBAL_CTRL("GuestPerfGlobalCtrl", 0x388, 8, 0x2808, GUEST_GRP1),
  GUEST_IA32_S_CET("GuestSCet", 0x390, 8, 0x6828, GUEST_GRP1),
  GUEST_SSP("GuestSsp", 0x398, 8, UNASSIGNED),
  GUEST_IA32_INT_SSP_TABLE_ADDR("GuestInterruptSspTableAddr", 0x3a0, 8, UNASSIGNED),
  GUEST_IA32_LBR_CTL("GuestLbrCtl", 0x3a8, 8, 0x2816, GUEST_GRP1),
  XSS_EXIT_BITMAP("XssExitingBitmap", 0x3c0, 8, 0x202c, CONTROL_GRP2),
  ENCLS_EXITING_BITMAP("EnclsExitingBitmap", 0x3c8, 8, 0x202e, CONTROL_GRP2),
  HOST_IA32_PERF_GLOBAL_CTRL("HostPerfGlobalCtrl", 0x3d0, 8, 0x2c04, HOST_GRP1),
  TSC_MULTIPLIER("TscMultiplier", 0x3d8, 8, 0x2032, CONTROL_GRP2),
  HOST_IA32_S_CET("HostSCet", 0x3e0, 8, UNASSIGNED),
  HOST_SSP("HostSsp", 0x3e8, 8, UNASSIGNED),
  HOST_IA32_INT_SSP_TABLE_ADDR("HostInterruptSspTableAddr", 0x3f0, 8, UNASSIGNED);

  /** The {@link #encoding()} of a field that has no VMCS encoding. */
  public static final int NO_ENCODING = -1;

  private static final Map<String, EvmcsField> BY_LINUX_NAME =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(EvmcsField::linuxName, Function.identity()));

  private final String linuxName = name().toLowerCase(Locale.ROOT);
  private final String tlfsName;
  private final int offset;
  private final int bytes;
  private final int encoding;
  private final CleanFieldGroup cleanGroup;

  EvmcsField(
      String tlfsName, int offset, int bytes, CleanFieldGroup cleanGroup) {
    this(tlfsName, offset, bytes, NO_ENCODING, cleanGroup);
  }

  EvmcsField(
      String tlfsName,
      int offset,
      int bytes,
      int encoding,
      CleanFieldGroup cleanGroup) {
    this.tlfsName = tlfsName;
    this.offset = offset;
    this.bytes = bytes;
    this.encoding = encoding;
    this.cleanGroup = cleanGroup;
  }

  /** The field of that Linux name, such as {@code hv_vm_id}, or null. */
  public static @Nullable EvmcsField of(String linuxName) {
    return BY_LINUX_NAME.get(linuxName);
  }

  @Override
  public Page page() {
    return Page.EVMCS;
  }

  @Override
  public String address() {
    return "eVMCS 0x%03x".formatted(offset);
  }

  @Override
  public String linuxName() {
    return linuxName;
  }

  /** The name in the TLFS, such as {@code VmId}. */
  public String tlfsName() {
    return tlfsName;
  }

  /** Byte offset in the page, 0x000..0x3f0. */
  @Override
  public int offset() {
    return offset;
  }

  /** Width in bytes: 2, 4 or 8. */
  @Override
  public int bytes() {
    return bytes;
  }

  /** The VMCS field encoding (SDM appendix B), 0x0000..0x6c16, or {@link #NO_ENCODING}. */
  public int encoding() {
    return encoding;
  }

  /**
   * The name of the VMCS field in Linux ({@code enum vmcs_field}), such as {@code GUEST_CR3}, or null
   * where Linux names none.
   */
  public @Nullable String vmcsName() {
    return switch (this) {
      case EXIT_IO_INSTRUCTION_ECX, EXIT_IO_INSTRUCTION_ESI, EXIT_IO_INSTRUCTION_EDI,
          EXIT_IO_INSTRUCTION_EIP, GUEST_IA32_S_CET, GUEST_IA32_LBR_CTL ->
        null;
      default -> encoding == NO_ENCODING ? null : name();
    };
  }

  /** The clean-field group whose bit L1 must clear when it changes the field. */
  public CleanFieldGroup cleanGroup() {
    return cleanGroup;
  }
}
