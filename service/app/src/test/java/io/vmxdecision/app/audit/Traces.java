package io.vmxdecision.app.audit;

import io.vmxdecision.app.support.Form;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** Traces to audit. */
public final class Traces {
  private static final String FLUSH =
      """
          qemu-7 [000] d..1. 1.000001: kvm_exit: vcpu 0 reason VMCALL rip 0x401000 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0
          qemu-7 [000] ..... 1.000002: kvm_nested_vmexit: vcpu 0 reason VMCALL rip 0x401000 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0
          qemu-7 [000] ..... 1.000003: kvm_hv_hypercall: code 0x2 fast var_cnt 0x0 rep_cnt 0x0 idx 0x0 in 0x0 out 0x3
          qemu-7 [000] ..... 1.000004: kvm_hv_flush_tlb: processor_mask 0x0 address_space 0x0 flags 0x3 (L2)
          qemu-7 [000] ..... 1.000005: kvm_hv_hypercall_done: result 0x0
          qemu-7 [000] d..1. 1.000006: kvm_entry: vcpu 0, rip 0x401003
          """;

  private Traces() {}

  /** The kernel's eVMCS selftest. */
  public static byte[] capture() {
    try (InputStream in = new GZIPInputStream(
        Objects.requireNonNull(Traces.class.getResourceAsStream("/traces/vmx-hyperv_evmcs.txt.gz")))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One flush of L2. */
  static byte[] flush() {
    return FLUSH.getBytes(StandardCharsets.UTF_8);
  }

  /** Pages with which that flush is eligible, and the TLB not locked. */
  static Form pages(Form form) {
    byte[] evmcs = new byte[4096];
    EnlightenedVmcs page = new EnlightenedVmcs();
    page.wrap(evmcs, 0);
    page.value(EvmcsField.REVISION_ID, 1);
    page.value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 1);
    byte[] assist = new byte[4096];
    VpAssistPage assistPage = new VpAssistPage();
    assistPage.wrap(assist, 0);
    assistPage.enlightenVmentry(1);
    assistPage.directHypercall(true);
    return form.file("evmcs", evmcs).file("vpAssistPage", assist).file("partitionAssistPage", new byte[4096])
        .text("nestedEax", "0x20101");
  }
}
