package io.vmxdecision.engine.recorded;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.decision.ExitToL1;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.vmx.ExitReason;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A decision in the form of the API's answer, as far as recorded cases name it. */
public final class DecisionJson {
  private final ObjectNode answer = JsonMapper.shared().createObjectNode();

  private DecisionJson() {}

  /** Renders it. */
  public static String of(Snapshot snapshot, VmExit exit, Decision decision) {
    TlbMutation mutation = new TlbMutation().wrap(snapshot, decision);
    ObjectNode answer = of(mutation, exit, decision);
    EvmcsWrites writes = decision.exitToL1().evmcsWrites();
    if (writes.count() > 0) {
      answer.set("evmcsWrites", writes(writes));
    }
    return answer.toString();
  }

  /** Renders it without the writes; {@code mutation} looks at it. */
  static ObjectNode of(TlbMutation mutation, VmExit exit, Decision decision) {
    DecisionJson json = new DecisionJson();
    json.answer.put("handledBy", decision.handledBy().name());
    if (exit.from() == Level.L2) {
      json.putEligibility(decision);
    }
    if (decision.hypercall().isHandled()) {
      json.putHypercall(decision);
      json.putMutations(mutation, decision);
    }
    if (decision.exitToL1().isPresent()) {
      json.putExitToL1(decision.exitToL1());
    }
    return json.answer;
  }

  private void putEligibility(Decision decision) {
    ObjectNode flush = answer.putObject("l2TlbFlush");
    flush.put("eligible", decision.isL2TlbFlushEligible());
    ObjectNode conditions = flush.putObject("conditions");
    conditions.put("evmcsActive", decision.met(EligibilityRules.F1));
    conditions.put("evmcsNestedFlushHypercall", decision.met(EligibilityRules.F2));
    conditions.put("vpAssistDirectHypercall", decision.met(EligibilityRules.F3));
    conditions.put("cpuidDirectFlush", decision.met(EligibilityRules.F4));
    conditions.put("flushHypercall", decision.met(EligibilityRules.F5));
  }

  private void putHypercall(Decision decision) {
    HypercallOutcome outcome = decision.hypercall();
    ObjectNode hypercall = answer.putObject("hypercall");
    if (outcome.isInvalidOpcode()) {
      hypercall.put("exception", "#UD");
    } else {
      hypercall.put("status", hex(outcome.status().code()));
      hypercall.put("result", hex(outcome.result()));
      hypercall.put("repsCompleted", HypercallStatus.repsCompleted(outcome.result()));
    }
    answer.put("syntheticExit", decision.isSyntheticExit());
    ObjectNode after = answer.putObject("registersAfter");
    after.put("rax", hex(outcome.raxAfter()));
    after.put("rdx", hex(outcome.rdxAfter()));
    after.put("rip", hex(outcome.ripAfter()));
  }

  private void putMutations(TlbMutation mutation, Decision decision) {
    ArrayNode mutations = answer.putArray("tlbMutations");
    for (int i = 0; i < decision.tlbMutations().count(); i++) {
      mutation.at(i);
      ObjectNode one = mutations.addObject();
      one.put("vcpu", mutation.vcpu());
      if (!mutation.hasQueue()) {
        putEffect(mutation, one.putObject("effect"));
        continue;
      }
      one.put("fifo", mutation.fifo().name());
      ArrayNode before = one.putArray("pendingBefore");
      for (int k = 0; k < mutation.pendingBeforeCount(); k++) {
        before.add(hex(mutation.pendingBefore(k)));
      }
      ArrayNode after = one.putArray("pendingAfter");
      for (int k = 0; k < mutation.pendingAfterCount(); k++) {
        after.add(hex(mutation.pendingAfter(k)));
      }
      putEffect(mutation, one.putObject("effect"));
    }
  }

  private static void putEffect(TlbMutation mutation, ObjectNode effect) {
    ArrayNode ranges = effect.putArray("ranges");
    boolean flushAll = false;
    for (int k = 0; k < mutation.pendingAfterCount() && !flushAll; k++) {
      flushAll = mutation.isFlushAll(k);
      if (!flushAll && !mutation.isSkipped(k)) {
        ranges.addObject().put("gva", hex(mutation.gva(k))).put("pages", mutation.pages(k));
      }
    }
    effect.put("flushAll", flushAll);
  }

  private void putExitToL1(ExitToL1 exit) {
    exitToL1(answer.putObject("exitToL1"), exit);
  }

  static void exitToL1(ObjectNode seen, ExitToL1 exit) {
    seen.put("reason", hex32(exit.reason()));
    seen.put("qualification", hex(exit.qualification()));
    if (!ExitReason.isFailedVmEntry(exit.reason())) {
      seen.put("interruptionInfo", hex32(exit.interruptionInfo()));
      seen.put("idtVectoringInfo", hex32(exit.idtVectoringInfo()));
      seen.put("instructionLength", exit.instructionLength());
      seen.put("instructionInfo", hex32(exit.instructionInfo()));
    }
  }

  static ArrayNode writes(EvmcsWrites writes) {
    ArrayNode array = JsonMapper.shared().createArrayNode();
    for (int i = 0; i < writes.count(); i++) {
      array
          .addObject()
          .put("field", writes.field(i).linuxName())
          .put("before", hex(writes.before(i)))
          .put("after", hex(writes.after(i)));
    }
    return array;
  }

  private static String hex32(int word) {
    return hex(Integer.toUnsignedLong(word));
  }

  static String hex(long word) {
    return "0x" + Long.toHexString(word);
  }
}
