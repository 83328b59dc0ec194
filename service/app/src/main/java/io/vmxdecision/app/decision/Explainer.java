package io.vmxdecision.app.decision;

import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.snapshot.Cpuid;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.view.EnlightenedVmcs;
import io.vmxdecision.engine.view.ExitReason;
import io.vmxdecision.engine.view.HypercallControl;
import io.vmxdecision.engine.view.VpAssistPage;
import io.vmxdecision.engine.view.VpSet;
import java.util.ArrayList;
import java.util.List;

/** Says of every rule that was looked at what it saw: the field, bit or value. */
final class Explainer {
  private final DecisionInput input;
  private final Snapshot snapshot;
  private final Decision decision;
  private final FlushRequest call;

  Explainer(DecisionInput input, Decision decision) {
    this.input = input;
    this.snapshot = input.snapshot();
    this.decision = decision;
    this.call = decision.hypercall().request();
  }

  List<ExplanationPart> explain() {
    List<ExplanationPart> parts = new ArrayList<>();
    for (Rule rule : Rule.values()) {
      if (decision.looked(rule)) {
        parts.add(
            new ExplanationPart(
                rule.id(),
                decision.met(rule),
                evidence(rule),
                String.join("; ", rule.references())));
      }
    }
    return parts;
  }

  private String evidence(Rule rule) {
    return switch (rule) {
      case X -> reason();
      case E1 -> given("VP assist page", snapshot.vpAssistPage().isGiven());
      case E2 -> "VP assist page 0x28 enlighten_vmentry = " + hex(snapshot.vpAssistPage().enlightenVmentry());
      case E3 ->
        "VP assist page 0x30 current_nested_vmcs = " + hex(snapshot.vpAssistPage().currentNestedVmcs());
      case E4 -> given("eVMCS page", snapshot.evmcs().isGiven());
      case E5 -> "eVMCS 0x000 revision_id = " + hex(snapshot.evmcs().revisionId());
      case F1 -> activity();
      case F2 -> nestedFlushHypercall();
      case F3 -> directHypercall();
      case F4 -> bit("CPUID 0x4000000A EAX", snapshot.cpuid().nestedEax(), Cpuid.NESTED_DIRECT_FLUSH);
      case F5 -> callCode();
      case R -> route();
      case H1 -> mode();
      case H2 -> access();
      case H3 -> "control word " + hex(call.control()) + ", reserved bits set: "
          + hex(call.control() & HypercallControl.RESERVED);
      case H4 -> xmmInput();
      case H5 -> "control word bits 26:17, variable header size = " + variableHeaderSize();
      case H6 -> "control word bits 43:32, rep count = " + HypercallControl.repCount(call.control())
          + "; bits 59:48, rep start = " + HypercallControl.repStart(call.control());
      case H7 -> "input GPA " + hex(call.input()) + " of L2 translates to "
          + (decision.met(Rule.H7) ? "nothing" : hex(call.inputL1Gpa()));
      case H8 -> memory("header of " + (call.code().isExtended() ? "32" : "24") + " bytes", Rule.H8);
      case H9 -> "variable header size = " + variableHeaderSize() + ", valid_bank_mask = "
          + hex(call.processors().validBanksMask()) + " with " + call.processors().bankCount() + " bits set";
      case H10 -> "format = " + hex(call.format()) + ", variable header size = " + variableHeaderSize();
      case H11 -> input(variableHeaderSize() + " banks", Rule.H11);
      case H12 -> input(HypercallControl.repCount(call.control()) + " list entries", Rule.H12);
      case M -> targets();
      case C1 -> given("partition assist page", snapshot.partitionAssistPage().isGiven());
      case C2 -> result();
      case C3 -> "RIP " + hex(snapshot.registers().rip()) + " -> "
          + hex(decision.hypercall().ripAfter()) + ", instruction length "
          + Integer.toUnsignedString(input.exit().instructionLength());
      case C4 -> "partition assist page 0x0 TlbLockCount = "
          + Integer.toUnsignedString(snapshot.partitionAssistPage().tlbLockCount());
      case S -> synthesis();
    };
  }

  private String reason() {
    int raw = input.exit().reason();
    return "exit reason " + hex(raw) + ": basic reason " + ExitReason.basic(raw) + ", kind "
        + ExitReason.kind(raw);
  }

  private String activity() {
    List<String> failing = new ArrayList<>();
    for (Rule rule : new Rule[]{Rule.E1, Rule.E2, Rule.E3, Rule.E4, Rule.E5}) {
      if (decision.looked(rule) && !decision.met(rule)) {
        failing.add(rule.id());
      }
    }
    return failing.isEmpty() ? "E1 to E5 hold" : "fails: " + String.join(", ", failing);
  }

