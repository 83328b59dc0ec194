package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.CounterfactualLimits;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.decision.CounterfactualAnswer.FlippedVerdict;
import io.vmxdecision.app.decision.CounterfactualAnswer.HypercallEnding;
import io.vmxdecision.app.decision.CounterfactualAnswer.SetPart;
import io.vmxdecision.app.decision.CounterfactualAnswer.VerdictsPart;
import io.vmxdecision.app.decision.DecisionAnswer.L2TlbFlushPart;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.engine.counterfactual.Change;
import io.vmxdecision.engine.counterfactual.Counterfactuals;
import io.vmxdecision.engine.counterfactual.Limits;
import io.vmxdecision.engine.counterfactual.Place;
import io.vmxdecision.engine.counterfactual.Search;
import io.vmxdecision.engine.counterfactual.Verdict;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.profile.Profile;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Finds the smallest changes that flip a decision. Counts no decisions. */
@Service
class CounterfactualService {
  /** Heap that a set takes in an answer, less the values of memory, at most. */
  private static final int SET_BYTES = 8192;

  private final DecisionRequestReader reader;
  private final PagesFormReader forms;
  private final CounterfactualLimits limits;
  private final JsonMapper mapper;

  CounterfactualService(
      DecisionRequestReader reader,
      PagesFormReader forms,
      CounterfactualLimits limits,
      JsonMapper mapper) {
    this.reader = reader;
    this.forms = forms;
    this.limits = limits;
    this.mapper = mapper;
  }

  /**
   * Searches.
   *
   * @param flips the names of the verdicts of which one has to flip; none: any
   * @param max how many sets the answer shall have at most, or null
   * @throws RejectedRequestException when the request cannot be decided, or the answer does not fit
   */
  CounterfactualAnswer search(
      byte @Nullable [] body, List<String> flips, @Nullable Integer max, BodyMeter meter) {
    Set<Verdict> goals = goals(flips);
    Limits bounds = limits.of(max);
    JsonPart part = JsonPart.whole(body);
    DecisionRequest request = reader.parse(part);
    Question question = reader.question(part, request, new RequestFaults());
    return search(request, question, goals, bounds, meter, UnaryOperator.identity());
  }

  /** Searches, likewise, of a form; the pointers of changes lead from the form on. */
  CounterfactualAnswer searchForm(
      HttpServletRequest form, List<String> flips, @Nullable Integer max, BodyMeter meter) {
    Set<Verdict> goals = goals(flips);
    Limits bounds = limits.of(max);
    PagesFormReader.Read read = forms.read(form);
    try {
      return search(read.request(), read.question(), goals, bounds, meter, read.form()::placeOf);
    } catch (RejectedRequestException e) {
      throw PagesFormParts.placed(e);
    }
  }

  private CounterfactualAnswer search(
      DecisionRequest request,
      Question question,
      Set<Verdict> goals,
      Limits bounds,
      BodyMeter meter,
      UnaryOperator<String> placed) {
    if (!(question.profile() instanceof Profile kernel)) {
      throw ProfileDecision.undecidable(
          "/profile",
          "counterfactuals are searched for under the kernels, not under " + question.profile().id()
              + ": it leaves verdicts open, which nothing flips");
    }
    KernelDecision decided = new KernelDecision(kernel);
    decided.decide(question.snapshot(), question.exit());
    decided.requireDecided();
    VerdictsPart now = verdicts(kernel, question, decided.decision());
    ChangeParts parts =
        new ChangeParts(request.snapshot(), question.snapshot(), question.exit(), mapper);
    List<Found> found = new ArrayList<>();
    Search search =
        Counterfactuals.search(
            kernel,
            question.snapshot(),
            question.exit(),
            goals,
            bounds,
            (changes, flipped, snapshot, exit, changed) -> {
              meter.read(SET_BYTES + changes.stream().mapToLong(parts::bytes).sum());
              Question asked = new Question(null, kernel, snapshot, exit);
              found.add(new Found(changes, flipped, verdicts(kernel, asked, changed)));
            });
    return new CounterfactualAnswer(
        question.id(),
        question.profile().id(),
        now,
        // the bytes of memory are as they were only now
        found.stream().map(set -> set.part(parts, placed)).toList(),
        search.candidates(),
        search.tried(),
        !search.complete());
  }

  private record Found(List<Change<Place>> changes, Set<Verdict> flips, VerdictsPart becomes) {
    SetPart part(ChangeParts parts, UnaryOperator<String> placed) {
      return new SetPart(
          parts.of(changes).stream().map(part -> part.at(placed.apply(part.pointer()))).toList(),
          flips.stream().map(FlippedVerdict::of).toList(), becomes);
    }
  }

  private static Set<Verdict> goals(List<String> names) {
    Set<Verdict> goals = EnumSet.noneOf(Verdict.class);
    for (String name : names) {
      goals.add(
          Arrays.stream(FlippedVerdict.values())
              .filter(verdict -> verdict.property().equals(name))
              .findFirst()
              .orElseThrow(
                  () -> new RejectedRequestException(
                      ProblemKind.INVALID_REQUEST,
                      "The parameter flips takes: "
                          + Arrays.stream(FlippedVerdict.values())
                              .map(FlippedVerdict::property)
                              .collect(Collectors.joining(", "))
                          + "."))
              .verdict());
    }
    return goals.isEmpty() ? EnumSet.allOf(Verdict.class) : goals;
  }

  private static VerdictsPart verdicts(Profile kernel, Question question, Decision decision) {
    DecisionRenderer renderer = new DecisionRenderer(kernel, question, decision);
    L2TlbFlushPart flush = renderer.l2TlbFlush();
    return new VerdictsPart(
        renderer.handledBy(),
        flush == null ? null : flush.eligible(),
        ending(decision.hypercall()),
        renderer.syntheticExit(),
        renderer.exitToL1());
  }

  private static @Nullable HypercallEnding ending(HypercallOutcome outcome) {
    if (!outcome.isHandled()) {
      return null;
    }
    return outcome.isInvalidOpcode()
        ? HypercallEnding.INVALID_OPCODE
        : HypercallEnding.valueOf(outcome.status().name());
  }
}
