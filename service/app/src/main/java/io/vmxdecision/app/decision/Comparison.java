package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.decision.CompareAnswer.DifferencePart;
import io.vmxdecision.app.decision.DecisionAnswer.TlbMutationPart;
import io.vmxdecision.app.decision.Differences.Difference;
import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.profile.TlfsProfile;
import io.vmxdecision.engine.rules.DepartureRules;
import io.vmxdecision.engine.tlfs.TlfsRule;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * Has several L0s decide the same, and the text beside them, and says in what they differ and by which rules P and T. It
 * is counted as one comparison and as no decision.
 */
@Service
class Comparison {
  private static final String REQUEST = "/request";

  /** Heap that a vCPU's mutation takes as a tree, at most, less its entries and ranges; and one of these. */
  private static final int MUTATION_BYTES = 1024;
  private static final int ENTRY_BYTES = 320;

  private final DecisionRequestReader reader;
  private final JsonContract<CompareRequest> contract;
  private final JsonMapper mapper;
  private final DecisionMetrics metrics;

  Comparison(
      DecisionRequestReader reader,
      ContractSchemas schemas,
      JsonMapper mapper,
      DecisionMetrics metrics) {
    this.reader = reader;
    this.contract = JsonContract.of(CompareRequest.class, "CompareRequest", schemas);
    this.mapper = mapper;
    this.metrics = metrics;
  }

  /**
   * Compares.
   *
   * @throws RejectedRequestException when the body does not fit the contract. A request that fits it and cannot
   *     be decided is a problem in the answer.
   */
  CompareAnswer compare(byte @Nullable [] body, AnswerOptions options, BodyMeter meter) {
    JsonPart part = JsonPart.whole(body);
    CompareRequest request = contract.read(part);
    List<BehaviourProfile> profiles = profiles(request);
    Question question;
    try {
      question =
          reader.question(request.request(), contract, part, new RequestFaults());
    } catch (RejectedRequestException e) {
      if (e.kind() != ProblemKind.UNDECIDABLE) {
        throw e;
      }
      ProblemAnswer problem = ProblemAnswer.of(e.under(REQUEST));
      Map<String, BatchResult> answers = new LinkedHashMap<>();
      profiles.forEach(profile -> answers.put(profile.id(), new BatchResult(null, problem)));
      return new CompareAnswer(answers, List.of());
    }
    CompareAnswer answer = new Asked(question, profiles, options, meter).answer();
    metrics.countComparison(!answer.differences().isEmpty());
    return answer;
  }

