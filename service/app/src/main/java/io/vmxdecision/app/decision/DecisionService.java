package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.rules.EnlightenedVmcsRules;
import java.util.List;
import org.springframework.stereotype.Service;

/** Asks the engine, counts what it says, puts it into words, and has it written down. */
@Service
class DecisionService {
  private final DecisionEngine engine = new DecisionEngine();
  private final DecisionMetrics metrics;
  private final DecisionRecorder recorder;

  DecisionService(DecisionMetrics metrics, DecisionRecorder recorder) {
    this.metrics = metrics;
    this.recorder = recorder;
  }

  /**
   * Decides.
   *
   * @throws RejectedRequestException when the input cannot be decided
   */
  DecisionAnswer decide(DecisionInput input, AnswerOptions options, Source source) {
    Decision decision = new Decision();
    long start = System.nanoTime();
    engine.decide(input.snapshot(), input.exit(), decision);
    long nanos = System.nanoTime() - start;
    requireDecided(decision);
    metrics.time(nanos);
    metrics.count(decision);
    String decisionId = DecisionId.of(EngineVersion.CURRENT, input.question());
    DecisionAnswer answer = new DecisionRenderer(input, decision).render(decisionId, options);
    recorder.record(input, decision, nanos, answer, options, source);
    return answer;
  }

  /**
   * Passes over what was decided.
   *
   * @throws RejectedRequestException when the input could not be
   */
  static void requireDecided(Decision decision) {
    switch (decision.outcome()) {
      case DECIDED -> {}
      case NOT_A_FLUSH_HYPERCALL ->
        throw rejection(
            ProblemKind.UNDECIDABLE,
            "an exit from L1 is decided only if it is a flush hypercall: VMCALL (0x12) with code 0x2,"
                + " 0x3, 0x13 or 0x14");
      case NO_ACTIVE_EVMCS ->
        throw rejection(
            ProblemKind.UNDECIDABLE,
            "where this exit goes depends on the controls of vmcs12, and no enlightened VMCS is in use: "
                + EnlightenedVmcsRules.activity(decision));
    }
  }

  private static RejectedRequestException rejection(ProblemKind kind, String detail) {
    return RejectedRequestException.of(kind, List.of(new Violation("/exit", detail)));
  }
}
