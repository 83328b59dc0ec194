package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run of bits of a capability word, and what the SDM calls it. SDM vol. 3, appendix A "VMX Capability
 * Reporting Facility", and of the words that are no VMX capability: "Control Registers", "IA32_EFER",
 * "IA32_DEBUGCTL", "IA32_PERF_GLOBAL_CTRL". Of a control word, bit n is control n: capability bits n and n+32.
 *
 * @param low the lowest bit, 0..63
 * @param high the highest bit, {@code low}..63
 * @param title what the SDM calls it
 */
public record CapabilityBits(int low, int high, String title) {
  private static final Map<Capability, EvmcsField> CONTROLS =
      new EnumMap<>(
          Map.of(
              Capability.VMX_TRUE_PINBASED_CTLS, EvmcsField.PIN_BASED_VM_EXEC_CONTROL,
              Capability.VMX_TRUE_PROCBASED_CTLS, EvmcsField.CPU_BASED_VM_EXEC_CONTROL,
              Capability.VMX_PROCBASED_CTLS2, EvmcsField.SECONDARY_VM_EXEC_CONTROL,
              Capability.VMX_TRUE_EXIT_CTLS, EvmcsField.VM_EXIT_CONTROLS,
              Capability.VMX_TRUE_ENTRY_CTLS, EvmcsField.VM_ENTRY_CONTROLS));

  private static final String CR0 = """
      0 PE (protection enable)
      1 MP (monitor coprocessor)
      2 EM (emulation)
      3 TS (task switched)
      4 ET (extension type)
      5 NE (numeric error)
      16 WP (write protect)
      18 AM (alignment mask)
      29 NW (not write-through)
      30 CD (cache disable)
      31 PG (paging)
      """;

  private static final String CR4 = """
      0 VME (virtual-8086 mode extensions)
      1 PVI (protected-mode virtual interrupts)
      2 TSD (time stamp disable)
      3 DE (debugging extensions)
      4 PSE (page size extensions)
      5 PAE (physical address extension)
      6 MCE (machine-check enable)
      7 PGE (page global enable)
      8 PCE (performance-monitoring counter enable)
      9 OSFXSR (FXSAVE and FXRSTOR)
      10 OSXMMEXCPT (unmasked SIMD floating-point exceptions)
      11 UMIP (user-mode instruction prevention)
      12 LA57 (57-bit linear addresses)
      13 VMXE (VMX enable)
      14 SMXE (SMX enable)
      16 FSGSBASE (RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE)
      17 PCIDE (process-context identifiers)
      18 OSXSAVE (XSAVE and processor extended states)
      19 KL (key locker)
      20 SMEP (supervisor-mode execution prevention)
      21 SMAP (supervisor-mode access prevention)
      22 PKE (protection keys for user-mode pages)
      23 CET (control-flow enforcement technology)
      24 PKS (protection keys for supervisor-mode pages)
      25 UINTR (user interrupts)
      27 LASS (linear-address space separation)
      28 LAM_SUP (linear-address masking for supervisor pointers)
      32 FRED (flexible return and event delivery)
      """;

  private static final String MISC = """
      4:0 bit of the TSC at whose changes the VMX-preemption timer counts down
      5 VM exits store IA32_EFER.LMA into "IA-32e mode guest"
      6 activity state HLT
      7 activity state shutdown
      8 activity state wait-for-SIPI
      14 Intel PT can be used in VMX operation
      15 RDMSR can read IA32_SMBASE in SMM
      24:16 number of CR3-target values
      27:25 MSR lists have at most 512 times (this + 1) entries
      28 IA32_SMM_MONITOR_CTL bit 2 can be 1
      29 VMWRITE can write to VM-exit information fields
      30 injection with an instruction length of 0
      63:32 MSEG revision identifier
      """;

  private static final String EPT_VPID = """
      0 execute-only translations
      6 page-walk length of 4
      7 page-walk length of 5
      8 paging structures uncacheable (UC)
      14 paging structures write-back (WB)
      16 2-MByte pages
      17 1-GByte pages
      20 INVEPT
      21 accessed and dirty flags
      22 advanced VM-exit information for EPT violations
      23 supervisor shadow-stack control
      25 INVEPT, single-context
      26 INVEPT, all-context
      32 INVVPID
      40 INVVPID, individual-address
      41 INVVPID, single-context
      42 INVVPID, all-context
      43 INVVPID, single-context-retaining-globals
      53:48 maximum HLAT prefix size
      """;

  private static final String BASIC = """
      30:0 VMCS revision identifier
      44:32 size of the VMXON region and of a VMCS in bytes
      48 addresses of VMX structures have 32 bits
      49 dual-monitor treatment of SMIs
      53:50 memory type for the VMCS and structures it refers to
      54 VM exits report information on INS and OUTS
      55 the TRUE capability MSRs exist
      56 a hardware exception is injected with or without an error code, whatever its vector
      """;

