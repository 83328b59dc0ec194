package io.vmxdecision.artefacts.number;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The tables of names. */
final class Tables {
  static final Table INSTRUCTION_ERROR = Table.of("instructionError", "VM-instruction error",
      "SDM vol. 3, \"VM Instruction Error Numbers\"", """
          1 VMCALL executed in VMX root operation
          2 VMCLEAR with invalid physical address
          3 VMCLEAR with VMXON pointer
          4 VMLAUNCH with non-clear VMCS
          5 VMRESUME with non-launched VMCS
          6 VMRESUME after VMXOFF
          7 VM entry with invalid control field(s)
          8 VM entry with invalid host-state field(s)
          9 VMPTRLD with invalid physical address
          10 VMPTRLD with VMXON pointer
          11 VMPTRLD with incorrect VMCS revision identifier
          12 VMREAD/VMWRITE from/to unsupported VMCS component
          13 VMWRITE to read-only VMCS component
          15 VMXON executed in VMX root operation
          16 VM entry with invalid executive-VMCS pointer
          17 VM entry with non-launched executive VMCS
          18 VM entry with executive-VMCS pointer not VMXON pointer
          19 VMCALL with non-clear VMCS
          20 VMCALL with invalid VM-exit control fields
          22 VMCALL with incorrect MSEG revision identifier
          23 VMXOFF under dual-monitor treatment of SMIs and SMM
          24 VMCALL with invalid SMM-monitor features
          25 VM entry with invalid VM-execution control fields in executive VMCS
          26 VM entry with events blocked by MOV SS
          28 Invalid operand to INVEPT/INVVPID""");

  static final Table KVM_EXIT = Table.of("kvmExit", "KVM_EXIT reason", "Linux uapi/linux/kvm.h", """
      0 KVM_EXIT_UNKNOWN
      1 KVM_EXIT_EXCEPTION
      2 KVM_EXIT_IO
      3 KVM_EXIT_HYPERCALL
      4 KVM_EXIT_DEBUG
      5 KVM_EXIT_HLT
      6 KVM_EXIT_MMIO
      7 KVM_EXIT_IRQ_WINDOW_OPEN
      8 KVM_EXIT_SHUTDOWN
      9 KVM_EXIT_FAIL_ENTRY
      10 KVM_EXIT_INTR
      11 KVM_EXIT_SET_TPR
      12 KVM_EXIT_TPR_ACCESS
      16 KVM_EXIT_NMI
      17 KVM_EXIT_INTERNAL_ERROR
      24 KVM_EXIT_SYSTEM_EVENT
      26 KVM_EXIT_IOAPIC_EOI
      27 KVM_EXIT_HYPERV
      29 KVM_EXIT_X86_RDMSR
      30 KVM_EXIT_X86_WRMSR
      31 KVM_EXIT_DIRTY_RING_FULL
      32 KVM_EXIT_AP_RESET_HOLD
      33 KVM_EXIT_X86_BUS_LOCK
      34 KVM_EXIT_XEN
      37 KVM_EXIT_NOTIFY
      39 KVM_EXIT_MEMORY_FAULT
      40 KVM_EXIT_TDX""");

  static final Table SUBERROR =
      Table.of("suberror", "KVM_INTERNAL_ERROR suberror", "Linux uapi/linux/kvm.h", """
          1 KVM_INTERNAL_ERROR_EMULATION
          2 KVM_INTERNAL_ERROR_SIMUL_EX
          3 KVM_INTERNAL_ERROR_DELIVERY_EV
          4 KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON""");

