package io.vmxdecision.artefacts.page;

import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.ExitWords;
import io.vmxdecision.artefacts.report.Artefact.GivenPage;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.engine.check.Finding;
import io.vmxdecision.engine.check.PageChecks;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.hyperv.PartitionAssistPage;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.Map;

/** Says what a page holds, and lets the engine check it. */
public final class PageDescription {
  private PageDescription() {}

  /** Adds to an artefact what its page says. */
  public static void add(Artefact artefact, GivenPage page) {
    artefact.page(page);
    switch (page.kind()) {
      case EVMCS -> evmcs(artefact, page);
      case VP_ASSIST_PAGE -> vpAssist(artefact, page);
      case PARTITION_ASSIST_PAGE -> partitionAssist(artefact, page);
      case VMCS12 -> vmcs12(artefact, page.bytes(), 0, page.grounds());
      case UNKNOWN -> artefact.summary("A page of 4,096 bytes; " + page.grounds() + ".");
    }
  }

  private static void evmcs(Artefact artefact, GivenPage page) {
    EnlightenedVmcs evmcs = new EnlightenedVmcs();
    evmcs.wrap(page.bytes(), 0);
    Reading.Parts parts = Reading.having();
    for (EvmcsField field : EvmcsField.values()) {
      if (evmcs.value(field) != 0) {
        parts.word(field.linuxName(), evmcs.value(field));
      }
    }
    artefact.decode(
        parts.as("evmcs", "The fields of the eVMCS that are not 0.", "TLFS, HV_VMX_ENLIGHTENED_VMCS"));
    int reason = (int) evmcs.value(EvmcsField.VM_EXIT_REASON);
    long qualification = evmcs.value(EvmcsField.EXIT_QUALIFICATION);
    Reading exit = Readings.exitReason(Integer.toUnsignedLong(reason));
    artefact.decode(exit);
    artefact.decode(Readings.qualification(reason, qualification));
    artefact.exit(
        new ExitWords(reason, qualification, (int) evmcs.value(EvmcsField.VM_EXIT_INTR_INFO),
            (int) evmcs.value(EvmcsField.IDT_VECTORING_INFO_FIELD),
            (int) evmcs.value(EvmcsField.VM_EXIT_INSTRUCTION_LEN)));
    for (Finding finding : PageChecks.of(Profile.DEFAULT, evmcs, new VpAssistPage(), new EnlightenedVmcs())) {
      artefact.fault(
          new Fault(finding.check().name(), finding.check().severity(), List.of(finding.field()),
              finding.check().statement() + " " + finding.field() + " is " + new Word(finding.value())
                  + (finding.bit() == Finding.NO_BIT ? "." : ", bit " + finding.bit() + "."),
              finding.check().references(Profile.DEFAULT)));
    }
    artefact.summary("An enlightened VMCS: " + page.grounds() + ". The L2 TLB flush is "
        + (evmcs.nestedFlushHypercall() ? "on" : "off") + " in it, hv_vm_id " + new Word(evmcs.vmId())
        + ", hv_vp_id " + new Word(evmcs.vpId()) + ". Its last exit: " + exit.text());
  }

  private static void vpAssist(Artefact artefact, GivenPage page) {
    VpAssistPage assist = new VpAssistPage();
    assist.wrap(page.bytes(), 0);
    artefact.decode(Reading.having()
        .with("enlightenVmentry", assist.enlightenVmentry() != 0)
        .word("currentNestedVmcs", assist.currentNestedVmcs())
        .with("directHypercall", assist.directHypercall())
        .as("vpAssistPage", "eVMCS at " + new Word(assist.currentNestedVmcs()) + ", DirectHypercall "
            + (assist.directHypercall() ? "on." : "off."), "TLFS, HV_VP_ASSIST_PAGE"));
    artefact.summary("A VP assist page: " + page.grounds() + ". The current eVMCS lies at "
        + new Word(assist.currentNestedVmcs()) + "; DirectHypercall is "
        + (assist.directHypercall() ? "on" : "off")
        + ".");
    artefact.misses("eVMCS", "It says what L2 is, and has the other switch of the L2 TLB flush.",
        "The page at " + new Word(assist.currentNestedVmcs()) + " of L1: pmemsave "
            + new Word(assist.currentNestedVmcs()) + " 4096 evmcs.bin in QEMU's monitor.");
  }

  private static void partitionAssist(Artefact artefact, GivenPage page) {
    PartitionAssistPage assist = new PartitionAssistPage();
    assist.wrap(page.bytes(), 0);
    artefact.decode(Reading.having().with("tlbLockCount", assist.tlbLockCount())
        .as("partitionAssistPage", "TlbLockCount is " + Integer.toUnsignedString(assist.tlbLockCount()) + ".",
            "TLFS, VM_PARTITION_ASSIST_PAGE"));
    artefact.summary("Taken for a partition assist page: " + page.grounds() + ".");
  }

  /** Adds the fields of a vmcs12, and what KVM's checks of a VM-entry say of them. */
  static void vmcs12(Artefact artefact, byte[] bytes, int offset, String grounds) {
    Map<VmcsField, Long> fields = Vmcs12.fields(bytes, offset);
    Reading.Parts parts = Reading.having();
    fields.forEach((field, value) -> {
      if (value != 0) {
        parts.word(field.linuxName(), value);
      }
    });
    artefact.fields().putAll(fields);
    artefact.decode(parts.as("vmcs12", "The fields of the vmcs12 that are not 0.", "Linux struct vmcs12"));
    int reason = fields.getOrDefault(VmcsField.VM_EXIT_REASON, 0L).intValue();
    Reading exit = Readings.exitReason(Integer.toUnsignedLong(reason));
    artefact.decode(exit);
    artefact.exit(
        new ExitWords(reason, fields.get(VmcsField.EXIT_QUALIFICATION),
            fields.getOrDefault(VmcsField.VM_EXIT_INTR_INFO, 0L).intValue(),
            fields.getOrDefault(VmcsField.IDT_VECTORING_INFO_FIELD, 0L).intValue(),
            fields.getOrDefault(VmcsField.VM_EXIT_INSTRUCTION_LEN, 0L).intValue()));
    artefact.summary("KVM's vmcs12: " + grounds + ". Its last exit: " + exit.text());
  }
}
