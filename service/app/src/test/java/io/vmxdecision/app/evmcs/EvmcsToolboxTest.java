package io.vmxdecision.app.evmcs;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.engine.check.EvmcsCheck;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.json.JSONException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

@RunningService
class EvmcsToolboxTest {
  private static final String FIELDS = "/v1/evmcs/fields";
  private static final String DECODE = "/v1/evmcs/decode";
  private static final String ENCODE = "/v1/evmcs/encode";
  private static final String DIFF = "/v1/evmcs/diff";
  private static final String CHECK = "/v1/evmcs/check";

  private final ServiceClient service;

  EvmcsToolboxTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/reference/evmcs-fields.csv", useHeadersInDisplayName = true)
  void aFieldIsListedAsTheReferenceTableHasIt(
      String field, String tlfsName, String offset, int bytes, String encoding, String vmcsName,
      String cleanGroup, String reads, String writes) {
    JsonNode listed =
        service.get(FIELDS).ok().json().path("fields").valueStream()
            .filter(one -> one.path("name").asString().equals(field))
            .findFirst()
            .orElseThrow();
    assertThat(listed.path("tlfsName").asString()).isEqualTo(tlfsName);
    assertThat(listed.path("offset").isInt()).isTrue();
    assertThat(listed.path("offset").asInt()).isEqualTo(Integer.decode(offset));
    assertThat(listed.path("size").asInt()).isEqualTo(bytes);
    assertThat(listed.path("vmcsEncoding").asString(null))
        .isEqualTo(encoding == null ? null : "0x" + Integer.toHexString(Integer.decode(encoding)));
    assertThat(listed.path("vmcsName").asString(null)).isEqualTo(vmcsName);
    assertThat(listed.path("cleanGroup").asString(null)).isEqualTo(cleanGroup);
    boolean single = cleanGroup != null && !Set.of("ALL", "NONE").contains(cleanGroup);
    assertThat(listed.has("cleanBit")).isEqualTo(single);
    assertThat(listed.path("l0ReadsOnEntry").asBoolean()).isEqualTo(reads.equals("yes"));
    assertThat(listed.path("l0WritesOnExit").asBoolean()).isEqualTo(writes.equals("yes"));
  }

  @Test
  void theFieldsAreListedByOffset() {
    List<String> names = Arrays.stream(EvmcsField.values()).map(EvmcsField::linuxName).toList();
    assertThat(service.get(FIELDS).ok().texts("/fields", "name")).isEqualTo(names);
    assertThat(listed("hv_vm_id").path("cleanBit").asInt()).isEqualTo(15);
    assertThat(listed("io_bitmap_a").path("cleanBit").asInt()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"stage105", "stage200", "stage201", "stage202"})
  void aRealPageIsTheSameAfterDecodingAndEncoding(String stage) {
    Dump page = Dump.of(stage);
    for (String nonzero : List.of("", "?nonzero=false", "?nonzero=true")) {
      JsonNode decoded = decode(page, nonzero).json();
      assertThat(decoded.path("unmapped")).isEmpty();
      assertThat(encode("{\"evmcsFields\":" + decoded.path("evmcsFields") + "}")).isEqualTo(page.json());
    }
  }

  @Test
  void aRawPageIsDecodedLikeOneInBase64() {
    Dump page = Dump.of("stage105");
    assertThat(raw(DECODE, page).ok().json()).isEqualTo(decode(page, "").json());
    assertThat(raw(DECODE + "?nonzero=true", page).ok().json())
        .isEqualTo(decode(page, "?nonzero=true").json());
    assertThat(raw(CHECK, page.with(0, 2)).ok().json()).isEqualTo(check(page.with(0, 2)).json());
  }

