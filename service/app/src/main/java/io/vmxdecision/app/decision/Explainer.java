package io.vmxdecision.app.decision;

import static java.util.Objects.requireNonNull;

import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.wire.Hex;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.snapshot.Cpuid;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.view.EnlightenedVmcs;
import io.vmxdecision.engine.view.EvmcsField;
import io.vmxdecision.engine.view.ExecutionControl;
import io.vmxdecision.engine.view.ExitReason;
import io.vmxdecision.engine.view.HypercallControl;
import io.vmxdecision.engine.view.VpAssistPage;
import io.vmxdecision.engine.view.VpSet;
import java.util.ArrayList;
import java.util.List;

/** Says of every rule that was looked at what it saw: the field, bit or value. */
final class Explainer {
  private final Question input;
  private final Snapshot snapshot;
  private final Decision decision;
  private final FlushRequest call;

  Explainer(Question input, Decision decision) {
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
      case F1 -> activity(decision);
      case F2 -> nestedFlushHypercall();
      case F3 -> directHypercall();
      case F4 -> bit("CPUID 0x4000000A EAX", snapshot.cpuid().nestedEax(), Cpuid.NESTED_DIRECT_FLUSH);
      case F5 -> callCode();
      case R, R_CR, R_IO, R_MSR -> route();
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
      case C3 -> "RIP " + hex(input.exit().registers().rip()) + " -> "
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

  /** Which of the rules E fail, if any. */
  static String activity(Decision decision) {
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
    Registers registers = input.exit().registers();
    boolean longMode = registers.isLongMode();
    long control = registers.general(longMode ? Registers.RCX : Registers.RAX);
    return "basic reason " + ExitReason.basic(input.exit().reason()) + ", "
        + (longMode ? "64-bit mode, RCX" : "not 64-bit mode, RAX") + " bits 15:0 = "
        + hex(HypercallControl.code(control));
  }

  private String route() {
    Route route = decision.route();
    boolean saysItAll = switch (route.ground()) {
      case KEPT_BY_L0, NMI, VIRTUALIZATION_EXCEPTION, ELIGIBLE_FLUSH, ALWAYS_WANTED, NEVER_WANTED,
          PAGE_FAULT ->
        true;
      default -> false;
    };
    String outcome = decision.met(Rule.R) ? "; L1 wants the exit" : "; L0 handles the exit";
    return saysItAll ? ground(route) : ground(route) + outcome;
  }

  private String ground(Route route) {
    return switch (route.ground()) {
      case KEPT_BY_L0 -> "L0 always keeps exits of this reason";
      case NMI -> "interruption information " + hex(input.exit().interruptionInfo())
          + " is an NMI (valid, type 2), which L0 keeps";
      case VIRTUALIZATION_EXCEPTION -> "interruption information "
          + hex(input.exit().interruptionInfo()) + " is a #VE (vector 20), which L0 keeps";
      case ELIGIBLE_FLUSH -> "the L2 TLB flush is eligible (F1 to F5), so L0 keeps the VMCALL";
      case ALWAYS_WANTED -> "L1 always wants exits of this reason";
      case NEVER_WANTED -> "L1 never sees exits of this reason";
      case PAGE_FAULT -> "interruption information " + hex(input.exit().interruptionInfo())
          + " is a #PF (vector 14), which L1 always wants";
      case CONTROL -> control(route) + " is "
          + (snapshot.evmcs().isSet(requireNonNull(route.control())) ? "set" : "clear");
      case SECONDARY_CONTROLS_INACTIVE -> control(route) + " does not count, since bit 31 (activate"
          + " secondary controls) of cpu_based_vm_exec_control (eVMCS 0x314) is clear";
      case EXCEPTION_BITMAP, ENCLS_BITMAP -> fieldBit(route);
      case CR_MASK -> "of the bits that L2 would change, L1 owns "
          + (route.value() == 0 ? "none" : hex(route.value())) + " by " + field(route) + " = "
          + hex(snapshot.evmcs().value(requireNonNull(route.field())));
      case CR_NOT_WANTED -> "this access to this control register is never L1's";
      case BITMAP -> bitmapBit(route);
      case BITMAP_UNREADABLE -> "the byte of the bitmap at L1 GPA " + hex(route.gpa()) + pointer(route)
          + " is unreadable, which counts as set";
      case OUT_OF_RANGE -> "number " + hex(route.value()) + " is in no bitmap, which counts as set";
      case MTF_INJECTED -> field(route) + " is " + hex(route.value()) + ", a pending MTF VM-exit";
      case NO_SGX -> "the guest has no SGX (CPUID)";
    };
  }

  private String control(Route route) {
    ExecutionControl control = requireNonNull(route.control());
    return "bit %d (%s) of %s (eVMCS 0x%03x)"
        .formatted(
            control.bit(), control.title(), control.field().linuxName(), control.field().offset());
  }

  private String fieldBit(Route route) {
    long value = snapshot.evmcs().value(requireNonNull(route.field()));
    String state = ((value >>> route.bit()) & 1) != 0 ? "set" : "clear";
    return "bit " + route.bit() + " of " + field(route) + " = " + hex(value) + " is " + state;
  }

  private static String bitmapBit(Route route) {
    String state = ((route.value() >>> route.bit()) & 1) != 0 ? "set" : "clear";
    return "bit " + route.bit() + " of the byte " + hex(route.value()) + " at L1 GPA "
        + hex(route.gpa()) + pointer(route) + " is " + state;
  }

  private static String pointer(Route route) {
    return route.field() == null ? "" : ", in the bitmap that " + field(route) + " points to,";
  }

  private static String field(Route route) {
    EvmcsField field = requireNonNull(route.field());
    return "%s (eVMCS 0x%03x)".formatted(field.linuxName(), field.offset());
  }

  private String mode() {
    Registers registers = input.exit().registers();
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
        + (input.exit().registers().isLongMode() ? "RAX" : "EDX:EAX");
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
    return Hex.format(word);
  }
}
