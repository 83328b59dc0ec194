package io.vmxdecision.artefacts.trace;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The exit codes of AMD SVM by the names that traces print. APM vol. 2, appendix C, "SVM Intercept Exit Codes"; the
 * names are Linux's ({@code SVM_EXIT_REASONS}).
 */
public final class SvmExitCode {
  /** Physical interrupt. */
  public static final int INTR = 0x60;

  /** Non-maskable interrupt. */
  public static final int NMI = 0x61;

  /** MSR access. */
  public static final int MSR = 0x7c;

  /** I/O instruction. */
  public static final int IOIO = 0x7b;

  /** VMMCALL, printed as {@code hypercall}. */
  public static final int VMMCALL = 0x81;

  /** Nested page fault. */
  public static final int NPF = 0x400;

  /** The synthetic exit after a TLB flush (TLFS, {@code HV_SVM_EXITCODE_ENL}). */
  public static final int ENL = 0xf000_0000;

  private static final int EXCEPTIONS = 0x40;
  private static final Map<Integer, String> NAMES = new HashMap<>();
  private static final Map<String, Integer> NUMBERS = new HashMap<>();
  private static final Map<String, Integer> PLUGIN_NAMES = new HashMap<>();

  static {
    registers("read_cr", 0x0, 16);
    registers("write_cr", 0x10, 16);
    registers("read_dr", 0x20, 16);
    registers("write_dr", 0x30, 16);
    String[] exceptions = {
      "DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", "", "TS", "NP", "SS", "GP", "PF", "", "MF",
      "AC", "MC", "XF", "", "CP"};
    for (int vector = 0; vector < exceptions.length; vector++) {
      if (!exceptions[vector].isEmpty()) {
        name(EXCEPTIONS + vector, exceptions[vector] + " excp", "EXCP" + vector);
      }
    }
    name(INTR, "interrupt", "EXIT_INTR");
    name(NMI, "nmi", "EXIT_NMI");
    name(0x62, "smi", "EXIT_SMI");
    name(0x63, "init", "EXIT_INIT");
    name(0x64, "vintr", "EXIT_VINTR");
    name(0x65, "cr0_sel_trap", "EXIT_CR0_SEL_WRITE");
    name(0x66, "read_idtr", "EXIT_IDTR_READ");
    name(0x67, "read_gdtr", "EXIT_GDTR_READ");
    name(0x68, "read_ldtr", "EXIT_LDTR_READ");
    name(0x69, "read_rt", "EXIT_TR_READ");
    name(0x6a, "write_idtr", "EXIT_IDTR_WRITE");
    name(0x6b, "write_gdtr", "EXIT_GDTR_WRITE");
    name(0x6c, "write_ldtr", "EXIT_LDTR_WRITE");
    name(0x6d, "write_rt", "EXIT_TR_WRITE");
    name(0x6e, "rdtsc", "EXIT_RDTSC");
    name(0x6f, "rdpmc", "EXIT_RDPMC");
    name(0x70, "pushf", "EXIT_PUSHF");
    name(0x71, "popf", "EXIT_POPF");
    name(0x72, "cpuid", "EXIT_CPUID");
    name(0x73, "rsm", "EXIT_RSM");
    name(0x74, "iret", "EXIT_IRET");
    name(0x75, "swint", "EXIT_SWINT");
    name(0x76, "invd", "EXIT_INVD");
    name(0x77, "pause", "EXIT_PAUSE");
    name(0x78, "hlt", "EXIT_HLT");
    name(0x79, "invlpg", "EXIT_INVLPG");
    name(0x7a, "invlpga", "EXIT_INVLPGA");
    name(IOIO, "io", "EXIT_IOIO");
    name(MSR, "msr", "EXIT_MSR");
    name(0x7d, "task_switch", "EXIT_TASK_SWITCH");
    name(0x7e, "ferr_freeze", "EXIT_FERR_FREEZE");
    name(0x7f, "shutdown", "EXIT_SHUTDOWN");
    name(0x80, "vmrun", "EXIT_VMRUN");
    name(VMMCALL, "hypercall", "EXIT_VMMCALL");
    name(0x82, "vmload", "EXIT_VMLOAD");
    name(0x83, "vmsave", "EXIT_VMSAVE");
    name(0x84, "stgi", "EXIT_STGI");
    name(0x85, "clgi", "EXIT_CLGI");
    name(0x86, "skinit", "EXIT_SKINIT");
    name(0x87, "rdtscp", "EXIT_RDTSCP");
    name(0x88, "icebp", "EXIT_ICEBP");
    name(0x89, "wbinvd", "EXIT_WBINVD");
    name(0x8a, "monitor", "EXIT_MONITOR");
    name(0x8b, "mwait", "EXIT_MWAIT");
    name(0x8c, "mwait_cond", "EXIT_MWAIT_COND");
    name(0x8d, "xsetbv", "EXIT_XSETBV");
    name(0x8e, "rdpru", "EXIT_RDPRU");
    name(0x8f, "efer_trap", "EXIT_EFER_WRITE_TRAP");
    name(0x90, "write_cr0_trap", "EXIT_CR0_WRITE_TRAP");
    name(0x94, "write_cr4_trap", "EXIT_CR4_WRITE_TRAP");
    name(0x98, "write_cr8_trap", "EXIT_CR8_WRITE_TRAP");
    name(0xa2, "invpcid", "EXIT_INVPCID");
    name(0xa5, "bus_lock", "EXIT_BUS_LOCK");
    name(0xa6, "idle_hlt", "EXIT_IDLE_HLT");
    name(NPF, "npf", "EXIT_NPF");
    name(0x401, "avic_incomplete_ipi", "EXIT_AVIC_INCOMPLETE_IPI");
    name(0x402, "avic_unaccelerated_access", "EXIT_AVIC_UNACCELERATED_ACCESS");
    name(0x403, "vmgexit", "EXIT_VMGEXIT");
    name(-1, "invalid_guest_state", "EXIT_ERR");
  }

  private SvmExitCode() {}

  /** The exit code of that name, as the kernel or as {@code trace-cmd}'s plugin prints it, or null. */
  public static @Nullable Integer of(String name) {
    return NUMBERS.get(name);
  }

  /** The kernel's name of an exit code, or null. */
  public static @Nullable String name(int code) {
    return code == ENL ? "HV_SVM_EXITCODE_ENL" : NAMES.get(code);
  }

  /** The names that {@code trace-cmd}'s plugin prints. */
  static Map<String, Integer> pluginNames() {
    return PLUGIN_NAMES;
  }

  /** Whether it is the exit of an exception, by its vector. */
  public static boolean isException(int code) {
    return code >= EXCEPTIONS && code < EXCEPTIONS + Integer.SIZE;
  }

  private static void registers(String prefix, int first, int count) {
    for (int number = 0; number < count; number++) {
      name(first + number, prefix + number, "EXIT_" + prefix.toUpperCase(java.util.Locale.ROOT) + number);
    }
  }

  private static void name(int code, String kernel, String plugin) {
    NAMES.put(code, kernel);
    NUMBERS.put(kernel, code);
    NUMBERS.put(plugin, code);
    PLUGIN_NAMES.put(plugin, code);
  }
}