  static final Table SVM_EXIT = Table.of("svmExitCode", "SVM exit code",
      "AMD APM vol. 2, appendix C \"SVM Intercept Exit Codes\"; TLFS for 0xf0000000",
      numbered(0x00, 16, "VMEXIT_CR%d_READ") + numbered(0x10, 16, "VMEXIT_CR%d_WRITE")
          + numbered(0x20, 16, "VMEXIT_DR%d_READ") + numbered(0x30, 16, "VMEXIT_DR%d_WRITE")
          + numbered(0x40, 32, "VMEXIT_EXCP%d") + """
              0x60 VMEXIT_INTR
              0x61 VMEXIT_NMI
              0x62 VMEXIT_SMI
              0x63 VMEXIT_INIT
              0x64 VMEXIT_VINTR
              0x65 VMEXIT_CR0_SEL_WRITE
              0x66 VMEXIT_IDTR_READ
              0x67 VMEXIT_GDTR_READ
              0x68 VMEXIT_LDTR_READ
              0x69 VMEXIT_TR_READ
              0x6a VMEXIT_IDTR_WRITE
              0x6b VMEXIT_GDTR_WRITE
              0x6c VMEXIT_LDTR_WRITE
              0x6d VMEXIT_TR_WRITE
              0x6e VMEXIT_RDTSC
              0x6f VMEXIT_RDPMC
              0x70 VMEXIT_PUSHF
              0x71 VMEXIT_POPF
              0x72 VMEXIT_CPUID
              0x73 VMEXIT_RSM
              0x74 VMEXIT_IRET
              0x75 VMEXIT_SWINT
              0x76 VMEXIT_INVD
              0x77 VMEXIT_PAUSE
              0x78 VMEXIT_HLT
              0x79 VMEXIT_INVLPG
              0x7a VMEXIT_INVLPGA
              0x7b VMEXIT_IOIO
              0x7c VMEXIT_MSR
              0x7d VMEXIT_TASK_SWITCH
              0x7e VMEXIT_FERR_FREEZE
              0x7f VMEXIT_SHUTDOWN
              0x80 VMEXIT_VMRUN
              0x81 VMEXIT_VMMCALL
              0x82 VMEXIT_VMLOAD
              0x83 VMEXIT_VMSAVE
              0x84 VMEXIT_STGI
              0x85 VMEXIT_CLGI
              0x86 VMEXIT_SKINIT
              0x87 VMEXIT_RDTSCP
              0x88 VMEXIT_ICEBP
              0x89 VMEXIT_WBINVD
              0x8a VMEXIT_MONITOR
              0x8b VMEXIT_MWAIT
              0x8c VMEXIT_MWAIT_CONDITIONAL
              0x8d VMEXIT_XSETBV
              0x8e VMEXIT_RDPRU
              0x8f VMEXIT_EFER_WRITE_TRAP
              """ + numbered(0x90, 16, "VMEXIT_CR%d_WRITE_TRAP") + """
              0xa0 VMEXIT_INVLPGB
              0xa1 VMEXIT_INVLPGB_ILLEGAL
              0xa2 VMEXIT_INVPCID
              0xa3 VMEXIT_MCOMMIT
              0xa4 VMEXIT_TLBSYNC
              0xa5 VMEXIT_BUSLOCK
              0xa6 VMEXIT_IDLE_HLT
              0x400 VMEXIT_NPF
              0x401 AVIC_INCOMPLETE_IPI
              0x402 AVIC_NOACCEL
              0x403 VMEXIT_VMGEXIT
              0xf0000000 HV_SVM_EXITCODE_ENL
              -1 VMEXIT_INVALID
              -2 VMEXIT_BUSY""");

