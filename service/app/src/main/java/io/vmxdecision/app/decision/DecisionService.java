package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.EnlightenedVmcsRules;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Decides, and puts the decision into words. */
@Service
class DecisionService {
  private final Decider decider;
  private final JsonMapper mapper;

  DecisionService(DecisionMetrics metrics, DecisionRecorder recorder, JsonMapper mapper) {
    this.decider = Decider.of(metrics, recorder);
    this.mapper = mapper;
  }

  /**
   * Decides.
   *
   * @throws RejectedRequestException when the question cannot be decided
   */
  DecisionAnswer decide(Question question, AnswerOptions options, Source source) {
    Decision decision = new Decision();
    RecordedAnswer recorded = ask(question, options, source, decision);
    return recorded == null ? answer(question, options, decision) : recorded.answer();
  }

  /**
   * Decides, with the answer in JSON: the very bytes of which the decision log has the digest.
   *
   * @throws RejectedRequestException when the question cannot be decided
   */
  byte[] decideInJson(Question question, AnswerOptions options, Source source) {
    Decision decision = new Decision();
    RecordedAnswer recorded = ask(question, options, source, decision);
    return recorded == null
        ? mapper.writeValueAsBytes(answer(question, options, decision))
        : recorded.json();
  }

  private @Nullable RecordedAnswer ask(
      Question question, AnswerOptions options, Source source, Decision decision) {
    RecordedAnswer recorded =
        decider.decide(
            question.profile(),
            question.snapshot(),
            question.exit(),
            decision,
            () -> new Asked(question, null, options, source));
    requireDecided(question.profile(), decision);
    return recorded;
  }

  private static DecisionAnswer answer(
      Question question, AnswerOptions options, Decision decision) {
    String decisionId = DecisionId.of(EngineVersion.CURRENT, question);
    return new DecisionRenderer(question, decision).render(decisionId, options);
  }

  /**
   * Passes over what was decided.
   *
   * @throws RejectedRequestException when the input could not be
   */
  static void requireDecided(Profile profile, Decision decision) {
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
      case TOO_MANY_VCPUS ->
        throw RejectedRequestException.of(
            ProblemKind.UNDECIDABLE,
            List.of(
                new Violation(
                    "/snapshot/vcpus",
                    profile.id() + ": a VM has at most " + profile.mostVcpus()
                        + " vCPUs, and VP indexes below that (rule P4)")));
    }
  }

  private static RejectedRequestException rejection(ProblemKind kind, String detail) {
    return RejectedRequestException.of(kind, List.of(new Violation("/exit", detail)));
  }
}
