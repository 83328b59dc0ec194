package io.vmxdecision.artefacts;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Report;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The posted artefacts, and explanations of bytes. */
final class Files {
  static final List<String> ARTEFACTS = List.of(
      "cpuid-azure.txt", "dmesg-wsl2-amd.txt", "dmesg-wsl2-intel.txt", "dump-vmcs-accessed-bit.txt",
      "dump-vmcs-healthy.txt", "dump-vmcs-sti-blocking.txt", "dump-vmcs-three-faults.txt",
      "hypercall-nested-bit.txt", "libvirt-hyperv.xml", "number-signed.txt", "number-umwait.txt",
      "qemu-registers-only.txt", "suberror-3.txt", "trace-2019-preemption-timer.txt",
      "trace-2020-ept-violation.txt", "trace-flush-empty-mask.txt", "trace-two-generations.txt",
      "xen-msr-load.txt");

  private Files() {}

  static byte[] bytes(String resource) {
    try (InputStream in = Files.class.getResourceAsStream("/" + resource)) {
      return Objects.requireNonNull(in, resource).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(String resource) {
    return new String(bytes(resource), StandardCharsets.UTF_8);
  }

  static Report explain(byte[] bytes) {
    try {
      Explainer explainer = new Explainer(null);
      explainer.read("", new ByteArrayInputStream(bytes));
      return explainer.report();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Report explain(String text) {
    return explain(text.getBytes(StandardCharsets.UTF_8));
  }

  static Set<Kind> kinds(Report report) {
    return report.artefacts().stream().map(Artefact::kind).collect(Collectors.toSet());
  }

  static Set<String> faults(Report report) {
    return report.artefacts().stream()
        .flatMap(artefact -> artefact.faults().stream())
        .map(Fault::id)
        .collect(Collectors.toSet());
  }
}