  private String nestedFlushHypercall() {
    if (!decision.met(Rule.F1)) {
      return "no enlightened VMCS is in use";
    }
    return bit(
        "eVMCS 0x344 hv_enlightenments_control",
        snapshot.evmcs().enlightenmentsControl(),
        EnlightenedVmcs.NESTED_FLUSH_HYPERCALL);
  }

  private String directHypercall() {
    if (!snapshot.vpAssistPage().isGiven()) {
      return "no VP assist page is given";
    }
    return bit(
        "VP assist page 0x20 nested_control.features",
        snapshot.vpAssistPage().features(),
        VpAssistPage.DIRECT_HYPERCALL);
  }

  private String callCode() {
    Registers registers = snapshot.registers();
    boolean longMode = registers.isLongMode();
    long control = registers.general(longMode ? Registers.RCX : Registers.RAX);
    return "basic reason " + ExitReason.basic(input.exit().reason()) + ", "
        + (longMode ? "64-bit mode, RCX" : "not 64-bit mode, RAX") + " bits 15:0 = "
        + hex(HypercallControl.code(control));
  }

  private String route() {
    return decision.met(Rule.R)
        ? "VMCALL: L1 always wants it, and L0 does not keep it as no L2 TLB flush is eligible"
        : "VMCALL: L0 keeps it as the L2 TLB flush is eligible (F1 to F5)";
  }

  private String mode() {
    Registers registers = snapshot.registers();
    return "CPL " + registers.cpl() + ", protected mode " + (registers.isProtectedMode() ? "on" : "off");
  }

  private String access() {
    return enforcement() + ", CPUID 0x40000004 EAX = " + hex(snapshot.cpuid().enlightenmentsEax())
        + ", call code " + hex(call.code().code());
  }

  private String xmmInput() {
    return (HypercallControl.isFast(call.control()) ? "fast" : "slow") + " call (control word bit 16), "
        + enforcement() + ", CPUID 0x40000003 EDX = " + hex(snapshot.cpuid().featuresEdx());
  }

  private String enforcement() {
    return snapshot.cpuid().isEnforced() ? "CPUID is enforced" : "CPUID is not enforced";
  }

  private int variableHeaderSize() {
    return HypercallControl.variableHeaderSize(call.control());
  }

  private String memory(String what, Rule failure) {
    return what + " at L1 GPA " + hex(call.inputL1Gpa())
        + (decision.met(failure) ? ": unreadable" : ": read");
  }

  private String input(String what, Rule failure) {
    return HypercallControl.isFast(call.control())
        ? what + (decision.met(failure) ? ": more than the XMM halves left" : ": in the XMM halves left")
        : memory(what + " behind the header", failure);
  }

  private String targets() {
    String who =
        call.isAllProcessors() ? "all processors" : "processors " + set(call.processors());
    String what = call.entryCount() == 0 ? "one \"flush all\"" : "a list of " + call.entryCount();
    return decision.tlbMutations().count() + " of " + snapshot.vcpus().count() + " vCPUs for " + who
        + ", their " + decision.tlbMutations().fifo() + " queue, " + what;
  }

  private static String set(VpSet processors) {
    StringBuilder text = new StringBuilder("in valid_bank_mask ");
    text.append(hex(processors.validBanksMask())).append(", banks");
    for (int i = 0; i < processors.bankCount(); i++) {
      text.append(' ').append(hex(processors.banks()[i]));
    }
    return text.toString();
  }

  private String result() {
    HypercallOutcome outcome = decision.hypercall();
    return "result " + hex(outcome.result()) + " (" + outcome.status() + ") into "
        + (snapshot.registers().isLongMode() ? "RAX" : "EDX:EAX");
  }

  private String synthesis() {
    int writes = decision.exitToL1().evmcsWrites().count();
    return "exit reason " + hex(decision.exitToL1().reason()) + "; "
        + (decision.met(Rule.F1)
            ? writes + " fields of the eVMCS change"
            : "no eVMCS is active to be written");
  }

  private static String given(String what, boolean given) {
    return what + (given ? ": given" : ": not given");
  }

  private static String bit(String where, int word, int mask) {
    return where + " = " + hex(word) + ", bit " + Integer.numberOfTrailingZeros(mask) + " is "
        + ((word & mask) != 0 ? "set" : "clear");
  }

  private static String hex(int word) {
    return hex(Integer.toUnsignedLong(word));
  }

  private static String hex(long word) {
    return "0x" + Long.toHexString(word);
  }
}
