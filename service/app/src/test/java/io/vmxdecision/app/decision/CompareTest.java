package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Profile;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

@RunningService
class CompareTest {
  private static final Set<String> OF_ITSELF = Set.of("id", "decisionId", "profile", "explanation");

  private static final long SEED = 20_261_128;
  private static final int REQUESTS = 80;

  /** Those by which the profiles part, and some by which they do not. */
  private static final List<String> REASONS =
      List.of("0x0", "0xa", "0x12", "0x12", "0x3f", "0x40", "0x4c", "0x4d", "0x54", "0x55", "0x1f", "0x30");

  /** Of a control word: fast, and a rep count of up to three. */
  private static final long CONTROL_BITS = 3L << 32 | 1L << 16;

  private static final int[] CODES = {0x2, 0x3, 0x13, 0x14};

  private final ServiceClient service;

  CompareTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  /**
   * The recorded rules are those by which any two kernels part, found with the kernels' own code. Those of the text are
   * there where a kernel does otherwise than it says.
   */
  @Test
  void eachRecordedCasePartsByTheRulesThatWereRecorded() {
    List<JsonNode> cases = RecordedLines.of("/vectors/profiles.ndjson.gz");
    Set<String> seen = new TreeSet<>();
    int equal = 0;
    for (JsonNode one : cases) {
      String name = one.path("id").asString();
      JsonNode answer = compare(null, one.path("request")).ok().json();
      Set<String> rules = new TreeSet<>();
      Set<String> ofText = new TreeSet<>();
      for (JsonNode difference : answer.path("differences")) {
        assertThat(difference.path("rules")).as("%s %s", name, difference).isNotEmpty();
        strings(difference.path("rules")).forEach(rule -> (rule.startsWith("P") ? rules : ofText).add(rule));
        assertThat(difference.path("text").asString()).as(name).endsWith(".");
        for (String profile : BehaviourProfile.ids()) {
          assertThat(difference.path("values").path(profile))
              .as("%s %s", name, difference)
              .isEqualTo(
                  answer.at("/answers/" + profile + "/decision" + difference.path("pointer").asString()));
        }
      }
      if (one.has("rules") && !hasKernelProblem(answer)) {
        assertThat(rules).as(name).isEqualTo(strings(one.path("rules")));
      }
      boolean asTheTextSays = allDoAsTheTextSays(answer);
      assertThat(ofText.isEmpty()).as(name).isEqualTo(asTheTextSays);
      assertThat(answer.path("differences").isEmpty()).as(name)
          .isEqualTo(asTheTextSays && areEqual(answer));
      equal += answer.path("differences").isEmpty() ? 1 : 0;
      seen.addAll(rules);
      seen.addAll(ofText);
    }
    assertThat(equal).isBetween(50, 450);
    assertThat(seen).as("each row of the table of differences shows")
        .contains("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9")
        .contains("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12");
  }

