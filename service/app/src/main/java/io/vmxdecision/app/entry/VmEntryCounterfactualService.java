package io.vmxdecision.app.entry;

import io.vmxdecision.app.contract.CounterfactualLimits;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decisionlog.VmEntryQuestion;
import io.vmxdecision.app.entry.VmEntryCounterfactualAnswer.OutcomePart;
import io.vmxdecision.app.entry.VmEntryCounterfactualAnswer.SetPart;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.engine.counterfactual.Change;
import io.vmxdecision.engine.counterfactual.EntryCounterfactuals;
import io.vmxdecision.engine.counterfactual.EntryPlace;
import io.vmxdecision.engine.counterfactual.Limits;
import io.vmxdecision.engine.counterfactual.Search;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntryDecision;
import io.vmxdecision.engine.entry.VmEntryEngine;
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

/** Finds the smallest changes with which L1 gets something else of a VM-entry. Counts no decisions. */
@Service
class VmEntryCounterfactualService {
  /** Heap that a set takes in an answer, at most. */
  private static final int SET_BYTES = 8192;

  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryReader reader;
  private final CounterfactualLimits limits;
  private final JsonMapper mapper;

  VmEntryCounterfactualService(
      VmEntryReader reader, CounterfactualLimits limits, JsonMapper mapper) {
    this.reader = reader;
    this.limits = limits;
    this.mapper = mapper;
  }

  /**
   * Searches.
   *
   * @param outcomes the names of the outcomes of which one is wanted; none: any other
   * @param max how many sets the answer shall have at most, or null
   * @throws RejectedRequestException when the request cannot be decided, or the answer does not fit
   */
  VmEntryCounterfactualAnswer search(
      byte @Nullable [] body, List<String> outcomes, @Nullable Integer max, BodyMeter meter) {
    Set<EntryOutcome> goals = goals(outcomes);
    Limits bounds = limits.of(max);
    JsonPart part = JsonPart.whole(body);
    VmEntryRequest request = reader.parse(part);
    VmEntryQuestion question = reader.question(part, request);
    return search(request, question, goals, bounds, meter, UnaryOperator.identity());
  }

  /** Searches, likewise, of a form; the pointers of changes lead from the form on. */
  VmEntryCounterfactualAnswer searchForm(
      HttpServletRequest form, List<String> outcomes, @Nullable Integer max, BodyMeter meter) {
    Set<EntryOutcome> goals = goals(outcomes);
    Limits bounds = limits.of(max);
    VmEntryReader.Form read = reader.read(form);
    return search(read.request(), read.question(), goals, bounds, meter, read.form()::placeOf);
  }

  private VmEntryCounterfactualAnswer search(
      VmEntryRequest request,
      VmEntryQuestion question,
      Set<EntryOutcome> goals,
      Limits bounds,
      BodyMeter meter,
      UnaryOperator<String> placed) {
    VmEntryDecision decision = new VmEntryDecision();
    engine.decide(question.entry(), decision);
    OutcomePart now = outcome(decision);
    List<Found> found = new ArrayList<>();
    Search search =
        EntryCounterfactuals.search(
            question.entry(),
            goals,
            bounds,
            (changes, changed) -> {
              meter.read(SET_BYTES);
              found.add(new Found(changes, outcome(changed)));
            });
    EntryChangeParts parts = new EntryChangeParts(request, question.entry(), mapper);
    return new VmEntryCounterfactualAnswer(
        question.id(),
        now,
        found.stream().map(set -> set.part(parts, placed)).toList(),
        search.candidates(),
        search.tried(),
        !search.complete());
  }

  private record Found(List<Change<EntryPlace>> changes, OutcomePart becomes) {
    SetPart part(EntryChangeParts parts, UnaryOperator<String> placed) {
      return new SetPart(
          parts.of(changes).stream().map(part -> part.at(placed.apply(part.pointer()))).toList(), becomes);
    }
  }

  private static Set<EntryOutcome> goals(List<String> names) {
    Set<EntryOutcome> goals = EnumSet.noneOf(EntryOutcome.class);
    for (String name : names) {
      goals.add(
          Arrays.stream(EntryOutcome.values())
              .filter(outcome -> outcome.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () -> new RejectedRequestException(
                      ProblemKind.INVALID_REQUEST,
                      "The parameter outcome takes: "
                          + Arrays.stream(EntryOutcome.values())
                              .map(EntryOutcome::name)
                              .collect(Collectors.joining(", "))
                          + ".")));
    }
    return goals.isEmpty() ? EnumSet.allOf(EntryOutcome.class) : goals;
  }

  private static OutcomePart outcome(VmEntryDecision decision) {
    EntryCheck first = decision.firstViolation();
    return new OutcomePart(
        decision.outcome(),
        first == null ? null : first.id(),
        decision.outcome() == EntryOutcome.VM_FAIL_VALID
            ? VmEntryRenderer.error(decision.instructionError())
            : null,
        decision.outcome() == EntryOutcome.FAILED_ENTRY ? VmEntryRenderer.exit(decision) : null,
        decision.undecided().size());
  }
}