  static final Table HYPERCALL_STATUS = Table.of("hypercallStatus", "Hypercall status",
      "TLFS, \"Hypercall Status Codes\"", """
          0x0 HV_STATUS_SUCCESS
          0x2 HV_STATUS_INVALID_HYPERCALL_CODE
          0x3 HV_STATUS_INVALID_HYPERCALL_INPUT
          0x4 HV_STATUS_INVALID_ALIGNMENT
          0x5 HV_STATUS_INVALID_PARAMETER
          0x6 HV_STATUS_ACCESS_DENIED
          0x7 HV_STATUS_INVALID_PARTITION_STATE
          0x8 HV_STATUS_OPERATION_DENIED
          0x9 HV_STATUS_UNKNOWN_PROPERTY
          0xa HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE
          0xb HV_STATUS_INSUFFICIENT_MEMORY
          0xc HV_STATUS_PARTITION_TOO_DEEP
          0xd HV_STATUS_INVALID_PARTITION_ID
          0xe HV_STATUS_INVALID_VP_INDEX
          0x11 HV_STATUS_INVALID_PORT_ID
          0x12 HV_STATUS_INVALID_CONNECTION_ID
          0x13 HV_STATUS_INSUFFICIENT_BUFFERS
          0x14 HV_STATUS_NOT_ACKNOWLEDGED
          0x15 HV_STATUS_INVALID_VP_STATE
          0x16 HV_STATUS_ACKNOWLEDGED
          0x1b HV_STATUS_NO_RESOURCES
          0x1c HV_STATUS_PROCESSOR_FEATURE_NOT_SUPPORTED
          0x50 HV_STATUS_INVALID_REGISTER_VALUE
          0x71 HV_STATUS_INVALID_LP_INDEX
          0x78 HV_STATUS_TIME_OUT
          0x79 HV_STATUS_CALL_PENDING
          0x86 HV_STATUS_VTL_ALREADY_ENABLED""");

  static final Table HYPERCALL_CODE = Table.of("hypercallCode", "Hypercall code",
      "TLFS, \"Hypercall Code Listing\"", """
          0x1 HvCallSwitchVirtualAddressSpace
          0x2 HvCallFlushVirtualAddressSpace
          0x3 HvCallFlushVirtualAddressList
          0x8 HvCallNotifyLongSpinWait
          0xb HvCallSendSyntheticClusterIpi
          0xc HvCallModifyVtlProtectionMask
          0xd HvCallEnablePartitionVtl
          0xf HvCallEnableVpVtl
          0x11 HvCallVtlCall
          0x12 HvCallVtlReturn
          0x13 HvCallFlushVirtualAddressSpaceEx
          0x14 HvCallFlushVirtualAddressListEx
          0x15 HvCallSendSyntheticClusterIpiEx
          0x40 HvCallCreatePartition
          0x41 HvCallInitializePartition
          0x42 HvCallFinalizePartition
          0x43 HvCallDeletePartition
          0x44 HvCallGetPartitionProperty
          0x45 HvCallSetPartitionProperty
          0x46 HvCallGetPartitionId
          0x48 HvCallDepositMemory
          0x49 HvCallWithdrawMemory
          0x4b HvCallMapGpaPages
          0x4c HvCallUnmapGpaPages
          0x4d HvCallInstallIntercept
          0x4e HvCallCreateVp
          0x4f HvCallDeleteVp
          0x50 HvCallGetVpRegisters
          0x51 HvCallSetVpRegisters
          0x52 HvCallTranslateVirtualAddress
          0x53 HvCallReadGpa
          0x54 HvCallWriteGpa
          0x57 HvCallCreatePort
          0x58 HvCallDeletePort
          0x59 HvCallConnectPort
          0x5b HvCallDisconnectPort
          0x5c HvCallPostMessage
          0x5d HvCallSignalEvent
          0x69 HvCallPostDebugData
          0x6a HvCallRetrieveDebugData
          0x6b HvCallResetDebugSession
          0x7c HvCallMapDeviceInterrupt
          0x7d HvCallUnmapDeviceInterrupt
          0x7e HvCallRetargetDeviceInterrupt
          0x99 HvCallStartVirtualProcessor
          0x9a HvCallGetVpIndexFromApicId
          0xaf HvCallFlushGuestPhysicalAddressSpace
          0xb0 HvCallFlushGuestPhysicalAddressList
          0xdb HvCallModifySparseGpaPageHostVisibility""");

