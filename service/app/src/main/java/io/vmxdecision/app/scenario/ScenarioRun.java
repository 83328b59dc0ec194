package io.vmxdecision.app.scenario;

import io.vmxdecision.app.decision.DecisionAnswer.EffectPart;
import io.vmxdecision.app.decision.DecisionAnswer.ExitToL1Part;
import io.vmxdecision.app.decision.DecisionAnswer.ExplanationPart;
import io.vmxdecision.app.decision.DecisionAnswer.GvaRangePart;
import io.vmxdecision.app.decision.DecisionRenderer;
import io.vmxdecision.app.decision.DecisionRequest.PendingFlushPart;
import io.vmxdecision.app.decision.GuestLevel;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.exitreason.ExitReasonAnswer;
import io.vmxdecision.app.scenario.ScenarioAnswer.CachedPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.DrainPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.EnteredPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.EntryPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.EntryResultName;
import io.vmxdecision.app.scenario.ScenarioAnswer.FreshPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.MsrBitmapUseName;
import io.vmxdecision.app.scenario.ScenarioAnswer.MsrPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.MsrResultName;
import io.vmxdecision.app.scenario.ScenarioAnswer.NestedStatePart;
import io.vmxdecision.app.decision.RereadName;
import io.vmxdecision.app.scenario.ScenarioAnswer.RestorePart;
import io.vmxdecision.app.scenario.ScenarioAnswer.RestoreResultName;
import io.vmxdecision.app.scenario.ScenarioAnswer.StalePart;
import io.vmxdecision.app.scenario.ScenarioAnswer.StatePart;
import io.vmxdecision.app.scenario.ScenarioAnswer.StepAnswer;
import io.vmxdecision.app.scenario.ScenarioAnswer.StepDecisionPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.VmClearPart;
import io.vmxdecision.app.scenario.ScenarioAnswer.VmClearResultName;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.scenario.Drain;
import io.vmxdecision.engine.scenario.Scenario;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioFault;
import io.vmxdecision.engine.scenario.ScenarioMachine;
import io.vmxdecision.engine.scenario.ScenarioStep;
import io.vmxdecision.engine.scenario.ScenarioStep.EntryResult;
import io.vmxdecision.engine.scenario.ScenarioStep.VmClearResult;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** A scenario that is being played, and its steps in the form of the answer. */
final class ScenarioRun {
  private final Scenario scenario;
  private final StepOptions options;
  private final ScenarioStep step = new ScenarioStep();
  private List<StaleDatum> staleBefore = List.of();
  private @Nullable ExitReasonAnswer exitReason;
  private @Nullable List<ExplanationPart> explanation;

  ScenarioRun(ScenarioMachine machine, StepOptions options) {
    this.scenario = new Scenario(machine, Profile.DEFAULT);
    this.options = options;
    if (options.explain()) {
      scenario.observe(this::explain);
    }
  }

  /** While what the decision was made of still is as it was. */
  private void explain(Snapshot snapshot, VmExit exit, Decision decision) {
    exitReason = ExitReasonAnswer.of(snapshot, exit);
    explanation = DecisionRenderer.explanation(Profile.DEFAULT, question(snapshot, exit), decision);
  }

  private static Question question(Snapshot snapshot, VmExit exit) {
    return new Question(null, Profile.DEFAULT, snapshot, exit);
  }

  /**
   * Plays an event.
   *
   * @return why it cannot be, or null; if it cannot, nothing has changed
   */
  @Nullable
  ScenarioFault play(ScenarioEvent event) {
    List<StaleDatum> before = options.staleChanges() ? List.copyOf(step.stale()) : List.of();
    ScenarioFault fault = scenario.play(event, step);
    if (fault == null) {
      staleBefore = before;
    }
    return fault;
  }

  /** How many data are stale after the last event. */
  int staleCount() {
    return step.stale().size();
  }

  /**
   * What the last event, {@code event}, did. Some of it is made when it is written: before the next event.
   */
  StepAnswer answer(ScenarioEvent event) {
    boolean changes = options.staleChanges();
    return new StepAnswer(
        step.vcpu(), entered(), step.drained().stream().map(ScenarioRun::drain).toList(), decision(event),
        entry(), msr(), vmClear(),
        step.isSaved()
            ? new NestedStatePart(new Word32(step.savedFlags()), step.savedSize(), new Word64(-1))
            : null,
        step.isRestored()
            ? new RestorePart(step.isRestoreInvalid() ? RestoreResultName.EINVAL : RestoreResultName.OK)
            : null,
        state(), stale(changes ? changed() : step.stale()), changes ? fresh() : null,
        options.explain() ? StepExplainer.explain(scenario, step) : null);
  }

  private @Nullable EnteredPart entered() {
    Level level = step.entered();
    if (level == null) {
      return null;
    }
    return new EnteredPart(
        GuestLevel.of(level), step.servedNestedState() ? true : null, step.isInternalError() ? true : null,
        step.enteredWrites() == null ? null : DecisionRenderer.writes(step.enteredWrites()));
  }

  private static DrainPart drain(Drain drain) {
    List<GvaRangePart> ranges = new ArrayList<>();
    for (int i = 0; i < drain.played(); i++) {
      if (!drain.isSkipped(i)) {
        ranges.add(new GvaRangePart(new Word64(drain.gva(i)), drain.pages(i)));
      }
    }
    return new DrainPart(
        GuestLevel.of(drain.fifo()), LongStream.of(drain.pending()).mapToObj(Word64::new).toList(),
        new EffectPart(ranges, drain.isFlushAll()));
  }

