package io.vmxdecision.artefacts.machine;

import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.engine.check.CpuidCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Decodes Hyper-V's CPUID words of an artefact, and lets the engine check that they fit together. */
final class CpuidFindings {
  private static final String FEATURES = "TLFS, \"Feature Discovery\", CPUID 0x40000003 EDX";
  private static final String HINTS = "TLFS, \"Feature Discovery\", CPUID 0x40000004 EAX";

  private static final Map<Integer, String> FEATURE_BITS = Map.ofEntries(
      Map.entry(0, "MWAIT (deprecated)"), Map.entry(1, "guest debugging"),
      Map.entry(2, "performance monitor"), Map.entry(3, "physical CPU dynamic partitioning"),
      Map.entry(4, "hypercall input in XMM registers"), Map.entry(5, "virtual guest idle state"),
      Map.entry(6, "hypervisor sleep state"), Map.entry(7, "NUMA distances"),
      Map.entry(8, "timer frequencies"), Map.entry(9, "synthetic machine checks"),
      Map.entry(10, "guest crash MSRs"), Map.entry(11, "debug MSRs"), Map.entry(12, "NPIEP"),
      Map.entry(13, "disable hypervisor"), Map.entry(14, "extended GVA ranges for flush lists"),
      Map.entry(15, "hypercall output in XMM registers"), Map.entry(17, "SINT polling mode"),
      Map.entry(18, "hypercall MSR lock"), Map.entry(19, "direct synthetic timers"),
      Map.entry(20, "PAT register for VSM"), Map.entry(21, "BNDCFGS register for VSM"),
      Map.entry(23, "unhalted synthetic timer"), Map.entry(26, "LBR"));

  private static final Map<Integer, String> HINT_BITS = Map.ofEntries(
      Map.entry(0, "hypercall for address-space switches"), Map.entry(1, "hypercall for local TLB flushes"),
      Map.entry(2, "hypercall for remote TLB flushes"), Map.entry(3, "MSRs for the APIC"),
      Map.entry(4, "MSR for reset"), Map.entry(5, "relaxed timing"), Map.entry(6, "DMA remapping"),
      Map.entry(7, "interrupt remapping"), Map.entry(8, "x2APIC MSRs"), Map.entry(9, "no AutoEOI"),
      Map.entry(10, "hypercall for cluster IPIs"), Map.entry(11, "Ex calls with VP sets"),
      Map.entry(12, "the hypervisor is nested"), Map.entry(13, "INT for MBEC system calls"),
      Map.entry(14, "enlightened VMCS"), Map.entry(15, "synced timeline"),
      Map.entry(17, "direct local flush of the whole TLB"),
      Map.entry(18, "no non-architectural core sharing"),
      Map.entry(19, "PAT and BNDCFGS intercepts"), Map.entry(20, "hypercall for MMIO access"));

  private CpuidFindings() {}

  /** Decodes what is there and checks it. */
  static void add(Artefact artefact) {
    Map<String, Integer> words = artefact.cpuid();
    Integer nested = words.get("nestedEax");
    if (nested != null) {
      artefact.decode(Readings.nestedFeatures(nested));
    }
    bits(artefact, words.get("enlightenmentsEax"), "enlightenments", HINT_BITS, HINTS);
    bits(artefact, words.get("featuresEdx"), "features", FEATURE_BITS, FEATURES);
    for (CpuidCheck check : CpuidCheck.violated(words)) {
      artefact.fault(
          new Fault(check.name(), check.severity(), check.words(), check.statement(), check.references()));
    }
  }

  private static void bits(
      Artefact artefact, @org.jspecify.annotations.Nullable Integer word, String as,
      Map<Integer, String> names,
      String source) {
    if (word == null) {
      return;
    }
    List<String> set = new ArrayList<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if (((word >>> bit) & 1) != 0) {
        set.add(bit + " " + names.getOrDefault(bit, "(reserved or not in the TLFS)"));
      }
    }
    artefact.decode(
        Reading.having().word("value", Integer.toUnsignedLong(word)).with("set", set)
            .as(as, "Set: " + (set.isEmpty() ? "nothing" : String.join(", ", set)) + ".", source));
  }
}