  /** Each word all ones: what is found are the bits that the kernel refuses. */
  @ParameterizedTest
  @CsvSource({
    "kvm-6.1, 0x000000c0, 0x00000000, 0x02026701, 0x00400000, 0x00000000",
    "kvm-6.12, 0xffffffc0, 0x00060001, 0x3ae66701, 0xfc400000, 0xfff80c00",
    "kvm-7.3, 0xffffffc0, 0x00060001, 0x3aa66701, 0xfc400000, 0xfff80c00"
  })
  void eachKernelRefusesItsOwnControls(
      String profile, String pin, String primary, String secondary, String exit, String entry) {
    Map<String, Long> refused = new HashMap<>();
    Map<String, Long> expected = new HashMap<>();
    List<String> words =
        List.of(
            "pin_based_vm_exec_control",
            "cpu_based_vm_exec_control",
            "secondary_vm_exec_control",
            "vm_exit_controls",
            "vm_entry_controls");
    List<String> masks = List.of(pin, primary, secondary, exit, entry);
    for (int i = 0; i < words.size(); i++) {
      if (Long.decode(masks.get(i)) != 0) {
        expected.put(words.get(i), Long.decode(masks.get(i)));
      }
    }
    String ones = String.join("\":\"0xffffffff\",\"", words) + "\":\"0xffffffff\"";
    JsonNode answer =
        service.post(
            CHECK,
            BodyPublishers.ofString(
                "{\"profile\":\"" + profile + "\",\"evmcsFields\":{\"" + ones + "}}"))
            .ok()
            .json();
    for (JsonNode finding : answer.path("findings")) {
      if (finding.has("bit") && words.contains(finding.path("field").asString())
          && finding.path("severity").asString().equals("ERROR")) {
        refused.merge(
            finding.path("field").asString(), 1L << finding.path("bit").asInt(), (a, b) -> a | b);
      }
    }
    assertThat(refused).isEqualTo(expected);
  }

  @Test
  void decodingNamesEveryFieldByOffsetOrOnlyThoseThatAreNotZero() {
    JsonNode all = decode(Dump.of("stage105"), "").json().path("evmcsFields");
    assertThat(all.propertyNames())
        .containsExactlyElementsOf(
            Arrays.stream(EvmcsField.values()).map(EvmcsField::linuxName).toList());
    assertThat(all.path("vm_exit_reason").asString()).isEqualTo("0x10000031");
    assertThat(all.path("secondary_vm_exec_control").asString()).isEqualTo("0x0");
    JsonNode nonzero = decode(Dump.of("stage105"), "?nonzero=true").json().path("evmcsFields");
    List<String> expected =
        all.propertyStream()
            .filter(field -> !field.getValue().asString().equals("0x0"))
            .map(field -> field.getKey())
            .toList();
    assertThat(nonzero.propertyNames()).containsExactlyElementsOf(expected).hasSizeBetween(20, 100);
  }

  @Test
  void decodedFieldsCanBePastedIntoADecisionRequest() {
    Dump page = Dump.of("stage202");
    String fields = decode(page, "?nonzero=true").json().path("evmcsFields").toString();
    SampleRequest request = SampleRequest.flush();
    Answer byFields = service.decide(request.with("/snapshot/evmcsFields", fields).toString());
    Answer byPage =
        service.decide(
            request.without("/snapshot/evmcsFields").with("/snapshot/evmcs", page.json()).toString());
    assertThat(byFields.ok().json()).isEqualTo(byPage.ok().json());
    assertThat(byPage.text("/handledBy")).isEqualTo("L0");
  }

  @Test
  void whatLiesOutsideTheFieldsIsToldWhenDecodingAndKeptByEncodingOverThePage() throws JSONException {
    Dump page = Dump.of("stage105").with(0x128, 1).with(0xffe, 2, 3);
    String decoded = decode(page, "").body();
    JSONAssert.assertEquals(
        "{unmapped: [{offset: 296, length: 1}, {offset: 4094, length: 2}]}",
        decoded, JSONCompareMode.STRICT_ORDER);
    assertThat(
        encode("{\"evmcsFields\":{\"hv_vm_id\":\"0xABCDEF\"},\"evmcs\":" + page.json() + "}"))
        .isEqualTo(page.with(0x350, 0xef, 0xcd, 0xab).json());
  }

  @Test
  void encodingNoFieldsOverNothingGivesAZeroPage() {
    assertThat(encode("{\"evmcsFields\":{}}")).isEqualTo(new Dump(new byte[4096]).json());
  }

  @Test
  void aValueOf64BitsSurvivesInBothDirections() {
    String encoded = encode("{\"evmcsFields\":{\"guest_rip\":\"0xfffff80000401001\"}}");
    assertThat(
        service.post(DECODE + "?nonzero=true", BodyPublishers.ofString("{\"evmcs\":" + encoded + "}")).body())
        .isEqualTo("{\"evmcsFields\":{\"guest_rip\":\"0xfffff80000401001\"},\"unmapped\":[]}");
  }