  static final Table MSR = Table.of("msr", "MSR",
      "SDM vol. 4; AMD APM vol. 2, appendix A; TLFS, \"Synthetic MSRs\"", """
          0x10 IA32_TIME_STAMP_COUNTER
          0x1b IA32_APIC_BASE
          0x3a IA32_FEATURE_CONTROL
          0x3b IA32_TSC_ADJUST
          0x48 IA32_SPEC_CTRL
          0x49 IA32_PRED_CMD
          0x79 IA32_BIOS_UPDT_TRIG
          0x8b IA32_BIOS_SIGN_ID
          0xce MSR_PLATFORM_INFO
          0x10a IA32_ARCH_CAPABILITIES
          0x10b IA32_FLUSH_CMD
          0x122 IA32_TSX_CTRL
          0x174 IA32_SYSENTER_CS
          0x175 IA32_SYSENTER_ESP
          0x176 IA32_SYSENTER_EIP
          0x179 IA32_MCG_CAP
          0x1a0 IA32_MISC_ENABLE
          0x1d9 IA32_DEBUGCTL
          0x1db MSR_LASTBRANCH_FROM_IP
          0x1dc MSR_LASTBRANCH_TO_IP
          0x1dd MSR_LER_FROM_LIP
          0x1de MSR_LER_TO_LIP
          0x277 IA32_PAT
          0x345 IA32_PERF_CAPABILITIES
          0x38d IA32_FIXED_CTR_CTRL
          0x38f IA32_PERF_GLOBAL_CTRL
          0x480 IA32_VMX_BASIC
          0x481 IA32_VMX_PINBASED_CTLS
          0x482 IA32_VMX_PROCBASED_CTLS
          0x483 IA32_VMX_EXIT_CTLS
          0x484 IA32_VMX_ENTRY_CTLS
          0x485 IA32_VMX_MISC
          0x486 IA32_VMX_CR0_FIXED0
          0x487 IA32_VMX_CR0_FIXED1
          0x488 IA32_VMX_CR4_FIXED0
          0x489 IA32_VMX_CR4_FIXED1
          0x48a IA32_VMX_VMCS_ENUM
          0x48b IA32_VMX_PROCBASED_CTLS2
          0x48c IA32_VMX_EPT_VPID_CAP
          0x48d IA32_VMX_TRUE_PINBASED_CTLS
          0x48e IA32_VMX_TRUE_PROCBASED_CTLS
          0x48f IA32_VMX_TRUE_EXIT_CTLS
          0x490 IA32_VMX_TRUE_ENTRY_CTLS
          0x491 IA32_VMX_VMFUNC
          0x492 IA32_VMX_PROCBASED_CTLS3
          0x493 IA32_VMX_EXIT_CTLS2
          0x6a0 IA32_U_CET
          0x6a2 IA32_S_CET
          0x6a8 IA32_INTERRUPT_SSP_TABLE_ADDR
          0x6e0 IA32_TSC_DEADLINE
          0x6e1 IA32_PKRS
          0x802 IA32_X2APIC_APICID
          0x808 IA32_X2APIC_TPR
          0x80b IA32_X2APIC_EOI
          0x830 IA32_X2APIC_ICR
          0x83f IA32_X2APIC_SELF_IPI
          0xd90 IA32_BNDCFGS
          0xda0 IA32_XSS
          0xc0000080 IA32_EFER
          0xc0000081 IA32_STAR
          0xc0000082 IA32_LSTAR
          0xc0000083 IA32_CSTAR
          0xc0000084 IA32_FMASK
          0xc0000100 IA32_FS_BASE
          0xc0000101 IA32_GS_BASE
          0xc0000102 IA32_KERNEL_GS_BASE
          0xc0000103 IA32_TSC_AUX
          0xc0010015 HWCR
          0xc0010114 VM_CR
          0xc0010117 VM_HSAVE_PA
          0x4b564d00 MSR_KVM_WALL_CLOCK_NEW
          0x4b564d01 MSR_KVM_SYSTEM_TIME_NEW
          0x4b564d02 MSR_KVM_ASYNC_PF_EN
          0x4b564d03 MSR_KVM_STEAL_TIME
          0x4b564d04 MSR_KVM_PV_EOI_EN
          0x4b564d05 MSR_KVM_POLL_CONTROL
          0x4b564d06 MSR_KVM_ASYNC_PF_INT
          0x4b564d07 MSR_KVM_ASYNC_PF_ACK
          0x40000000 HV_X64_MSR_GUEST_OS_ID
          0x40000001 HV_X64_MSR_HYPERCALL
          0x40000002 HV_X64_MSR_VP_INDEX
          0x40000003 HV_X64_MSR_RESET
          0x40000010 HV_X64_MSR_VP_RUNTIME
          0x40000020 HV_X64_MSR_TIME_REF_COUNT
          0x40000021 HV_X64_MSR_REFERENCE_TSC
          0x40000022 HV_X64_MSR_TSC_FREQUENCY
          0x40000023 HV_X64_MSR_APIC_FREQUENCY
          0x40000070 HV_X64_MSR_EOI
          0x40000071 HV_X64_MSR_ICR
          0x40000072 HV_X64_MSR_TPR
          0x40000073 HV_X64_MSR_VP_ASSIST_PAGE
          0x40000080 HV_X64_MSR_SCONTROL
          0x40000081 HV_X64_MSR_SVERSION
          0x40000082 HV_X64_MSR_SIEFP
          0x40000083 HV_X64_MSR_SIMP
          0x40000084 HV_X64_MSR_EOM
          """ + numbered(0x40000090, 16, "HV_X64_MSR_SINT%d") + """
          0x400000b0 HV_X64_MSR_STIMER0_CONFIG
          0x400000b1 HV_X64_MSR_STIMER0_COUNT
          0x400000b2 HV_X64_MSR_STIMER1_CONFIG
          0x400000b3 HV_X64_MSR_STIMER1_COUNT
          0x400000b4 HV_X64_MSR_STIMER2_CONFIG
          0x400000b5 HV_X64_MSR_STIMER2_COUNT
          0x400000b6 HV_X64_MSR_STIMER3_CONFIG
          0x400000b7 HV_X64_MSR_STIMER3_COUNT
          0x400000f0 HV_X64_MSR_GUEST_IDLE
          """ + numbered(0x40000100, 5, "HV_X64_MSR_CRASH_P%d") + """
          0x40000105 HV_X64_MSR_CRASH_CTL
          0x40000106 HV_X64_MSR_REENLIGHTENMENT_CONTROL
          0x40000107 HV_X64_MSR_TSC_EMULATION_CONTROL
          0x40000108 HV_X64_MSR_TSC_EMULATION_STATUS
          0x40000118 HV_X64_MSR_TSC_INVARIANT_CONTROL
          0x40001002 HV_X64_MSR_NESTED_VP_INDEX
          0x40001080 HV_X64_MSR_NESTED_SCONTROL
          0x40001081 HV_X64_MSR_NESTED_SVERSION
          0x40001082 HV_X64_MSR_NESTED_SIEFP
          0x40001083 HV_X64_MSR_NESTED_SIMP
          0x40001084 HV_X64_MSR_NESTED_EOM
          """ + numbered(0x40001090, 16, "HV_X64_MSR_NESTED_SINT%d").stripTrailing());

  static final List<Table> ALL =
      List.of(INSTRUCTION_ERROR, SVM_EXIT, KVM_EXIT, HYPERCALL_STATUS, HYPERCALL_CODE, MSR, SUBERROR);

  private Tables() {}

  private static String numbered(int first, int count, String name) {
    return IntStream.range(0, count)
        .mapToObj(i -> "0x" + Integer.toHexString(first + i) + " " + name.formatted(i) + "\n")
        .collect(Collectors.joining());
  }
}
