package io.vmxdecision.engine.entry;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What else an entry depends on, each true or false: the state of the vCPU that enters, and of its CPU. */
public enum Circumstance implements EntryFact {
  /** L1 is in a MOV-SS or POP-SS shadow. */
  MOV_SS_BLOCKING("entry.movSsBlocking", Truth.NO, Truth.NO),
  /** The launch state of an ordinary VMCS is "launched". */
  LAUNCHED("entry.launched", Truth.NO, Truth.NO),
  /** IA32_EFER.LMA at the instruction. */
  LONG_MODE("entry.longMode", Truth.YES, Truth.YES),
  /** CR4.LA57 at the instruction. */
  LA57("entry.la57", Truth.NO, Truth.NO),
  /** L1's APIC is in x2APIC mode. */
  X2APIC("entry.x2apic", Truth.NO, Truth.NO),
  /** The logical processor is in SMM at the instruction. */
  SMM("entry.smm", Truth.NO, Truth.NO),
  /** Intel PT traces at the instruction: IA32_RTIT_CTL bit 0. */
  TRACING("entry.tracing", Truth.NO, Truth.MAYBE),
  /** The host CPU has 5-level paging: linear addresses may have 57 bits. */
  HOST_LA57("host.la57", Truth.NO, Truth.NO),
  /** SGX, CPUID 7.0 EBX bit 2. */
  SGX("cpuid.sgx", Truth.NO, Truth.MAYBE),
  /** RTM, CPUID 7.0 EBX bit 11. */
  RTM("cpuid.rtm", Truth.YES, Truth.MAYBE),
  /** Bus-lock detection, CPUID 7.0 ECX bit 24. */
  BUS_LOCK_DETECTION("cpuid.busLockDetection", Truth.NO, Truth.MAYBE),
  /** The CPU stores the access rights of a segment in 16 bits: VMWRITE loses bits 11:8 and 31:17. */
  NARROW_ACCESS_RIGHTS("host.narrowAccessRights", Truth.NO, Truth.MAYBE),
  /** The CPU refuses to inject an NMI into an STI shadow; the SDM leaves it to the CPU. */
  STI_BLOCKS_NMI("host.stiBlocksNmi", Truth.NO, Truth.MAYBE),
  /** The CPU refuses to load the MSRs of the microcode update at VM entry; the SDM leaves it to the CPU. */
  BLOCKS_MICROCODE_MSRS("host.blocksMicrocodeMsrs", Truth.YES, Truth.MAYBE),
  /** The address of the current VMCS. Given by {@link VmEntry#vmcsPointer}. */
  VMCS_POINTER("entry.vmcsPointer", Truth.MAYBE, Truth.MAYBE),
  /** All memory that a check reads is in the snapshot. Never given: a check finds out for itself. */
  MEMORY("memory", Truth.MAYBE, Truth.MAYBE);

  private static final Circumstance[] ALL = values();
  private static final Map<String, Circumstance> BY_LABEL =
      Arrays.stream(ALL).collect(Collectors.toUnmodifiableMap(Circumstance::label, Function.identity()));

  private final String label;
  private final int underKvm;
  private final int onBareCpu;

  Circumstance(String label, int underKvm, int onBareCpu) {
    this.label = label;
    this.underKvm = underKvm;
    this.onBareCpu = onBareCpu;
  }

  /** The circumstance of that name, such as {@code entry.longMode}, or null. */
  public static @Nullable Circumstance of(String label) {
    return BY_LABEL.get(label);
  }

  static int count() {
    return ALL.length;
  }

  @Override
  public String label() {
    return label;
  }

  /** The {@link Truth} when nothing is given. */
  int byDefault(EntryProfile profile) {
    return profile == EntryProfile.SDM ? onBareCpu : underKvm;
  }
}