  @Test
  void theSyntheticExitOfARealRunShowsAsWhatL0Wrote() throws JSONException {
    JSONAssert.assertEquals(
        """
            {fields: [
               {field: vm_exit_reason, offset: 692, size: 4, before: '0x1f', after: '0x10000031',
                cleanGroup: NONE, l0WritesOnExit: true},
               {field: vm_exit_instruction_len, offset: 712, size: 4, before: '0x2', after: '0x3',
                cleanGroup: NONE, l0WritesOnExit: true},
               {field: guest_rflags, offset: 776, size: 8, before: '0x2', after: '0x46',
                cleanGroup: GUEST_BASIC, l0WritesOnExit: true},
               {field: guest_rip, offset: 816, size: 8, before: '0x401f3d', after: '0x401f87',
                cleanGroup: NONE, l0WritesOnExit: true}],
             cleanGroups: [{name: GUEST_BASIC, bit: 10, cleared: false, l0MayHaveWritten: true}],
             unmapped: []}""",
        diff(Dump.of("stage202"), Dump.of("stage105")).body(), JSONCompareMode.STRICT);
  }

  @Test
  void changesOfL1ComeWithTheCleanGroupsThatItMustHaveCleared() throws JSONException {
    Dump before = Dump.of("stage105");
    // hv_vm_id (bit 15, kept set), tsc_offset (bit 2, cleared), a CR3 target (no group), and padding
    Dump after = before.with(0x350, 2).with(0x190, 7).with(0x158, 1).with(0x279, 0).with(0x340, 0)
        .with(0x33c, 9, 9).with(0x338, 0xfb, 0xff);
    JSONAssert.assertEquals(
        """
            {fields: [
               {field: cr3_target_value0, offset: 344, size: 8, before: '0x0', after: '0x1',
                l0WritesOnExit: false},
               {field: tsc_offset, offset: 400, size: 8, after: '0x7', cleanGroup: CONTROL_GRP2},
               {field: hv_clean_fields, offset: 824, size: 4, before: '0xffff', after: '0xfffb'},
               {field: hv_vm_id, offset: 848, size: 8, before: '0x1', after: '0x2',
                cleanGroup: ENLIGHTENMENTSCONTROL}],
             cleanGroups: [
               {name: CONTROL_GRP2, bit: 2, cleared: true, l0MayHaveWritten: false},
               {name: ENLIGHTENMENTSCONTROL, bit: 15, cleared: false, l0MayHaveWritten: false}],
             unmapped: [{offset: 828, length: 2}]}""",
        diff(before, after).body(), JSONCompareMode.STRICT_ORDER);
    assertThat(diff(before, before).body())
        .isEqualTo("{\"fields\":[],\"cleanGroups\":[],\"unmapped\":[]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stage105", "stage200", "stage201", "stage202"})
  void aPageOfARealRunIsAcceptedWithoutAFinding(String stage) {
    assertThat(check(Dump.of(stage)).body())
        .isEqualTo("{\"accepted\":true,\"errors\":0,\"warnings\":0,\"findings\":[]}");
  }

  /** A request that one check, and no other, finds something in. */
  record Found(EvmcsCheck check, String request, String finding) {
    static Found of(EvmcsCheck check, Dump page, String finding) {
      return new Found(check, "{\"evmcs\":" + page.json() + "}", finding);
    }

    static Found of(EvmcsCheck check, Dump page, String more, String finding) {
      return new Found(check, "{\"evmcs\":" + page.json() + "," + more + "}", finding);
    }

    @Override
    public String toString() {
      return check.name();
    }
  }

