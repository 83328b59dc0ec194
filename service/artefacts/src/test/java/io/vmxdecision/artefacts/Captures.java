package io.vmxdecision.artefacts;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** Traces and pages of real runs of the kernel's selftests. */
public final class Captures {
  /** The traces. */
  public static final List<String> NAMES = List.of(
      "vmx-hyperv_evmcs", "vmx-hyperv_evmcs_pages", "vmx-flush_variants_ept", "vmx-hyperv_features",
      "vmx-hyperv_tlb_flush", "vmx-2cpu-flush_variants_two_vcpus", "svm-hyperv_svm_test",
      "svm-hyperv_tlb_flush", "trace-cmd-hyperv_evmcs");

  private Captures() {}

  /** A trace. */
  public static byte[] text(String name) {
    return unpacked("/captures/" + name + ".txt.gz");
  }

  /** A page dumped at a stage of {@code vmx-hyperv_evmcs_pages}: evmcs, vp_assist or partition_assist. */
  public static byte[] page(int stage, String name) {
    return unpacked("/captures/pages/stage" + stage + "_" + name + ".bin.gz");
  }

  private static byte[] unpacked(String resource) {
    try (InputStream in =
        new GZIPInputStream(Objects.requireNonNull(Captures.class.getResourceAsStream(resource)))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