  /** Requests near to what the profiles part by, for each pair of them and for all together. */
  @Test
  void differencesAreEmptyExactlyWhenTheAnswersAreEqual() {
    List<List<String>> sets = new ArrayList<>();
    sets.add(BehaviourProfile.ids());
    for (String one : BehaviourProfile.ids()) {
      BehaviourProfile.ids().stream().filter(other -> !other.equals(one)).forEach(
          other -> sets.add(List.of(one, other)));
    }
    Random random = new Random(SEED);
    List<JsonNode> recorded =
        Stream.of("profiles", "l2-flush", "l1-flush", "routing", "ineligible")
            .flatMap(name -> RecordedLines.of("/vectors/" + name + ".ndjson.gz").stream()).toList();
    Map<Boolean, Integer> counts = new TreeMap<>();
    for (int i = 0; i < REQUESTS; i++) {
      ObjectNode request =
          changed((ObjectNode) recorded.get(random.nextInt(recorded.size())).path("request").deepCopy(),
              random);
      Map<String, JsonNode> alone = new HashMap<>();
      for (String profile : BehaviourProfile.ids()) {
        Answer answer = service.decide(request.deepCopy().put("profile", profile).toString());
        assertThat(answer.status()).as("%s", request).isIn(200, 422);
        alone.put(profile, answer.status() == 200 ? answer.json() : MissingNode.getInstance());
      }
      for (List<String> profiles : List.of(sets.getFirst(), sets.get(1 + random.nextInt(sets.size() - 1)))) {
        JsonNode answer = compare(profiles, request).ok().json();
        for (String profile : profiles) {
          assertThat(answer.path("answers").path(profile).path("decision"))
              .as("%s of %s", profile, request).isEqualTo(alone.get(profile));
        }
        boolean equal = areEqual(answer) && allDoAsTheTextSays(answer);
        assertThat(answer.path("differences").isEmpty()).as("%s of %s", profiles, request).isEqualTo(equal);
        answer.path("differences").forEach(
            difference -> assertThat(difference.path("rules")).as("%s of %s", profiles, request)
                .isNotEmpty());
        counts.merge(equal, 1, Integer::sum);
      }
    }
    assertThat(counts.get(true)).isGreaterThan(REQUESTS / 4);
    assertThat(counts.get(false)).isGreaterThan(REQUESTS / 4);
  }