  static Stream<Found> findings() {
    Dump page = Dump.of("stage105");
    Dump later = page.with(0x350, 2);
    return Stream.of(
        Found.of(EvmcsCheck.REVISION, page.with(0, 2),
            "severity: ERROR, page: EVMCS, field: revision_id, offset: 0, value: '0x2',"
                + " detail: 'revision_id (offset 0x0) is 0x2.'"),
        Found.of(EvmcsCheck.UNSUPPORTED_PIN_BASED_CONTROL, page.with(0x5c, 0x5e),
            "severity: ERROR, field: pin_based_vm_exec_control, offset: 92, bit: 6, value: '0x5e',"
                + " control: 'activate VMX-preemption timer', detail: 'pin_based_vm_exec_control (offset"
                + " 0x5c) is 0x5e: bit 6 (activate VMX-preemption timer) is set.'"),
        Found.of(EvmcsCheck.UNSUPPORTED_PRIMARY_CONTROL, page.with(0x316, 0x02),
            "severity: ERROR, field: cpu_based_vm_exec_control, offset: 788, bit: 17,"
                + " control: 'activate tertiary controls'"),
        Found.of(EvmcsCheck.UNSUPPORTED_SECONDARY_CONTROL, page.with(0x67, 0x02),
            "severity: ERROR, field: secondary_vm_exec_control, offset: 100, bit: 25,"
                + " control: 'use TSC scaling', value: '0x2000000'"),
        Found.of(EvmcsCheck.UNSUPPORTED_VM_EXIT_CONTROL, page.with(0x62, 0x43),
            "severity: ERROR, field: vm_exit_controls, offset: 96, bit: 22,"
                + " control: 'save VMX-preemption timer value'"),
        Found.of(EvmcsCheck.UNSUPPORTED_VM_ENTRY_CONTROL, page.with(0x31f, 0x80),
            "severity: ERROR, field: vm_entry_controls, offset: 796, bit: 31, detail: 'vm_entry_controls"
                + " (offset 0x31c) is 0x800013ff: bit 31 is set.'"),
        Found.of(EvmcsCheck.INACTIVE_SECONDARY_CONTROL, page.with(0x317, 0x14).with(0x64, 0x02),
            "severity: WARNING, field: secondary_vm_exec_control, offset: 100, bit: 1, control: 'enable EPT'"),
        Found.of(EvmcsCheck.FLUSH_WITHOUT_DIRECT_HYPERCALL, page, "\"vpAssist\":{\"directHypercall\":false}",
            "severity: WARNING, page: VP_ASSIST_PAGE, field: nested_control.features, offset: 32, bit: 0,"
                + " value: '0x0', detail: 'nested_control.features (offset 0x20 of the VP assist page) is 0x0: bit 0 is clear.'"),
        Found.of(EvmcsCheck.DIRECT_HYPERCALL_WITHOUT_FLUSH, page.with(0x344, 2),
            "\"vpAssistPage\":" + new Dump(new byte[4096]).with(0x20, 1).json(),
            "severity: WARNING, page: EVMCS, field: hv_enlightenments_control, offset: 836, bit: 0,"
                + " value: '0x2', detail: 'hv_enlightenments_control (offset 0x344) is 0x2: bit 0 is clear.'"),
        Found.of(EvmcsCheck.FLUSH_WITHOUT_VM_ID, page.with(0x350, 0),
            "severity: WARNING, field: hv_vm_id, offset: 848, value: '0x0'"),
        Found.of(EvmcsCheck.FLUSH_WITHOUT_VP_ID, page.with(0x348, 0),
            "severity: WARNING, field: hv_vp_id, offset: 840, value: '0x0'"),
        Found.of(EvmcsCheck.FLUSH_WITHOUT_PARTITION_ASSIST_PAGE, page.with(0x358, 0, 0, 0),
            "severity: WARNING, field: partition_assist_page, offset: 856, value: '0x0'"),
        Found.of(EvmcsCheck.UNALIGNED_PARTITION_ASSIST_PAGE, page.with(0x358, 8),
            "severity: WARNING, field: partition_assist_page, offset: 856, value: '0x126008'"),
        Found.of(EvmcsCheck.RESERVED_ENLIGHTENMENT, page.with(0x344, 7),
            "severity: WARNING, field: hv_enlightenments_control, offset: 836, bit: 2"),
        Found.of(EvmcsCheck.STALE_FLUSH_CONTEXT, later, "\"previousEvmcs\":" + page.json(),
            "severity: WARNING, field: hv_vm_id, offset: 848, value: '0x2', before: '0x1',"
                + " cleanGroup: ENLIGHTENMENTSCONTROL, cleanBit: 15, detail: 'hv_vm_id (offset 0x350) is 0x2,"
                + " and was 0x1; clean bit 15 (ENLIGHTENMENTSCONTROL) is set.'"),
        Found.of(EvmcsCheck.STALE_FIELD, page.with(0x78, 1), "\"previousEvmcs\":" + page.json(),
            "severity: WARNING, field: msr_bitmap, offset: 120, cleanGroup: MSR_BITMAP, cleanBit: 1"),
        Found.of(EvmcsCheck.STALE_FIELD_OR_L0_WRITE, page.with(0x228, 1), "\"previousEvmcs\":" + page.json(),
            "severity: WARNING, field: guest_cr3, offset: 552, cleanGroup: CRDR, cleanBit: 8"));
  }

  @ParameterizedTest
  @MethodSource("findings")
  void aCheckFindsWhatItIsFor(Found found) throws JSONException {
    Answer answer = service.post(CHECK, BodyPublishers.ofString(found.request())).ok();
    assertThat(answer.texts("/findings", "id")).as(answer.body()).containsExactly(found.check().name());
    JSONAssert.assertEquals(
        "{findings: [{" + found.finding() + "}]}", answer.body(), JSONCompareMode.STRICT_ORDER);
    boolean error = answer.text("/findings/0/severity").equals("ERROR");
    assertThat(answer.json().path("accepted").asBoolean()).isEqualTo(!error);
    assertThat(answer.json().path("errors").asInt()).isEqualTo(error ? 1 : 0);
    assertThat(answer.json().path("warnings").asInt()).isEqualTo(error ? 0 : 1);
    assertThat(answer.text("/findings/0/text")).isEqualTo(found.check().statement());
    assertThat(answer.text("/findings/0/consequence")).isEqualTo(found.check().consequence());
    assertThat(answer.json().at("/findings/0/references").valueStream().map(JsonNode::asString))
        .isEqualTo(found.check().references(Profile.DEFAULT));
  }