  private @Nullable StepDecisionPart decision(ScenarioEvent event) {
    Decision decision = step.decision();
    if (decision == null) {
      return null;
    }
    DecisionRenderer parts =
        DecisionRenderer.ofApplied(Profile.DEFAULT, question(scenario.snapshot(), step.exit()), decision);
    var writes = step.exitWrites() == null ? null : DecisionRenderer.writes(step.exitWrites());
    if (event instanceof ScenarioEvent.Inject) {
      return new StepDecisionPart(
          null, null, null, null, null, null, null, parts.exitToL1(), writes, null);
    }
    return new StepDecisionPart(
        parts.handledBy(), exitReason, parts.l2TlbFlush(), parts.hypercall(), parts.tlbMutations(),
        parts.syntheticExit(), parts.registersAfter(), parts.exitToL1(), writes, explanation);
  }

  private @Nullable EntryPart entry() {
    EntryResult result = step.entry();
    if (result == null) {
      return null;
    }
    EntryResultName outcome = EntryResultName.valueOf(result.name());
    if (result != EntryResult.ENTERED) {
      return failedEntry(result, outcome);
    }
    return new EntryPart(
        outcome, step.evmcsGpaChanged(),
        Arrays.stream(CleanFieldGroup.values()).filter(step::isReloaded).map(CleanFieldGroup::name).toList(),
        new Word32(step.cleanFieldsAfter()),
        MsrBitmapUseName.valueOf(Objects.requireNonNull(step.msrBitmap()).name()), null, null, null, null,
        null);
  }

  private EntryPart failedEntry(EntryResult result, EntryResultName outcome) {
    EntryCheck first = step.firstViolation();
    var writes = step.exitWrites();
    return new EntryPart(
        outcome, null, null, null, null,
        result == EntryResult.VMFAIL_VALID ? step.instructionError() : null,
        first == null ? null : first.id(),
        first == null ? null : step.violations().stream().map(EntryCheck::id).toList(),
        result == EntryResult.FAILED_ENTRY
            ? new ExitToL1Part(
                new Word32(step.failedEntryReason()), new Word64(step.failedEntryQualification()), null, null,
                null, null)
            : null,
        writes == null ? null : DecisionRenderer.writes(writes));
  }

  private @Nullable MsrPart msr() {
    return step.msr() == null ? null : new MsrPart(MsrResultName.valueOf(step.msr().name()));
  }

  private @Nullable VmClearPart vmClear() {
    VmClearResult result = step.vmClear();
    if (result == null) {
      return null;
    }
    return new VmClearPart(
        VmClearResultName.valueOf(result.name()),
        result == VmClearResult.VMFAIL_VALID ? step.instructionError() : null, step.isReleased(),
        step.isLaunchStateWritten());
  }

  private StatePart state() {
    int vcpu = step.vcpu();
    return new StatePart(
        GuestLevel.of(scenario.level(vcpu)),
        scenario.isEvmcsMapped(vcpu) ? new Word64(scenario.evmcsGpa(vcpu)) : null,
        scenario.isMapPending(vcpu),
        new CachedPart(
            new Word64(scenario.vmId(vcpu)), new Word32(scenario.vpId(vcpu)),
            new Word64(scenario.partitionAssistPage(vcpu)), scenario.directHypercall(vcpu)),
        new PendingFlushPart(pending(vcpu, Level.L1), pending(vcpu, Level.L2)));
  }

  private List<Word64> pending(int vcpu, Level level) {
    List<Word64> entries = new ArrayList<>();
    for (int i = 0; i < scenario.queues().pendingCount(vcpu, level); i++) {
      entries.add(new Word64(scenario.queues().pending(vcpu, level, i)));
    }
    return entries;
  }

  /** What became stale, or is otherwise stale than before. */
  private List<StaleDatum> changed() {
    Set<StaleDatum> before = new HashSet<>(staleBefore);
    return step.stale().stream().filter(datum -> !before.contains(datum)).toList();
  }

  private List<FreshPart> fresh() {
    Set<FreshPart> now = new HashSet<>();
    step.stale().forEach(datum -> now.add(new FreshPart(datum.vcpu(), datum.datum())));
    return staleBefore.stream()
        .map(datum -> new FreshPart(datum.vcpu(), datum.datum()))
        .filter(datum -> !now.contains(datum))
        .toList();
  }

  /** Made one by one while they are written: 64 vCPUs may have thousands. */
  private static List<StalePart> stale(List<StaleDatum> data) {
    return new AbstractList<>() {
      @Override
      public StalePart get(int index) {
        return stale(data.get(index));
      }

      @Override
      public int size() {
        return data.size();
      }
    };
  }

  private static StalePart stale(StaleDatum datum) {
    boolean compared = datum.field() != null;
    return new StalePart(
        datum.vcpu(), datum.datum(), datum.inMemory() ? new Word64(datum.gpa()) : null,
        compared ? new Word64(datum.held()) : null,
        compared && datum.inMemory() ? new Word64(datum.page()) : null,
        RereadName.of(datum.reread()));
  }
}
