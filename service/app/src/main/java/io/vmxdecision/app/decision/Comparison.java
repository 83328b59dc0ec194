package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decision.CompareAnswer.DifferencePart;
import io.vmxdecision.app.decisionlog.DecisionId;
import io.vmxdecision.app.decisionlog.EngineVersion;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Departures;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.DepartureRules;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** Has several L0s decide the same, and says in what they differ and by which rules P. Counts no decisions. */
@Service
class Comparison {
  private static final String REQUEST = "/request";
  private static final AnswerOptions PLAIN = AnswerOptions.of(false, List.of());

  /** Heap that a vCPU's mutation takes as a tree, at most, less its entries; and an entry, in three places. */
  private static final int MUTATION_BYTES = 1024;
  private static final int ENTRY_BYTES = 512;

  private final DecisionRequestReader reader;
  private final JsonContract<CompareRequest> contract;
  private final JsonMapper mapper;

  Comparison(
      DecisionRequestReader reader, ContractSchemas schemas, JsonMapper mapper) {
    this.reader = reader;
    this.contract = JsonContract.of(CompareRequest.class, "CompareRequest", schemas);
    this.mapper = mapper;
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
    List<Profile> profiles = profiles(request);
    Question question;
    try {
      question =
          reader.question(
              request.request(),
              List.of(),
              () -> contract.rejection(part, new Violation(REQUEST, "a value is outside its range")));
    } catch (RejectedRequestException e) {
      if (e.kind() != ProblemKind.UNDECIDABLE) {
        throw e;
      }
      ProblemAnswer problem = ProblemAnswer.of(e.under(REQUEST));
      Map<String, BatchResult> answers = new LinkedHashMap<>();
      profiles.forEach(profile -> answers.put(profile.id(), new BatchResult(null, problem)));
      return new CompareAnswer(answers, List.of());
    }
    meter.read((profiles.size() + 1) * treeBytes(question.snapshot().vcpus()));
    return new Asked(question, profiles, options).answer();
  }

  private static long treeBytes(VirtualProcessors vcpus) {
    long bytes = 0;
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      int entries = Math.max(vcpus.pendingCount(vcpu, Level.L1), vcpus.pendingCount(vcpu, Level.L2));
      bytes += MUTATION_BYTES + (long) ENTRY_BYTES * entries;
    }
    return bytes;
  }

  /** The profiles, in the order of the request; with every fault of the request that JSON alone does not show. */
  private static List<Profile> profiles(CompareRequest request) {
    List<Violation> faults = new ArrayList<>();
    if (request.request().profile() != null) {
      faults.add(new Violation(REQUEST + "/profile", "has to be left out: profiles names them"));
    }
    List<@Nullable String> ids = request.profiles();
    List<Profile> profiles = new ArrayList<>(ids == null ? Profile.all() : List.of());
    if (ids != null && (ids.size() < 2 || ids.size() > 8)) {
      faults.add(new Violation("/profiles", "has to have 2 to 8 items"));
    }
    for (int i = 0; ids != null && i < ids.size(); i++) {
      String id = ids.get(i);
      Profile profile = id == null ? null : Profile.of(id);
      if (profile == null) {
        faults.add(
            new Violation("/profiles/" + i, "is none of the profiles " + String.join(", ", Profile.ids())));
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
    private final List<Profile> profiles;
    private final AnswerOptions options;
    private final Map<String, BatchResult> answers = new LinkedHashMap<>();
    private final Map<Profile, JsonNode> decisions = new LinkedHashMap<>();

    Asked(Question question, List<Profile> profiles, AnswerOptions options) {
      this.question = question;
      this.profiles = profiles;
      this.options = options;
    }

    CompareAnswer answer() {
      for (Profile profile : profiles) {
        try {
          DecisionAnswer decision = decide(profile, options);
          answers.put(profile.id(), new BatchResult(decision, null));
          decisions.put(profile, mapper.valueToTree(decision));
        } catch (RejectedRequestException e) {
          answers.put(profile.id(), new BatchResult(null, ProblemAnswer.of(e.under(REQUEST))));
        }
      }
      List<JsonPointer> pointers = Differences.between(decisions.values());
      return new CompareAnswer(answers, pointers.isEmpty() ? List.of() : differences(pointers));
    }

    private DecisionAnswer decide(Profile profile, AnswerOptions how) {
      Question asked = new Question(question.id(), profile, question.snapshot(), question.exit());
      ProfileDecision decision = ProfileDecision.of(profile);
      decision.decide(asked.snapshot(), asked.exit());
      decision.requireDecided();
      return decision.answer(asked, DecisionId.of(EngineVersion.CURRENT, asked), how);
    }

    private List<DifferencePart> differences(List<JsonPointer> pointers) {
      List<Set<Departure>> reasons = new ArrayList<>();
      pointers.forEach(pointer -> reasons.add(EnumSet.noneOf(Departure.class)));
      Map<Profile, Map<Departure, Set<JsonPointer>>> turned = new HashMap<>();
      for (Profile one : decisions.keySet()) {
        for (Profile other : decisions.keySet()) {
          for (int i = 0; i < pointers.size(); i++) {
            JsonPointer pointer = pointers.get(i);
            if (value(one, pointer).equals(value(other, pointer))) {
              continue;
            }
            for (Departure departure : one.departures().differing(other.departures())) {
              boolean explains =
                  turned
                      .computeIfAbsent(one, key -> new HashMap<>())
                      .computeIfAbsent(departure, key -> changes(one, key, other.departures(), pointers))
                      .contains(pointer);
              if (explains) {
                reasons.get(i).add(departure);
              }
            }
          }
        }
      }
      List<DifferencePart> parts = new ArrayList<>();
      for (int i = 0; i < pointers.size(); i++) {
        parts.add(part(pointers.get(i), reasons.get(i)));
      }
      return parts;
    }

    /** Which of the values change when the L0 of {@code profile} does as the other in {@code departure}. */
    private Set<JsonPointer> changes(
        Profile profile, Departure departure, Departures other, List<JsonPointer> pointers) {
      JsonNode turned;
      try {
        turned =
            mapper.valueToTree(
                decide(profile.with(profile.departures().taking(departure, other)), PLAIN));
      } catch (RejectedRequestException e) {
        turned = MissingNode.getInstance(); // that it cannot be decided is a change
      }
      Set<JsonPointer> changed = new HashSet<>();
      for (JsonPointer pointer : pointers) {
        if (!turned.at(pointer).equals(value(profile, pointer))) {
          changed.add(pointer);
        }
      }
      return changed;
    }

    private JsonNode value(Profile profile, JsonPointer pointer) {
      JsonNode decision = decisions.get(profile);
      return decision == null ? MissingNode.getInstance() : decision.at(pointer);
    }

    private DifferencePart part(JsonPointer pointer, Set<Departure> departures) {
      Map<String, JsonNode> values = new LinkedHashMap<>();
      decisions.forEach(
          (profile, decision) -> {
            if (!decision.at(pointer).isMissingNode()) {
              values.put(profile.id(), decision.at(pointer));
            }
          });
      String text = departures.stream().map(this::text).collect(Collectors.joining(" "));
      return new DifferencePart(
          pointer.toString(), values, departures.stream().map(Departure::id).toList(), text);
    }

    private String text(Departure departure) {
      String having =
          decisions.keySet().stream()
              .filter(profile -> profile.has(departure))
              .map(Profile::id)
              .collect(Collectors.joining(", "));
      return having + ": " + departure.title() + ". " + DepartureRules.of(departure).consequence();
    }
  }
}