  @Test
  void everyCheckHasARequestThatItFindsSomethingIn() {
    Set<EvmcsCheck> missing = new HashSet<>(Set.of(EvmcsCheck.values()));
    findings().map(Found::check).forEach(missing::remove);
    assertThat(missing).isEmpty();
  }

  @Test
  void fieldsAloneOrLaidOverAPageCanBeChecked() {
    assertThat(
        service.post(CHECK, BodyPublishers.ofString("{\"evmcsFields\":{\"revision_id\":\"0x1\"}}")).ok()
            .json().path("findings"))
        .isEmpty();
    Answer laidOver =
        service.post(
            CHECK,
            BodyPublishers.ofString(
                "{\"evmcsFields\":{\"revision_id\":\"0x3\"},\"evmcs\":" + Dump.of("stage105").json() + "}"));
    assertThat(laidOver.ok().texts("/findings", "id")).containsExactly("REVISION");
  }

  @Test
  void aPageOfOnesGetsAFindingForEachOfItsFaults() {
    byte[] ones = new byte[4096];
    Arrays.fill(ones, (byte) 0xff);
    JsonNode answer = check(new Dump(ones)).json();
    // revision, 26 + 3 + 15 + 7 + 15 controls; 1 misaligned page, 30 reserved bits
    assertThat(answer.path("errors").asInt()).isEqualTo(1 + 26 + 3 + 15 + 7 + 15);
    assertThat(answer.path("warnings").asInt()).isEqualTo(1 + 30);
    assertThat(answer.path("accepted").asBoolean()).isFalse();
  }

  @Test
  void theContractTakesAPageInJsonFirstAndAnswersInJsonOnly() {
    JsonNode paths = service.get("/v3/api-docs").ok().json().path("paths");
    for (String operation : List.of("decode", "check")) {
      JsonNode post = paths.path("/v1/evmcs/" + operation).path("post");
      assertThat(post.at("/requestBody/content").propertyNames())
          .containsExactly("application/json", "application/octet-stream");
      assertThat(post.at("/responses/200/content").propertyNames()).containsExactly("application/json");
      assertThat(post.path("responses").propertyNames())
          .contains("200", "400", "406", "413", "415", "503");
      assertThat(post.path("responses").has("422")).isEqualTo(operation.equals("check"));
    }
    JsonNode schemas = service.get("/v3/api-docs").ok().json().at("/components/schemas");
    assertThat(schemas.at("/EvmcsCheck/enum")).hasSize(EvmcsCheck.values().length);
    assertThat(schemas.at("/EvmcsCheck/description").asString())
        .contains(Arrays.stream(EvmcsCheck.values()).map(EvmcsCheck::statement).toList());
    assertThat(schemas.at("/CleanFieldGroup/enum").valueStream().map(JsonNode::asString))
        .hasSize(18)
        .doesNotContain("UNASSIGNED");
  }

  private JsonNode listed(String name) {
    return service.get(FIELDS).ok().json().path("fields").valueStream()
        .filter(field -> field.path("name").asString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private Answer decode(Dump page, String query) {
    return service.post(DECODE + query, BodyPublishers.ofString("{\"evmcs\":" + page.json() + "}")).ok();
  }

  /** The page of the answer as it stands there, in quotes. */
  private String encode(String request) {
    return service.post(ENCODE, BodyPublishers.ofString(request)).ok().json().path("evmcs").toString();
  }

  private Answer diff(Dump before, Dump after) {
    String pair = "{\"before\":" + before.json() + ",\"after\":" + after.json() + "}";
    return service.post(DIFF, BodyPublishers.ofString(pair)).ok();
  }

  private Answer check(Dump page) {
    return service.post(CHECK, BodyPublishers.ofString("{\"evmcs\":" + page.json() + "}")).ok();
  }

  private Answer raw(String path, Dump page) {
    return service.send(
        service.request(path)
            .header("Content-Type", "application/octet-stream")
            .POST(BodyPublishers.ofByteArray(page.bytes())));
  }
}
