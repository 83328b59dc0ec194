package io.vmxdecision.engine.recorded;

import io.vmxdecision.engine.decision.FlushEntry;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.tlfs.OpenQuestion;
import io.vmxdecision.engine.tlfs.TlfsDecision;
import io.vmxdecision.engine.tlfs.TlfsOutcome;
import io.vmxdecision.engine.vmx.ExitReason;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the TLFS says, in the form of the recorded cases; sets in the order of their names. */
final class TlfsJson {
  private TlfsJson() {}

  static ObjectNode of(Snapshot snapshot, VmExit exit, TlfsDecision decision) {
    ObjectNode answer = JsonMapper.shared().createObjectNode();
    if (decision.handledBy() != null) {
      answer.put("handledBy", decision.handledBy().name());
    }
    if (decision.eligible() != null) {
      answer.putObject("l2TlbFlush").put("eligible", decision.eligible());
    }
    if (decision.handledBy() == Level.L1) {
      answer.putObject("exitToL1").put("reason", hex(Integer.toUnsignedLong(exit.reason())));
    }
    if (!decision.allowed().isEmpty()) {
      ObjectNode hypercall = answer.putObject("hypercall");
      if (decision.allowed().size() == 1) {
        hypercall.setAll(outcome(decision.allowed().iterator().next()));
        if (decision.isSuccess()) {
          hypercall.put("repsCompleted", HypercallControl.repCount(decision.request().control()));
        }
      } else {
        ArrayNode allowed = hypercall.putArray("allowed");
        decision.allowed().forEach(one -> allowed.add(outcome(one)));
      }
    }
    if (decision.areMutationsKnown()) {
      ArrayNode mutations = answer.putArray("tlbMutations");
      for (int i = 0; i < decision.targetCount(); i++) {
        ObjectNode mutation = mutations.addObject().put("vcpu", decision.target(i));
        effect(snapshot, decision, mutation.putObject("effect"));
      }
    }
    if (decision.syntheticExit() != null) {
      answer.put("syntheticExit", decision.syntheticExit());
      if (decision.syntheticExit()) {
        answer.putObject("exitToL1").put("reason", hex(ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH));
      }
    }
    ArrayNode open = answer.putArray("openQuestions");
    decision.openQuestions().stream().map(OpenQuestion::pointer).distinct().forEach(open::add);
    return answer;
  }

  private static ObjectNode outcome(TlfsOutcome outcome) {
    ObjectNode node = JsonMapper.shared().createObjectNode();
    if (outcome.status() != null) {
      return node.put("status", hex(outcome.status().code()));
    }
    return outcome == TlfsOutcome.INVALID_OPCODE
        ? node.put("exception", "#UD")
        : node.put("intercept", "memory");
  }

  private static void effect(Snapshot snapshot, TlfsDecision decision, ObjectNode effect) {
    FlushCode code = decision.request().code();
    ArrayNode ranges = effect.putArray("ranges");
    boolean la57 = snapshot.hasHostLa57();
    for (int i = 0; i < decision.elementCount(); i++) {
      long element = decision.element(i);
      if (!FlushEntry.isSkipped(element, la57, true)) {
        ranges.addObject()
            .put("gva", hex(FlushEntry.gva(element, la57, true)))
            .put("pages", FlushEntry.pages(element, la57, true));
      }
    }
    effect.put("flushAll", !code.isList());
    if (!decision.isAllSpaces()) {
      effect.put("addressSpace", hex(decision.request().addressSpace()));
    }
    if (decision.mayGlobalStay()) {
      effect.put("globalMayStay", true);
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
