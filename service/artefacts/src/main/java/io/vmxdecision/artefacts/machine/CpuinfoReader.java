package io.vmxdecision.artefacts.machine;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code /proc/cpuinfo} and {@code lscpu} say of virtualization: the line {@code vmx flags}, and in
 * {@code flags} the words {@code vmx}, {@code svm} and {@code hypervisor}. The lines of other CPUs that say the same are
 * one with the first.
 */
public final class CpuinfoReader implements TextReader {
  private static final Pattern VMX_FLAGS =
      Pattern.compile("^\\s{0,8}vmx flags\\s{0,8}:\\s{1,40}([a-z][a-z0-9_ ]{2,2000})$");
  private static final Pattern FLAGS =
      Pattern.compile("^\\s{0,8}[Ff]lags\\s{0,8}:\\s{1,40}(fpu [a-z0-9_ ]{20,8000})$");

  /** The kernel's words for what the VMX capability MSRs offer (arch/x86/kernel/cpu/feat_ctl.c). */
  private static final Map<String, String> MEANINGS = Map.ofEntries(
      Map.entry("preemption_timer", "VMX-preemption timer"), Map.entry("posted_intr", "posted interrupts"),
      Map.entry("invvpid", "INVVPID"), Map.entry("ept_x_only", "execute-only EPT entries"),
      Map.entry("ept_ad", "accessed and dirty flags for EPT"), Map.entry("ept_1gb", "1-GiB EPT entries"),
      Map.entry("ept_5level", "EPT of 5 levels"),
      Map.entry("flexpriority", "TPR shadow and virtualized APIC accesses"),
      Map.entry("apicv", "APIC-register virtualization and virtual-interrupt delivery"),
      Map.entry("tsc_offset", "TSC offsetting"), Map.entry("vtpr", "TPR shadow"),
      Map.entry("mtf", "monitor trap flag"), Map.entry("vapic", "virtualized APIC accesses"),
      Map.entry("ept", "EPT"), Map.entry("vpid", "VPID"),
      Map.entry("unrestricted_guest", "unrestricted guest"),
      Map.entry("vapic_reg", "APIC-register virtualization"),
      Map.entry("vid", "virtual-interrupt delivery"), Map.entry("ple", "PAUSE-loop exiting"),
      Map.entry("shadow_vmcs", "VMCS shadowing"), Map.entry("pml", "page-modification logging"),
      Map.entry("ept_violation_ve", "EPT-violation #VE"),
      Map.entry("ept_mode_based_exec", "mode-based execute control for EPT"),
      Map.entry("tsc_scaling", "TSC scaling"), Map.entry("usr_wait_pause", "user wait and pause"),
      Map.entry("notify_vm_exiting", "notify VM exiting"), Map.entry("ipi_virt", "IPI virtualization"),
      Map.entry("vnmi", "virtual NMIs"));

  private final Consumer<Artefact> found;
  private String last = "";
  private @Nullable Artefact cpu;
  private boolean hypervisor;

  /** A reader that hands on what it finds. */
  public CpuinfoReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = line.text();
    if (!line.whole() || text.indexOf(':') < 0 || text.indexOf("lags") < 0) {
      return false;
    }
    Matcher vmx = VMX_FLAGS.matcher(text);
    Matcher flags = FLAGS.matcher(text);
    if (vmx.find()) {
      return vmxFlags(vmx.group(1).strip(), line);
    }
    if (flags.find()) {
      return flags(Set.copyOf(List.of(flags.group(1).strip().split(" ", -1)).stream().distinct().toList()),
          line);
    }
    return false;
  }

  private boolean flags(Set<String> flags, Line line) {
    boolean vmx = flags.contains("vmx");
    boolean svm = flags.contains("svm");
    hypervisor = flags.contains("hypervisor");
    String said = vmx + " " + svm + " " + hypervisor;
    if (said.equals(last)) {
      return true; // another CPU
    }
    end();
    last = said;
    Artefact artefact = begin(line);
    artefact.decode(Reading.having().with("vmx", vmx).with("svm", svm).with("hypervisor", hypervisor)
        .as("virtualization",
            (vmx ? "The CPU has VMX." : svm ? "The CPU has SVM." : "The CPU has neither VMX nor SVM.")
                + (hypervisor
                    ? " The kernel runs under a hypervisor, which is L0 to it."
                    : " No hypervisor is said to be below the kernel."),
            "Linux arch/x86/include/asm/cpufeatures.h"));
    artefact.summary("Flags of a CPU, of Linux. "
        + (hypervisor
            ? vmx || svm
                ? "The kernel is a guest that can be a hypervisor itself, an L1."
                : "The kernel is a guest, and the hypervisor below offers it no virtualization."
            : vmx || svm ? "The kernel can be an L0." : "No virtualization is offered."));
    if (hypervisor && vmx) {
      artefact.misses("CPUID 0x4000000A", "It says whether the hypervisor below offers an enlightened VMCS.",
          "cpuid -1 -r -l 0x4000000a, or the kernel's line \"Hyper-V: Nested features\".");
    }
    return true;
  }

  private boolean vmxFlags(String flags, Line line) {
    Artefact artefact = begin(line);
    List<String> names = List.of(flags.split(" ", -1));
    boolean again =
        artefact.decoded().stream().anyMatch(reading -> names.equals(reading.parts().get("flags")));
    if (!again && artefact.decoded().stream().noneMatch(reading -> reading.as().equals("vmxFlags"))) {
      List<String> meanings = new ArrayList<>();
      names.forEach(name -> meanings.add(MEANINGS.getOrDefault(name, name)));
      artefact.decode(Reading.having().with("flags", names)
          .as("vmxFlags", "Of VMX it offers: " + String.join(", ", meanings) + ".",
              "Linux arch/x86/kernel/cpu/feat_ctl.c"));
      if (artefact.summary().isEmpty()) {
        artefact.summary("What a CPU offers of VMX, in the words of Linux.");
      }
      artefact.place(Place.ofLines(line.part(), artefact.place().line(), line.number()));
      artefact.misses("VMX capability MSRs", "The kernel's words leave most controls out.",
          "for i in $(seq 1152 1171); do printf '0x%x: ' $i; rdmsr $i; done");
    }
    return true;
  }

  private Artefact begin(Line line) {
    Artefact current = cpu;
    if (current == null) {
      current =
          new Artefact(Kind.VMX_CAPABILITIES, Place.ofLines(line.part(), line.number(), line.number()));
      cpu = current;
    }
    return current;
  }

  @Override
  public void end() {
    Artefact finished = cpu;
    cpu = null;
    last = "";
    if (finished != null) {
      found.accept(finished);
    }
  }
}
