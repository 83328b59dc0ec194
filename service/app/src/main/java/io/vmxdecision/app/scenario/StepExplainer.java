package io.vmxdecision.app.scenario;

import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.scenario.Scenario;
import io.vmxdecision.engine.scenario.ScenarioRule;
import io.vmxdecision.engine.scenario.ScenarioStep;
import io.vmxdecision.engine.scenario.ScenarioStep.EntryResult;
import io.vmxdecision.engine.scenario.ScenarioStep.VmClearResult;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Says of the rules T that had a part in a step what they did. */
final class StepExplainer {
  private final Scenario scenario;
  private final ScenarioStep step;
  private final List<ExplanationPart> parts = new ArrayList<>();

  private StepExplainer(Scenario scenario, ScenarioStep step) {
    this.scenario = scenario;
    this.step = step;
  }

  static List<ExplanationPart> explain(Scenario scenario, ScenarioStep step) {
    StepExplainer explainer = new StepExplainer(scenario, step);
    explainer.assistPage();
    explainer.entry();
    explainer.exit();
    explainer.entered();
    if (!step.drained().isEmpty()) {
      explainer.add(ScenarioRule.T7, step.drained().size() + " queues emptied or levels flushed");
    }
    if (!step.stale().isEmpty()) {
      explainer.add(ScenarioRule.T8, step.stale().size() + " data are stale");
    }
    explainer.others();
    return explainer.parts;
  }

  private void assistPage() {
    if (step.msr() != null) {
      add(ScenarioRule.T2, "MSR 0x40000073: " + (step.msr() == ScenarioStep.MsrResult.WRITTEN
          ? "written"
          : "#GP, its page is not in memory"));
    }
    boolean lookedUp =
        step.entry() != null || step.vmClear() == VmClearResult.SUCCEED || step.servedNestedState();
    if (lookedUp) {
      add(
          ScenarioRule.T2,
          "the copy is taken anew: directHypercall " + scenario.directHypercall(step.vcpu()));
    }
  }

  private void entry() {
    EntryResult entry = step.entry();
    if (entry == null) {
      return;
    }
    boolean entered = entry == EntryResult.ENTERED;
    EntryCheck violated = step.firstViolation();
    if (violated != null) {
      add(ScenarioRule.T4, entry + ": " + violated.id() + ", " + violated.statement());
      return;
    }
    add(ScenarioRule.T3, !entered
        ? "no eVMCS is mapped: " + entry
        : "eVMCS pointer 0x%x, %s".formatted(
            scenario.evmcsGpa(step.vcpu()), step.evmcsGpaChanged() ? "another one" : "as before"));
    if (entered) {
      String groups = Arrays.stream(CleanFieldGroup.values()).filter(step::isReloaded)
          .map(CleanFieldGroup::name).collect(Collectors.joining(", "));
      add(
          ScenarioRule.T4, "groups loaded: " + (groups.isEmpty() ? "none" : groups) + "; MSR bitmap "
              + step.msrBitmap());
    }
  }

  private void exit() {
    var writes = step.exitWrites();
    if (writes != null) {
      add(ScenarioRule.T5, "vmcs12 is written; the page differs from it in " + writes.count() + " fields");
    }
  }

  private void entered() {
    if (step.entered() == null) {
      return;
    }
    StringBuilder said = new StringBuilder("L0 enters ").append(step.entered());
    if (step.servedNestedState()) {
      said.append(step.isInternalError()
          ? "; the eVMCS of the restored state cannot be mapped"
          : "; the nested-state request is served");
    }
    var writes = step.enteredWrites();
    if (writes != null) {
      said.append("; vmcs12 goes into the page, ").append(writes.count()).append(" fields change");
    }
    add(ScenarioRule.T6, said.toString());
  }

  private void others() {
    if (step.vmClear() != null) {
      add(
          ScenarioRule.T9, step.vmClear() + (step.isReleased() ? ", the eVMCS is released" : "")
              + (step.isLaunchStateWritten() ? ", a launch state is written at address + 8" : ""));
    }
    if (step.isSaved()) {
      add(
          ScenarioRule.T10,
          "saved: flags 0x%x, %d bytes".formatted(step.savedFlags(), step.savedSize()));
    }
    if (step.isRestored()) {
      add(ScenarioRule.T10, step.isRestoreInvalid()
          ? "EINVAL"
          : "restored: VmId 0x%x, partition assist page 0x%x".formatted(
              scenario.vmId(step.vcpu()), scenario.partitionAssistPage(step.vcpu())));
    }
  }

  private void add(ScenarioRule rule, String evidence) {
    parts.add(
        new ExplanationPart(
            rule.id(), true, evidence, String.join("; ", rule.references(Profile.DEFAULT))));
  }
}
