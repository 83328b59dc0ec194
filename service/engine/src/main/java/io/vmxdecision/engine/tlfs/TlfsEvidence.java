package io.vmxdecision.engine.tlfs;

import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.rules.EnlightenedVmcsRules;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a rule T saw, in words. Allocates: it is no part of a decision. */
public final class TlfsEvidence {
  private TlfsEvidence() {}

  /** The fields, bits and values that {@code rule} looked at in what was decided, if it was looked at. */
  public static String of(TlfsRule rule, Snapshot snapshot, VmExit exit, TlfsDecision decision) {
    FlushRequest call = decision.request();
    long control = call.control();
    return switch (rule) {
      case T1 -> conditions(snapshot, decision.facts());
      case T2 -> environment(exit.registers());
      case T3 -> "control word " + Words.hex(control) + ", of which reserved: "
          + Words.hex(control & HypercallControl.RESERVED);
      case T4 -> (TlfsCall.isFast(call) ? "fast, " : "slow, ") + TlfsCall.bytes(call)
          + " bytes of input; CPUID 0x40000003 EDX " + Words.hex(snapshot.cpuid().featuresEdx())
          + ", 0x40000004 EAX " + Words.hex(snapshot.cpuid().enlightenmentsEax());
      case T5 -> Stream
          .of(
              HypercallControl.VARIABLE_HEADER_SIZE,
              HypercallControl.REP_COUNT,
              HypercallControl.REP_START)
          .map(range -> Words.value(range, control))
          .collect(Collectors.joining("; "));
      case T6 -> input(call);
      case T7 -> parameters(call);
      case T8 -> decision.targetCount() + " of " + snapshot.vcpus().count() + " vCPUs";
      case T9 -> call.code().isList() ? decision.elementCount() + " elements of a list" : "a space call";
      case T10 -> Words.value(HypercallControl.REP_COUNT, control);
      case T11 -> snapshot.partitionAssistPage().isGiven()
          ? Words.value(
              PartitionAssistField.TLB_LOCK_COUNT,
              Integer.toUnsignedLong(snapshot.partitionAssistPage().tlbLockCount()))
          : Words.given("partition assist page", false);
      case T12 -> decision.allowed().isEmpty()
          ? "several errors, and an outcome that is open"
          : decision.allowed().stream().map(TlfsOutcome::name).collect(Collectors.joining(", "));
    };
  }

  private static String conditions(Snapshot snapshot, Decision facts) {
    String rules =
        Stream.of(EnlightenedVmcsRules.E, EligibilityRules.F)
            .flatMap(List::stream)
            .filter(facts::looked)
            .filter(rule -> !rule.equals(EnlightenedVmcsRules.E5) && !rule.equals(EligibilityRules.F1))
            .map(rule -> met(rule, facts))
            .collect(Collectors.joining(", "));
    return snapshot.evmcs().isGiven()
        ? rules + "; " + Words.value(EvmcsField.REVISION_ID, snapshot.evmcs().revisionId())
        : rules;
  }

  private static String met(Rule rule, Decision facts) {
    return rule.id() + (facts.met(rule) ? " met" : " not met");
  }

  private static String environment(Registers registers) {
    return "CPL " + registers.cpl() + (registers.isProtectedMode() ? ", protected mode" : ", real mode");
  }

  private static String input(FlushRequest call) {
    String where = TlfsCall.bytes(call) + " bytes at GPA " + Words.hex(call.input());
    if (call.inputL1Gpa() == PageTranslations.NONE) {
      return where + ", which has no translation";
    }
    return call.inputL1Gpa() == call.input() ? where : where + ", L1 GPA " + Words.hex(call.inputL1Gpa());
  }

  private static String parameters(FlushRequest call) {
    String words = "flags " + Words.hex(call.flags()) + ", address space " + Words.hex(call.addressSpace());
    if (call.code().isExtended()) {
      return words + ", format " + Words.hex(call.format()) + ", " + call.processors().bankCount()
          + " banks in the mask, " + Words.value(HypercallControl.VARIABLE_HEADER_SIZE, call.control());
    }
    return words + (call.isAllProcessors()
        ? ""
        : ", processor mask " + Words.hex(call.processors().banks()[0]));
  }
}
