package io.vmxdecision.engine.recorded;

import static io.vmxdecision.engine.recorded.DecisionJson.hex;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.Drain;
import io.vmxdecision.engine.scenario.Scenario;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioStep;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A step in the form of the API's answer, whole. */
public final class StepJson {
  private final Scenario scenario;
  private final ScenarioEvent event;
  private final ScenarioStep step;
  private final ObjectNode answer = JsonMapper.shared().createObjectNode();

  private StepJson(Scenario scenario, ScenarioEvent event, ScenarioStep step) {
    this.scenario = scenario;
    this.event = event;
    this.step = step;
  }

  /** Renders what {@code event} has done, last of all. */
  public static ObjectNode of(Scenario scenario, ScenarioEvent event, ScenarioStep step) {
    StepJson json = new StepJson(scenario, event, step);
    json.answer.put("vcpu", step.vcpu());
    json.putEntered();
    json.putDrained();
    json.putDecision();
    json.putOutcomes();
    json.putState();
    json.putStale();
    return json.answer;
  }

  private void putEntered() {
    Level level = step.entered();
    if (level == null) {
      return;
    }
    ObjectNode entered = answer.putObject("entered");
    entered.put("level", level.name());
    if (step.servedNestedState()) {
      entered.put("nestedStatePages", true);
    }
    if (step.isInternalError()) {
      entered.put("internalError", true);
    }
    EvmcsWrites writes = step.enteredWrites();
    if (writes != null) {
      entered.set("evmcsWrites", DecisionJson.writes(writes));
    }
  }

  private void putDrained() {
    ArrayNode drained = answer.putArray("drained");
    for (Drain drain : step.drained()) {
      ObjectNode one = drained.addObject();
      one.put("fifo", drain.fifo().name());
      ArrayNode pending = one.putArray("pending");
      for (long entry : drain.pending()) {
        pending.add(hex(entry));
      }
      ObjectNode effect = one.putObject("effect");
      ArrayNode ranges = effect.putArray("ranges");
      for (int i = 0; i < drain.played(); i++) {
        if (!drain.isSkipped(i)) {
          ranges.addObject().put("gva", hex(drain.gva(i))).put("pages", drain.pages(i));
        }
      }
      effect.put("flushAll", drain.isFlushAll());
    }
  }

  private void putDecision() {
    Decision decision = step.decision();
    if (decision == null) {
      return;
    }
    ObjectNode rendered;
    if (event instanceof ScenarioEvent.Inject) {
      rendered = JsonMapper.shared().createObjectNode();
      DecisionJson.exitToL1(rendered.putObject("exitToL1"), decision.exitToL1());
    } else {
      TlbMutation mutation = new TlbMutation().wrapApplied(scenario.snapshot(), decision);
      rendered = DecisionJson.of(mutation, step.exit(), decision);
    }
    EvmcsWrites writes = step.exitWrites();
    if (writes != null) {
      rendered.set("evmcsWrites", DecisionJson.writes(writes));
    }
    answer.set("decision", rendered);
  }

  private void putOutcomes() {
    ScenarioStep.EntryResult result = step.entry();
    if (result != null) {
      ObjectNode entry = answer.putObject("entry");
      entry.put("outcome", result == ScenarioStep.EntryResult.INVALID_OPCODE ? "#UD" : result.name());
      if (result == ScenarioStep.EntryResult.ENTERED) {
        putEntry(entry);
      }
    }
    if (step.msr() != null) {
      boolean written = step.msr() == ScenarioStep.MsrResult.WRITTEN;
      answer.putObject("wrmsr").put("outcome", written ? "WRITTEN" : "#GP");
    }
    ScenarioStep.VmClearResult cleared = step.vmClear();
    if (cleared != null) {
      ObjectNode clear = answer.putObject("vmclear");
      clear.put("outcome", cleared.name());
      if (cleared == ScenarioStep.VmClearResult.VMFAIL_VALID) {
        clear.put("instructionError", step.instructionError());
      }
      clear.put("released", step.isReleased()).put("launchStateWritten", step.isLaunchStateWritten());
    }
    if (step.isSaved()) {
      ObjectNode saved = answer.putObject("nestedState");
      saved.put("flags", hex(step.savedFlags())).put("size", step.savedSize()).put("vmcs12Gpa", hex(-1));
    }
    if (step.isRestored()) {
      answer.putObject("restore").put("outcome", step.isRestoreInvalid() ? "EINVAL" : "OK");
    }
  }

  private void putEntry(ObjectNode entry) {
    entry.put("evmcsGpaChanged", step.evmcsGpaChanged());
    ArrayNode groups = entry.putArray("reloadedGroups");
    for (CleanFieldGroup group : CleanFieldGroup.values()) {
      if (step.isReloaded(group)) {
        groups.add(group.name());
      }
    }
    entry.put("cleanFieldsAfter", hex(Integer.toUnsignedLong(step.cleanFieldsAfter())));
    entry.put("msrBitmap", String.valueOf(step.msrBitmap()));
  }

  private void putState() {
    int vcpu = step.vcpu();
    ObjectNode state = answer.putObject("state");
    state.put("level", scenario.level(vcpu).name());
    if (scenario.isEvmcsMapped(vcpu)) {
      state.put("evmcsGpa", hex(scenario.evmcsGpa(vcpu)));
    }
    state.put("mapPending", scenario.isMapPending(vcpu));
    state
        .putObject("cached")
        .put("vmId", hex(scenario.vmId(vcpu)))
        .put("vpId", hex(Integer.toUnsignedLong(scenario.vpId(vcpu))))
        .put("partitionAssistPage", hex(scenario.partitionAssistPage(vcpu)))
        .put("directHypercall", scenario.directHypercall(vcpu));
    ObjectNode pending = state.putObject("pendingFlush");
    for (Level level : new Level[]{Level.L1, Level.L2}) {
      ArrayNode queue = pending.putArray(level == Level.L1 ? "l1" : "l2");
      for (int i = 0; i < scenario.queues().pendingCount(vcpu, level); i++) {
        queue.add(hex(scenario.queues().pending(vcpu, level, i)));
      }
    }
  }

  private void putStale() {
    ArrayNode stale = answer.putArray("stale");
    for (StaleDatum datum : step.stale()) {
      ObjectNode one = stale.addObject();
      one.put("vcpu", datum.vcpu()).put("datum", datum.datum());
      if (datum.inMemory()) {
        one.put("gpa", hex(datum.gpa()));
      }
      if (datum.field() != null) {
        one.put("held", hex(datum.held()));
        if (datum.inMemory()) {
          one.put("page", hex(datum.page()));
        }
      }
      one.put("reread", datum.reread().name());
    }
  }
}