  private static final String DEBUGCTL = """
      0 LBR (last-branch records)
      1 BTF (single-step on branches)
      2 BLD (bus-lock detection)
      6 TR (branch trace messages)
      7 BTS (branch trace store)
      8 BTINT (branch trace interrupt)
      9 BTS_OFF_OS (no BTS at CPL 0)
      10 BTS_OFF_USR (no BTS above CPL 0)
      11 FREEZE_LBRS_ON_PMI
      12 FREEZE_PERFMON_ON_PMI
      13 ENABLE_UNCORE_PMI
      14 FREEZE_WHILE_SMM
      15 RTM_DEBUG
      """;

  private static final String EFER = """
      0 SCE (SYSCALL enable)
      8 LME (IA-32e mode enable)
      10 LMA (IA-32e mode active)
      11 NXE (execute-disable enable)
      """;

  private static final String PERF_GLOBAL_CTRL = """
      0 IA32_PMC0
      1 IA32_PMC1
      2 IA32_PMC2
      3 IA32_PMC3
      4 IA32_PMC4
      5 IA32_PMC5
      6 IA32_PMC6
      7 IA32_PMC7
      32 IA32_FIXED_CTR0
      33 IA32_FIXED_CTR1
      34 IA32_FIXED_CTR2
      35 IA32_FIXED_CTR3
      48 PERF_METRICS
      """;

  private static final String TERTIARY = """
      0 LOADIWKEY exiting
      1 enable HLAT
      2 EPT paging-write control
      3 guest-paging verification
      4 IPI virtualization
      6 enable MSR-list instructions
      7 virtualize IA32_SPEC_CTRL
      """;

  private static final String EXIT_2 = """
      0 save FRED state
      1 load FRED state
      3 prematurely busy shadow stack
      """;

  private static final Map<Capability, List<CapabilityBits>> OF = table();

  /** The control word whose bits the capability rules, or null: the capability is none of a control word. */
  public static @Nullable EvmcsField controls(Capability capability) {
    return CONTROLS.get(capability);
  }

  /** The bits of {@code capability} that have a name, lowest first. */
  public static List<CapabilityBits> of(Capability capability) {
    return OF.getOrDefault(capability, List.of());
  }

  private static Map<Capability, List<CapabilityBits>> table() {
    Map<Capability, List<CapabilityBits>> table = new EnumMap<>(Capability.class);
    CONTROLS.forEach(
        (capability, field) -> {
          List<CapabilityBits> controls = new ArrayList<>();
          for (int bit = 0; bit < Integer.SIZE; bit++) {
            Control control = Control.of(field, bit);
            if (control != null) {
              controls.add(new CapabilityBits(bit, bit, control.title()));
            }
          }
          table.put(capability, List.copyOf(controls));
        });
    table.put(Capability.VMX_MISC, read(MISC));
    table.put(Capability.VMX_CR0_FIXED0, read(CR0));
    table.put(Capability.VMX_CR0_FIXED1, read(CR0));
    table.put(Capability.VMX_CR4_FIXED0, read(CR4));
    table.put(Capability.VMX_CR4_FIXED1, read(CR4));
    table.put(Capability.VMX_EPT_VPID_CAP, read(EPT_VPID));
    table.put(Capability.VMX_VMFUNC, read("0 EPTP switching"));
    table.put(Capability.EFER, read(EFER));
    table.put(Capability.DEBUGCTL, read(DEBUGCTL));
    table.put(Capability.PERF_GLOBAL_CTRL, read(PERF_GLOBAL_CTRL));
    table.put(Capability.VMX_BASIC, read(BASIC));
    table.put(Capability.VMX_PROCBASED_CTLS3, read(TERTIARY));
    table.put(Capability.VMX_EXIT_CTLS2, read(EXIT_2));
    return table;
  }

  private static List<CapabilityBits> read(String lines) {
    return lines.lines().map(CapabilityBits::line).toList();
  }

  /** {@code 24:16 title} or {@code 5 title}. */
  private static CapabilityBits line(String line) {
    int blank = line.indexOf(' ');
    String place = line.substring(0, blank);
    int colon = place.indexOf(':');
    int low = Integer.parseInt(place.substring(colon + 1));
    int high = colon < 0 ? low : Integer.parseInt(place.substring(0, colon));
    return new CapabilityBits(low, high, line.substring(blank + 1));
  }

  /** The value of these bits in {@code word}. */
  public long in(long word) {
    return (word >>> low) & mask(high - low);
  }

  /** These bits, set. */
  public long mask() {
    return mask(high - low) << low;
  }

  private static long mask(int last) {
    return -1L >>> (Long.SIZE - 1 - last);
  }
}
