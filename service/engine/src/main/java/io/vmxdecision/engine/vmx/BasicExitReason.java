package io.vmxdecision.engine.vmx;

import org.jspecify.annotations.Nullable;

/**
 * The basic VM-exit reasons (SDM vol. 3, appendix C, "VMX Basic Exit Reasons"). The names are those
 * of Linux ({@code EXIT_REASON_*} of {@code asm/vmx.h}) where Linux 6.12 has one, else they follow
 * the SDM.
 */
public enum BasicExitReason {
  EXCEPTION_NMI(0, "Exception or non-maskable interrupt (NMI)"),
  EXTERNAL_INTERRUPT(1, "External interrupt"),
  TRIPLE_FAULT(2, "Triple fault"),
  INIT_SIGNAL(3, "INIT signal"),
  SIPI_SIGNAL(4, "Start-up IPI (SIPI)"),
  IO_SMI(5, "I/O system-management interrupt (SMI)"),
  OTHER_SMI(6, "Other SMI"),
  INTERRUPT_WINDOW(7, "Interrupt window"),
  NMI_WINDOW(8, "NMI window"),
  TASK_SWITCH(9, "Task switch"),
  CPUID(10, "CPUID"),
  GETSEC(11, "GETSEC"),
  HLT(12, "HLT"),
  INVD(13, "INVD"),
  INVLPG(14, "INVLPG"),
  RDPMC(15, "RDPMC"),
  RDTSC(16, "RDTSC"),
  RSM(17, "RSM"),
  VMCALL(18, "VMCALL"),
  VMCLEAR(19, "VMCLEAR"),
  VMLAUNCH(20, "VMLAUNCH"),
  VMPTRLD(21, "VMPTRLD"),
  VMPTRST(22, "VMPTRST"),
  VMREAD(23, "VMREAD"),
  VMRESUME(24, "VMRESUME"),
  VMWRITE(25, "VMWRITE"),
  VMOFF(26, "VMXOFF"),
  VMON(27, "VMXON"),
  CR_ACCESS(28, "Control-register access"),
  DR_ACCESS(29, "MOV DR"),
  IO_INSTRUCTION(30, "I/O instruction"),
  MSR_READ(31, "RDMSR"),
  MSR_WRITE(32, "WRMSR or WRMSRNS"),
  INVALID_STATE(33, "VM-entry failure due to invalid guest state"),
  MSR_LOAD_FAIL(34, "VM-entry failure due to MSR loading"),
  MWAIT_INSTRUCTION(36, "MWAIT"),
  MONITOR_TRAP_FLAG(37, "Monitor trap flag (MTF)"),
  MONITOR_INSTRUCTION(39, "MONITOR"),
  PAUSE_INSTRUCTION(40, "PAUSE"),
  MCE_DURING_VMENTRY(41, "VM-entry failure due to machine-check event"),
  TPR_BELOW_THRESHOLD(43, "TPR below threshold"),
  APIC_ACCESS(44, "APIC access"),
  EOI_INDUCED(45, "Virtualized EOI"),
  GDTR_IDTR(46, "Access to GDTR or IDTR"),
  LDTR_TR(47, "Access to LDTR or TR"),
  EPT_VIOLATION(48, "EPT violation"),
  EPT_MISCONFIG(49, "EPT misconfiguration"),
  INVEPT(50, "INVEPT"),
  RDTSCP(51, "RDTSCP"),
  PREEMPTION_TIMER(52, "VMX-preemption timer expired"),
  INVVPID(53, "INVVPID"),
  WBINVD(54, "WBINVD or WBNOINVD"),
  XSETBV(55, "XSETBV"),
  APIC_WRITE(56, "APIC write"),
  RDRAND(57, "RDRAND"),
  INVPCID(58, "INVPCID"),
  VMFUNC(59, "VMFUNC"),
  ENCLS(60, "ENCLS"),
  RDSEED(61, "RDSEED"),
  PML_FULL(62, "Page-modification log full"),
  XSAVES(63, "XSAVES"),
  XRSTORS(64, "XRSTORS"),
  PCONFIG(65, "PCONFIG"),
  SPP_EVENT(66, "SPP-related event"),
  UMWAIT(67, "UMWAIT"),
  TPAUSE(68, "TPAUSE"),
  LOADIWKEY(69, "LOADIWKEY"),
  ENCLV(70, "ENCLV"),
  ENQCMD(72, "ENQCMD PASID translation failure"),
  ENQCMDS(73, "ENQCMDS PASID translation failure"),
  BUS_LOCK(74, "Bus lock"),
  NOTIFY(75, "Instruction timeout (notify window)"),
  SEAMCALL(76, "SEAMCALL"),
  TDCALL(77, "TDCALL"),
  RDMSRLIST(78, "RDMSRLIST"),
  WRMSRLIST(79, "WRMSRLIST"),
  URDMSR(80, "URDMSR"),
  UWRMSR(81, "UWRMSR"),
  MSR_READ_IMM(84, "RDMSR with an immediate"),
  MSR_WRITE_IMM(85, "WRMSRNS with an immediate");

  private static final @Nullable BasicExitReason[] BY_NUMBER = byNumber();

  private final int number;
  private final String title;

  BasicExitReason(int number, String title) {
    this.number = number;
    this.title = title;
  }

  /** The basic reason of that number (bits 15:0 of an exit reason), or null if none is defined. */
  public static @Nullable BasicExitReason of(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  /** The number, 0..85. */
  public int number() {
    return number;
  }

  /** What the SDM calls it. */
  public String title() {
    return title;
  }

  private static @Nullable BasicExitReason[] byNumber() {
    BasicExitReason[] reasons = values();
    @Nullable BasicExitReason[] table =
        new @Nullable BasicExitReason[reasons[reasons.length - 1].number + 1];
    for (BasicExitReason reason : reasons) {
      table[reason.number] = reason;
    }
    return table;
  }
}