  /** Another request: another exit, call, CPUID or vCPU than was recorded. */
  private static ObjectNode changed(ObjectNode request, Random random) {
    request.remove("profile");
    ObjectNode snapshot = request.withObject("/snapshot");
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      switch (random.nextInt(7)) {
        case 0 -> request.withObject("/exit").put("reason", REASONS.get(random.nextInt(REASONS.size())));
        case 1 -> request.withObject("/exit").put("interruptionInfo", "0x80000314");
        case 2 ->
          request.withObject("/exit").put("qualification", "0x" + Integer.toHexString(random.nextInt()));
        case 3 -> snapshot.withObject("/cpuid").put("faulting", random.nextBoolean());
        case 4 -> snapshot.withObject("/registers").put("cpl", random.nextInt(4));
        case 5 -> snapshot.withObject("/registers").put("rcx",
            "0x" + Long.toHexString((random.nextLong() & CONTROL_BITS)
                | CODES[random.nextInt(CODES.length)]));
        default -> snapshot.withObject("/partitionAssist").put("tlbLockCount", random.nextInt(2));
      }
    }
    return request;
  }

  @Test
  void theAnswersAreThoseOfTheProfilesAskedOneByOne() {
    JsonNode request = SampleRequest.flush().json();
    JsonNode answer = compare(List.of("kvm-7.3", "kvm-6.1"), request).ok().json();
    assertThat(answer.path("answers").propertyNames()).containsExactly("kvm-7.3", "kvm-6.1");
    for (String profile : List.of("kvm-7.3", "kvm-6.1")) {
      ObjectNode alone = ((ObjectNode) request.deepCopy()).put("profile", profile);
      assertThat(answer.at("/answers/" + profile + "/decision"))
          .isEqualTo(service.decide(alone.toString()).ok().json());
    }
    JsonNode first = answer.path("differences").valueStream()
        .filter(it -> it.path("pointer").asString().equals("/handledBy")).findFirst().orElseThrow();
    assertThat(first.path("values").toString()).isEqualTo("{\"kvm-7.3\":\"L0\",\"kvm-6.1\":\"L1\"}");
    assertThat(first.path("rules").toString()).isEqualTo("[\"P1\"]");
    assertThat(first.path("text").asString()).startsWith("kvm-6.1: no L2 TLB flush.");
  }

  @Test
  void explanationsAreThereWhenAskedForAndAreNotCompared() {
    String body = body(null, SampleRequest.flush().json());
    JsonNode answer =
        service.post("/v1/decisions/compare?explain=true", BodyPublishers.ofString(body)).ok().json();
    assertThat(answer.at("/answers/kvm-6.1/decision/explanation")).isNotEmpty();
    assertThat(answer.path("differences").valueStream())
        .extracting(it -> it.path("pointer").asString()).isNotEmpty().doesNotContain("/explanation");
  }

  @Test
  void aProfileThatCannotDecideHasAProblemInItsPlace() {
    ObjectNode request = (ObjectNode) SampleRequest.flush().json();
    ((ObjectNode) request.path("snapshot")).putArray("vcpus").addObject().put("vpIndex", 2000);
    JsonNode answer = compare(null, request).ok().json();
    assertThat(answer.at("/answers/kvm-6.1/problem/status").asInt()).isEqualTo(422);
    assertThat(answer.at("/answers/kvm-6.1/problem/errors/0/pointer").asString())
        .startsWith("/request/snapshot/vcpus");
    assertThat(answer.at("/answers/kvm-7.3/decision/handledBy").asString()).isEqualTo("L0");
  }

  @Test
  void whatContradictsItselfIsAProblemOfEachProfile() {
    ObjectNode request = (ObjectNode) SampleRequest.flush().json();
    ((ObjectNode) request.path("snapshot")).put("vcpu", 3);
    JsonNode answer = compare(null, request).ok().json();
    for (String profile : BehaviourProfile.ids()) {
      assertThat(answer.at("/answers/" + profile + "/problem/errors/0/pointer").asString())
          .isEqualTo("/request/snapshot/vcpu");
    }
    assertThat(answer.path("differences")).isEmpty();
  }

  @Test
  void allFaultsOfTheProfilesAreToldAtOnce() {
    ObjectNode request = ((ObjectNode) SampleRequest.flush().json()).put("profile", "kvm-6.12");
    Answer refused = compare(List.of("kvm-6.1", "kvm-5.4", "kvm-6.1"), request).problem(400);
    assertThat(refused.texts("/errors", "pointer"))
        .containsExactly("/request/profile", "/profiles/1", "/profiles/2");
    assertThat(refused.texts("/errors", "detail").get(1)).contains("kvm-6.1, kvm-6.12, kvm-7.3, tlfs");
    assertThat(
        compare(List.of("kvm-6.1"), SampleRequest.flush().json()).problem(400).texts("/errors", "pointer"))
        .containsExactly("/profiles");
  }

  @Test
  void aFaultOfTheRequestIsOneOfTheWholeCall() {
    ObjectNode request = (ObjectNode) SampleRequest.flush().json();
    ((ObjectNode) request.path("snapshot")).put("vcpu", 5000).put("none", 1);
    assertThat(compare(null, request).problem(400).texts("/errors", "pointer"))
        .containsExactlyInAnyOrder("/request/snapshot/vcpu", "/request/snapshot/none");
  }

  @Test
  void aKernelThatDoesOtherwiseThanTheTextIsToldWithTheRuleAndWhatKvmDoes() {
    JsonNode nested = compare(List.of("kvm-6.12", "tlfs"), request("t19-is-nested")).ok().json();
    assertThat(nested.path("differences").valueStream())
        .filteredOn(it -> it.path("pointer").asString().equals("/hypercall/status")).singleElement()
        .satisfies(
            it -> {
              assertThat(it.path("values").toString()).isEqualTo("{\"kvm-6.12\":\"0x3\",\"tlfs\":\"0x0\"}");
              assertThat(strings(it.path("rules"))).contains("T3").doesNotContain("T1");
              assertThat(it.path("text").asString()).contains("KVM has bit 31 among the reserved ones");
            });
    // One of several outcomes is none, but flushing everybody is.
    JsonNode nobody = compare(List.of("kvm-6.12", "tlfs"), request("t36-nobody")).ok().json();
    assertThat(nobody.path("differences").valueStream())
        .extracting(it -> it.path("pointer").asString()).containsExactly("/tlbMutations");
    // What the text leaves open no kernel can contradict.
    JsonNode open = compare(List.of("kvm-7.3", "tlfs"), request("t65-gva-straddling-start")).ok().json();
    assertThat(open.at("/answers/tlfs/decision/openQuestions/0/pointer").asString())
        .isEqualTo("/tlbMutations");
    assertThat(open.path("differences")).isEmpty();
  }

  @Test
  void anExitThatTheTextDoesNotRouteIsAProblemBesideTheDecisionsOfKernels() {
    JsonNode answer = compare(null, request("t74-ept-violation")).ok().json();
    assertThat(answer.path("answers").propertyNames()).containsExactlyElementsOf(BehaviourProfile.ids());
    assertThat(answer.at("/answers/tlfs/problem/errors/0/pointer").asString()).isEqualTo("/request/exit");
    assertThat(answer.at("/answers/kvm-6.1/decision/handledBy").asString()).isEqualTo("L0");
  }

  private static JsonNode request(String id) {
    return RecordedLines.of("/vectors/profiles.ndjson.gz").stream()
        .filter(one -> one.path("id").asString().equals(id))
        .findFirst().orElseThrow().path("request");
  }

  private Answer compare(@Nullable List<String> profiles, JsonNode request) {
    return service.post("/v1/decisions/compare", BodyPublishers.ofString(body(profiles, request)));
  }

  private static String body(@Nullable List<String> profiles, JsonNode request) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    if (profiles != null) {
      profiles.forEach(body.withArray("profiles")::add);
    }
    return body.set("request", request).toString();
  }

  private static boolean hasKernelProblem(JsonNode answer) {
    return Profile.ids().stream().anyMatch(id -> answer.path("answers").path(id).has("problem"));
  }

  /** Leaf by leaf, so that it is another way than that of the service. */
  private static boolean allDoAsTheTextSays(JsonNode answer) {
    JsonNode text = answer.at("/answers/tlfs/decision");
    if (text.isMissingNode()) {
      return true;
    }
    Set<String> open = new HashSet<>(text.path("openQuestions").findValuesAsString("pointer"));
    ObjectNode said = (ObjectNode) text.deepCopy();
    said.remove(OF_ITSELF);
    said.remove("openQuestions");
    JsonNode mutations = said.remove("tlbMutations");
    JsonNode allowed =
        said.has("hypercall") ? ((ObjectNode) said.path("hypercall")).remove("allowed") : null;
    Map<String, String> leaves = leaves("", said);
    for (String id : Profile.ids()) {
      JsonNode kernel = answer.path("answers").path(id).path("decision");
      if (kernel.isMissingNode()) {
        continue;
      }
      if (!leaves("", kernel).entrySet().containsAll(leaves.entrySet())) {
        return false;
      }
      if (mutations != null && !open.contains("/tlbMutations")) {
        ArrayNode done = JsonMapper.shared().createArrayNode();
        for (JsonNode one : kernel.path("tlbMutations")) {
          done.add(((ObjectNode) one.deepCopy()).retain("vcpu", "effect"));
        }
        if (!kernel.has("tlbMutations") || !done.equals(mutations)) {
          return false;
        }
      }
      JsonNode ended = kernel.path("hypercall");
      if (allowed != null && allowed.valueStream()
          .noneMatch(it -> it.has("status")
              ? it.path("status").equals(ended.path("status"))
              : it.has("exception") && ended.has("exception"))) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, String> leaves(String pointer, JsonNode node) {
    if (!node.isObject()) {
      return Map.of(pointer, node.toString());
    }
    Map<String, String> leaves = new HashMap<>();
    node.properties().forEach(one -> leaves.putAll(leaves(pointer + "/" + one.getKey(), one.getValue())));
    return leaves;
  }

  private static boolean areEqual(JsonNode answer) {
    Set<JsonNode> different = new HashSet<>();
    for (String id : Profile.ids()) {
      JsonNode one = answer.path("answers").path(id);
      if (one.has("decision")) {
        ObjectNode decision = (ObjectNode) one.path("decision").deepCopy();
        decision.remove(OF_ITSELF);
        if (decision.has("l2TlbFlush")) {
          ((ObjectNode) decision.path("l2TlbFlush")).remove("supported");
        }
        different.add(decision);
      }
    }
    return different.size() <= 1;
  }

  private static Set<String> strings(JsonNode array) {
    Set<String> strings = new TreeSet<>();
    array.forEach(it -> strings.add(it.asString()));
    return strings;
  }
}
