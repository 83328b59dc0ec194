package io.vmxdecision.engine.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks whether Hyper-V's CPUID words fit together. The words go by their names in a snapshot. */
public enum CpuidCheck {
  DIRECT_FLUSH_WITHOUT_EVMCS(
      List.of("nestedEax"),
      "Bit 17 of CPUID 0x4000000A EAX offers the L2 TLB flush, but no eVMCS version is offered (bits 15:0 are"
          + " 0): there is no enlightened VMCS, so that L0 handles no flush of an L2 by it. An AMD host looks"
          + " like this.",
      "TLFS, CPUID 0x4000000A EAX"),
  EVMCS_RANGE(
      List.of("nestedEax"),
      "The lowest eVMCS version of CPUID 0x4000000A EAX (7:0) is above the highest (15:8).",
      "TLFS, CPUID 0x4000000A EAX"),
  AMD_TLB_WITH_EVMCS(
      List.of("nestedEax"),
      "CPUID 0x4000000A EAX offers an eVMCS, which is Intel's, and the enlightened TLB (bit 22), which is AMD's.",
      "TLFS, CPUID 0x4000000A EAX"),
  EVMCS_RECOMMENDED_WITHOUT_EVMCS(
      List.of("enlightenmentsEax", "nestedEax"),
      "Bit 14 of CPUID 0x40000004 EAX recommends the enlightened VMCS, but CPUID 0x4000000A EAX offers no"
          + " version of it.",
      "TLFS, CPUID 0x40000004 EAX"),
  EVMCS_NOT_RECOMMENDED(
      List.of("enlightenmentsEax", "nestedEax"),
      "CPUID 0x4000000A EAX offers an eVMCS, but bit 14 of CPUID 0x40000004 EAX does not recommend it: Hyper-V"
          + " and KVM as L1 then do not use it.",
      "TLFS, CPUID 0x40000004 EAX"),
  EX_MASKS_WITHOUT_FLUSH_OR_IPI(
      List.of("enlightenmentsEax"),
      "Bit 11 of CPUID 0x40000004 EAX recommends the Ex calls, but neither remote TLB flushes (bit 2) nor cluster"
          + " IPIs (bit 10) by hypercall are.",
      "TLFS, CPUID 0x40000004 EAX");

  private static final int VERSIONS = 0xffff;
  private static final int VERSION = 0xff;
  private static final int DIRECT_FLUSH = 1 << 17;
  private static final int AMD_TLB = 1 << 22;
  private static final int REMOTE_FLUSH = 1 << 2;
  private static final int CLUSTER_IPI = 1 << 10;
  private static final int EX_MASKS = 1 << 11;
  private static final int EVMCS_RECOMMENDED = 1 << 14;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> words;

  private final String statement;
  private final String specification;

  CpuidCheck(List<String> words, String statement, String specification) {
    this.words = words;
    this.statement = statement;
    this.specification = specification;
  }

  /** The words that it is about: {@code nestedEax}, {@code enlightenmentsEax}. */
  public List<String> words() {
    return words;
  }

  /** What is wrong, as a sentence. */
  public String statement() {
    return statement;
  }

  /** What its findings mean: nothing refuses such words. */
  public Severity severity() {
    return Severity.WARNING;
  }

  /** Where it comes from. */
  public List<String> references() {
    return List.of(specification);
  }

  /** The checks that do not hold; a check of a word that is not given is left out. Allocates. */
  public static List<CpuidCheck> violated(Map<String, Integer> given) {
    List<CpuidCheck> violated = new ArrayList<>();
    for (CpuidCheck check : values()) {
      if (given.keySet().containsAll(check.words) && check.isViolated(given)) {
        violated.add(check);
      }
    }
    return violated;
  }

  private boolean isViolated(Map<String, Integer> given) {
    int nested = given.getOrDefault("nestedEax", 0);
    int hints = given.getOrDefault("enlightenmentsEax", 0);
    boolean evmcs = (nested & VERSIONS) != 0;
    return switch (this) {
      case DIRECT_FLUSH_WITHOUT_EVMCS -> (nested & DIRECT_FLUSH) != 0 && !evmcs;
      case EVMCS_RANGE -> (nested & VERSION) > ((nested >>> Byte.SIZE) & VERSION);
      case AMD_TLB_WITH_EVMCS -> evmcs && (nested & AMD_TLB) != 0;
      case EVMCS_RECOMMENDED_WITHOUT_EVMCS -> !evmcs && (hints & EVMCS_RECOMMENDED) != 0;
      case EVMCS_NOT_RECOMMENDED -> evmcs && (hints & EVMCS_RECOMMENDED) == 0;
      case EX_MASKS_WITHOUT_FLUSH_OR_IPI ->
        (hints & EX_MASKS) != 0 && (hints & (REMOTE_FLUSH | CLUSTER_IPI)) == 0;
    };
  }
}