  private static long treeBytes(DecisionAnswer decision) {
    long bytes = 0;
    for (TlbMutationPart each : orEmpty(decision.tlbMutations())) {
      int entries = orEmpty(each.pendingBefore()).size() + orEmpty(each.pendingAfter()).size();
      bytes += MUTATION_BYTES + (long) ENTRY_BYTES * (entries + each.effect().ranges().size());
    }
    return bytes;
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  /** The profiles, in the order of the request; with every fault of the request that JSON alone does not show. */
  private static List<BehaviourProfile> profiles(CompareRequest request) {
    List<Violation> faults = new ArrayList<>();
    if (request.request().profile() != null) {
      faults.add(new Violation(REQUEST + "/profile", "has to be left out: profiles names them"));
    }
    List<@Nullable String> ids = request.profiles();
    List<BehaviourProfile> profiles = new ArrayList<>(ids == null ? BehaviourProfile.all() : List.of());
    if (ids != null && (ids.size() < 2 || ids.size() > 8)) {
      faults.add(new Violation("/profiles", "has to have 2 to 8 items"));
    }
    for (int i = 0; ids != null && i < ids.size(); i++) {
      String id = ids.get(i);
      BehaviourProfile profile = id == null ? null : BehaviourProfile.of(id);
      if (profile == null) {
        faults.add(
            new Violation("/profiles/" + i,
                "is none of the profiles " + String.join(", ", BehaviourProfile.ids())));
      } else if (profiles.contains(profile)) {
        faults.add(new Violation("/profiles/" + i, "is there twice"));
      } else {
        profiles.add(profile);
      }
    }
    if (!faults.isEmpty()) {
      throw RejectedRequestException.of(ProblemKind.INVALID_REQUEST, faults);
    }
    return profiles;
  }

  /** One request, and what became of it. */
  private final class Asked {
    private final Question question;
    private final List<BehaviourProfile> profiles;
    private final AnswerOptions options;
    private final BodyMeter meter;
    private final Map<String, BatchResult> answers = new LinkedHashMap<>();
    private final Map<String, JsonNode> decisions = new LinkedHashMap<>();
    private final List<Profile> kernels = new ArrayList<>();
    private Set<TlfsRule> ofText = Set.of();

    Asked(
        Question question,
        List<BehaviourProfile> profiles,
        AnswerOptions options,
        BodyMeter meter) {
      this.question = question;
      this.profiles = profiles;
      this.options = options;
      this.meter = meter;
    }

    CompareAnswer answer() {
      for (BehaviourProfile profile : profiles) {
        try {
          answers.put(profile.id(), new BatchResult(decide(profile), null));
        } catch (RejectedRequestException e) {
          if (e.kind() != ProblemKind.UNDECIDABLE) {
            throw e;
          }
          answers.put(profile.id(), new BatchResult(null, ProblemAnswer.of(e.under(REQUEST))));
        }
      }
      List<Difference> differences =
          Differences.between(kernels.stream().map(this::decision).toList(), decision(TlfsProfile.TLFS));
      List<Set<Departure>> departures = departures(differences);
      List<DifferencePart> parts = new ArrayList<>();
      for (int i = 0; i < differences.size(); i++) {
        parts.add(part(differences.get(i), departures.get(i)));
      }
      return new CompareAnswer(answers, parts);
    }

    private DecisionAnswer decide(BehaviourProfile profile) {
      Question asked = as(profile);
      ProfileDecision decision = ProfileDecision.of(profile);
      decision.decide(asked.snapshot(), asked.exit());
      decision.requireDecided();
      switch (decision) {
        case KernelDecision kernel -> kernels.add(kernel.profile());
        case TextDecision text -> ofText = text.decision().rules();
      }
      DecisionAnswer answer =
          decision.answer(asked, DecisionId.of(EngineVersion.CURRENT, asked), options);
      meter.read(treeBytes(answer));
      decisions.put(profile.id(), mapper.valueToTree(answer));
      return answer;
    }

    private Question as(BehaviourProfile profile) {
      return new Question(question.id(), profile, question.snapshot(), question.exit());
    }

    private JsonNode decision(BehaviourProfile profile) {
      JsonNode decision = decisions.get(profile.id());
      return decision == null ? MissingNode.getInstance() : decision;
    }

    /** Of each difference: the switches by which any two of the kernels part there. */
    private List<Set<Departure>> departures(List<Difference> differences) {
      List<Set<Departure>> reasons = new ArrayList<>();
      differences.forEach(difference -> reasons.add(EnumSet.noneOf(Departure.class)));
      for (Profile one : kernels) {
        Map<Departure, Set<JsonPointer>> turned = new EnumMap<>(Departure.class);
        for (Profile other : kernels) {
          for (int i = 0; i < differences.size(); i++) {
            JsonPointer pointer = differences.get(i).pointer();
            if (decision(one).at(pointer).equals(decision(other).at(pointer))) {
              continue;
            }
            for (Departure departure : one.departures().differing(other.departures())) {
              if (turned
                  .computeIfAbsent(departure, key -> changes(one, key, other, differences))
                  .contains(pointer)) {
                reasons.get(i).add(departure);
              }
            }
          }
        }
      }
      return reasons;
    }

    /** Which of the values change when the L0 of {@code profile} does as the other in {@code departure}. */
    private Set<JsonPointer> changes(
        Profile profile, Departure departure, Profile other, List<Difference> differences) {
      ProfileDecision decision =
          new KernelDecision(profile.with(profile.departures().taking(departure, other.departures())));
      decision.decide(question.snapshot(), question.exit());
      JsonNode turned = MissingNode.getInstance(); // that it cannot be decided is a change
      long held = 0;
      if (decision.isDecided()) {
        DecisionAnswer answer = decision.answer(as(profile), "", AnswerOptions.PLAIN);
        held = treeBytes(answer);
        meter.read(held);
        turned = mapper.valueToTree(answer);
      }
      Set<JsonPointer> changed = new HashSet<>();
      for (Difference difference : differences) {
        JsonPointer pointer = difference.pointer();
        if (!turned.at(pointer).equals(decision(profile).at(pointer))) {
          changed.add(pointer);
        }
      }
      meter.release(held);
      return changed;
    }

    private DifferencePart part(Difference difference, Set<Departure> departures) {
      Map<String, JsonNode> values = new LinkedHashMap<>();
      decisions.forEach(
          (id, decision) -> {
            JsonNode value = decision.at(difference.pointer());
            if (!value.isMissingNode()) {
              values.put(id, value);
            }
          });
      List<TlfsRule> text = difference.ofText() ? rules(difference.pointer().toString()) : List.of();
      return new DifferencePart(
          difference.pointer().toString(),
          values,
          Stream.concat(departures.stream().map(Departure::id), text.stream().map(TlfsRule::name)).toList(),
          Stream.concat(departures.stream().map(this::text), text.stream().map(Asked::text))
              .collect(Collectors.joining(" ")));
    }

    /** The rules T that speak of what is there. */
    private List<TlfsRule> rules(String pointer) {
      JsonNode handledBy = decision(TlfsProfile.TLFS).path("handledBy");
      boolean sameHandler =
          kernels.stream().allMatch(kernel -> decision(kernel).path("handledBy").equals(handledBy));
      return ofText.stream()
          .filter(rule -> rule.bearsOn(pointer) || (rule == TlfsRule.T1 && !sameHandler))
          .toList();
    }

    private String text(Departure departure) {
      String having =
          kernels.stream()
              .filter(profile -> profile.has(departure))
              .map(Profile::id)
              .collect(Collectors.joining(", "));
      return having + ": " + departure.title() + ". " + DepartureRules.of(departure).consequence();
    }

    private static String text(TlfsRule rule) {
      String demand = TlfsProfile.TLFS.id() + ": " + rule.text();
      return rule.kvm().isEmpty() ? demand : demand + " " + rule.kvm();
    }
  }
}
