package io.vmxdecision.artefacts.page;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.PageKind;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.vmcs.EntryVerdict;
import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.check.NestedStateCheck;
import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.entry.EntryProfile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A blob of {@code KVM_GET_NESTED_STATE}, uapi/asm/kvm.h. */
public final class NestedState {
  private static final List<String> FLAGS = List.of("GUEST_MODE", "RUN_PENDING", "EVMCS", "MTF_PENDING");
  private static final int MOST_BYTES = NestedStateCheck.HEADER_BYTES + 2 * NestedStateCheck.VMCS12_BYTES;

  private NestedState() {}

  /** The largest blob in bytes. */
  public static int mostBytes() {
    return MOST_BYTES;
  }

  /** Whether these bytes, a whole file, are such a blob. */
  public static boolean is(byte[] bytes) {
    if (bytes.length < NestedStateCheck.HEADER_BYTES || bytes.length > MOST_BYTES) {
      return false;
    }
    return begins(bytes);
  }

  /** Whether these bytes, 8 at least, are the first of such a blob. */
  static boolean begins(byte[] bytes) {
    int size = LittleEndian.u32(bytes, 4);
    int flags = LittleEndian.u16(bytes, 0);
    boolean known = size == NestedStateCheck.HEADER_BYTES
        || size == NestedStateCheck.HEADER_BYTES + NestedStateCheck.VMCS12_BYTES
        || size == MOST_BYTES;
    return known && (flags & ~0x10f) == 0 && LittleEndian.u16(bytes, 2) <= 1;
  }

  /** Reads a blob. */
  public static Artefact read(String part, byte[] bytes) {
    Artefact artefact = new Artefact(Kind.NESTED_STATE, Place.ofBytes(part, 0, bytes.length));
    int size = LittleEndian.u32(bytes, 4);
    int flags = LittleEndian.u16(bytes, 0);
    boolean vmx = LittleEndian.u16(bytes, 2) == 0;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < FLAGS.size(); i++) {
      if (((flags >>> i) & 1) != 0) {
        names.add(FLAGS.get(i));
      }
    }
    artefact.decode(Reading.having().word("flags", flags).with("set", names)
        .with("format", vmx ? "VMX" : "SVM").with("size", size)
        .word("vmxonPa", LittleEndian.u64(bytes, 8)).word("vmcs12Pa", LittleEndian.u64(bytes, 16))
        .word("smmFlags", LittleEndian.u16(bytes, 24)).word("headerFlags", LittleEndian.u32(bytes, 28))
        .word("preemptionTimerDeadline", LittleEndian.u64(bytes, 32))
        .as("nestedStateHeader", "Flags: " + (names.isEmpty() ? "none" : String.join(", ", names)) + ".",
            "Linux arch/x86/include/uapi/asm/kvm.h, struct kvm_nested_state"));
    if (!vmx) {
      artefact.summary("A nested-state blob of an AMD host (SVM); what is in it is not decoded here.");
      return artefact;
    }
    for (NestedStateCheck check : NestedStateCheck.violated(bytes)) {
      artefact.fault(
          new Fault("NESTED_STATE_" + check.name(), Severity.ERROR, List.of(check.field()),
              check.statement() + " KVM_SET_NESTED_STATE refuses the blob.", check.references()));
    }
    boolean hasVmcs12 = size >= NestedStateCheck.HEADER_BYTES + NestedStateCheck.VMCS12_BYTES
        && bytes.length >= NestedStateCheck.HEADER_BYTES + NestedStateCheck.VMCS12_BYTES;
    String state = (flags & NestedStateCheck.GUEST_MODE) != 0 ? "The vCPU is in L2" : "The vCPU is in L1";
    if (hasVmcs12) {
      PageDescription.vmcs12(artefact, bytes, NestedStateCheck.HEADER_BYTES, "from a nested-state blob");
      artefact.page(
          new Artefact.GivenPage(PageKind.VMCS12,
              Arrays.copyOfRange(bytes, NestedStateCheck.HEADER_BYTES,
                  NestedStateCheck.HEADER_BYTES + NestedStateCheck.VMCS12_BYTES),
              "the blob's vmcs12"));
      EntryVerdict.judge(artefact, EntryProfile.KVM_6_12);
    } else if (bytes.length < size) {
      artefact.misses("the rest of the blob",
          "It says " + size + " bytes, and " + bytes.length + " are there.",
          "KVM_GET_NESTED_STATE with the size that KVM_CAP_NESTED_STATE returns.");
    }
    artefact.summary("A nested-state blob of KVM (VMX), " + bytes.length + " bytes. " + state
        + ((flags & NestedStateCheck.EVMCS) != 0 ? ", with an enlightened VMCS" : "")
        + (hasVmcs12 ? "; KVM's vmcs12 is in it." : "; it has no vmcs12.")
        + (LittleEndian.u64(bytes, 16) == -1L
            ? ""
            : " vmcs12 lies at " + new Word(LittleEndian.u64(bytes, 16)) + "."));
    if ((flags & NestedStateCheck.EVMCS) != 0) {
      artefact.misses("eVMCS",
          "The blob holds KVM's vmcs12, not the eVMCS: hv_vp_id, hv_vm_id, partition_assist_page, the switch of"
              + " the L2 TLB flush and the clean fields are not in it.",
          "The page that current_nested_vmcs of the VP assist page names: pmemsave ADDRESS 4096 evmcs.bin in"
              + " QEMU's monitor.");
    }
    return artefact;
  }
}
