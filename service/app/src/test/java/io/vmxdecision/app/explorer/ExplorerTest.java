package io.vmxdecision.app.explorer;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.LocatorOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.options.ColorScheme;
import io.vmxdecision.app.audit.Traces;
import io.vmxdecision.app.support.RunningService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page as a person uses it. */
@RunningService
@TestInstance(Lifecycle.PER_CLASS)
class ExplorerTest {
  private static final Path POSTED = Path.of("../artefacts/src/test/resources/posted");
  private static final Path SCREENSHOTS = Path.of("target", "explorer");
  private static final String ELIGIBLE =
      """
          {"snapshot": {"evmcsFields": {"revision_id": "0x1", "hv_enlightenments_control": "0x1"},
           "vpAssist": {"enlightenVmentry": true, "currentNestedVmcs": "0x1000", "directHypercall": true},
           "partitionAssist": {"tlbLockCount": 0}, "cpuid": {"nestedEax": "0x20000"},
           "registers": {"rcx": "0x10002", "r8": "0x1"}}, "exit": {"reason": "0x12"}}
          """;

  /** A field that L1 writes, and that L0 does not look at again. */
  private static final String STALE =
      """
          {"machine": {"cpuid": {"nestedEax": "0x20101"}, "vcpus": [{"vpAssistMsr": "0x10001"}], "memory": [
            {"gpa": "0x10000", "vpAssist": {"enlightenVmentry": true, "currentNestedVmcs": "0x20000"}},
            {"gpa": "0x20000", "evmcsFields": {"revision_id": "0x1", "partition_assist_page": "0x30000"}}]},
           "events": [{"type": "vmEntry"},
            {"type": "write", "gpa": "0x20000", "evmcsFields": {"partition_assist_page": "0x99000"}},
            {"type": "enter"}]}
          """;

  private static final int WIDTH = 1440;
  private static final int HEIGHT = 900;
  /** That of a telephone, where nothing may need scrolling sideways. */
  private static final int NARROW = 400;

  private final String address;
  private final List<String> complaints = new ArrayList<>();
  private Chromium chromium;
  private BrowserContext context;
  private Page page;

  ExplorerTest(@LocalServerPort int port) {
    this.address = "http://localhost:" + port + "/";
  }

  /** One browser, and one page that each test loads anew. */
  @BeforeAll
  void start() {
    chromium = Chromium.start();
    context =
        chromium.newContext(new Browser.NewContextOptions().setViewportSize(WIDTH, HEIGHT));
    context.grantPermissions(List.of("clipboard-read", "clipboard-write"));
    page = context.newPage();
    listen(page);
  }

  @AfterAll
  void stop() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void open() {
    open(page, address);
  }

  /** A script or style that the policy stops shows here, and so does a script that fails. */
  @AfterEach
  void nothingWasComplainedOf() {
    assertThat(complaints).isEmpty();
  }

  private static void open(Page in, String url) {
    in.navigate(url);
    assertThat(in.locator("#verdict")).isVisible();
  }

  private void listen(Page to) {
    to.onConsoleMessage(
        message -> {
          // an answer that is no success, which the tests of bad input ask for
          if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
            complaints.add(message.text());
          }
        });
    to.onPageError(complaints::add);
  }

  private void example(String id) {
    Response response =
        page.waitForResponse(
            it -> it.url().contains("/v1/decisions?"),
            () -> page.locator("#examples").selectOption(id));
    JsonNode decision = JsonMapper.shared().readTree(response.text());
    assertThat(page.locator("#verdict strong")).hasText(decision.path("handledBy").stringValue());
    assertThat(page.locator("#verdict")).containsText(decision.at("/exitReason/name").stringValue());
  }

  private void paste(String text) {
    page.locator("#box").fill(text);
    page.getByText("Read it").click();
  }

  @Test
  void everyExampleRendersItsDecision() {
    List<String> ids =
        page.locator("#examples option").all().stream()
            .map(option -> option.getAttribute("value"))
            .filter(id -> !id.isEmpty())
            .toList();
    assertThat(ids).hasSizeGreaterThan(5).contains("real-flush", "real-synthetic", "real-rdmsr");
    ids.forEach(this::example);
  }

  @Test
  void theVerdictSaysWhoHandlesItAndWhatL1Sees() {
    for (String[] one : new String[][]{
      {"real-flush", "L0", "L1 sees nothing"}, {"real-synthetic", "L0", "synthetic exit 0x10000031"},
      {"real-rdmsr", "L1", "L1 sees 0x1f"}, {"ineligible", "L1", "L1 sees 0x12"},
      {"reserved", "L0", "HV_STATUS_INVALID"}}) {
      example(one[0]);
      assertThat(page.locator("#verdict strong")).hasText(one[1]);
      assertThat(page.locator("#verdict")).containsText(one[2]);
    }
  }

  @Test
  void aLampJumpsToItsByteOrItsInput() {
    Map.of("F1", "40", "F2", "836", "F3", "32").forEach((rule, offset) -> {
      page.locator("#lamp-" + rule).click();
      assertThat(page.locator("#tab-" + (rule.equals("F2") ? "evmcs" : "vpAssist")))
          .hasAttribute("aria-selected", "true");
      assertThat(page.locator("hex-page [data-offset='" + offset + "']")).isFocused();
    });
    Map.of("F4", "cpuid-nestedEax-17", "F5", "reg-rcx").forEach((rule, input) -> {
      page.locator("#lamp-" + rule).click();
      assertThat(page.locator("#" + input)).isFocused();
    });
  }

  @Test
  void aConditionTurnedOffGivesTheCallToL1AndTurnedOnTakesItBack() {
    for (String rule : List.of("F1", "F2", "F3", "F4", "F5")) {
      assertThat(page.locator("#verdict strong")).hasText("L0");
      page.locator("#turn-" + rule).click();
      assertThat(page.locator("#verdict strong")).hasText("L1");
      assertThat(page.locator(".lamp.off #lamp-" + rule)).isVisible();
      page.locator("#turn-" + rule).click();
    }
    assertThat(page.locator("#verdict strong")).hasText("L0");
  }

  @Test
  void theSmallestChangesAreListedAndOneClickMakesThem() {
    example("ineligible");
    page.locator("#counterfactuals").click();
    Locator sets = page.locator("#counterfactuals-sets li");
    assertThat(sets.first()).containsText("nested_control.features bit 0: 0 → 1");
    assertThat(sets.first()).containsText("L0 handles it, eligible");
    sets.first().locator("button").click();
    assertThat(page.locator("#verdict strong")).hasText("L0");
    assertThat(sets).hasCount(0);
    page.locator("#counterfactuals-goal").selectOption("eligible");
    page.locator("#counterfactuals").click();
    assertThat(sets.filter(new Locator.FilterOptions().setHasText("EAX bit 17: 1 → 0"))).hasCount(1);
  }

  @Test
  void theSmallestChangesThatLetL2RunAreListedAndOneClickMakesThem() {
    showEntry("2-unsupported-control");
    page.locator("#entry-counterfactuals").click();
    Locator set = page.locator("#entry-counterfactuals-sets li").first();
    assertThat(set).containsText("bit 6 (activate VMX-preemption timer): 1 → 0");
    set.locator("button").click();
    assertThat(page.locator("#entry-verdict")).containsText("ENTERS");
    page.locator("#entry-counterfactuals-goal").selectOption("FAILED_ENTRY");
    page.locator("#entry-counterfactuals").click();
    assertThat(set).containsText("FAILED_ENTRY, 0x80000021");
    set.locator("button").click();
    assertThat(page.locator("#entry-verdict")).containsText("FAILED_ENTRY");
  }

  @Test
  void aBitThatIsEditedMarksItsByteAndDecidesAnew() {
    page.locator("#lamp-F2").click();
    page.locator("#bit-0").uncheck();
    assertThat(page.locator("hex-page .changed")).hasCount(1);
    assertThat(page.locator("hex-page .changed")).hasAttribute("data-offset", "836");
    assertThat(page.locator("#verdict strong")).hasText("L1");
    page.getByText("Undo").click();
    assertThat(page.locator("hex-page .changed")).hasCount(0);
    assertThat(page.locator("#verdict strong")).hasText("L0");
  }

  @Test
  void theKeyboardMovesOverBytesAndWritesThem() {
    page.locator("#lamp-F2").click();
    page.keyboard().press("ArrowRight");
    assertThat(page.locator("hex-page [data-offset='837']")).isFocused();
    page.keyboard().press("ArrowLeft");
    page.keyboard().type("00");
    assertThat(page.locator("hex-page [data-offset='836']")).hasText("00");
    assertThat(page.locator("hex-page [data-offset='837']")).isFocused();
    assertThat(page.locator("#verdict strong")).hasText("L1");
  }

  @Test
  void overflowOfAQueueIsVisible() {
    example("lists");
    assertThat(page.locator(".queue")).hasCount(3); // vCPU 3 runs another VM
    assertThat(page.locator(".queue .badge.bad")).hasText("overflow: 2 entries do not fit, flush all");
  }

  @Test
  void aBadPageShowsTheProblemBesideThePage() {
    paste(ELIGIBLE.replace("\"evmcsFields\"", "\"evmcs\": \"AAAA\", \"evmcsFields\""));
    assertThat(page.locator(".input .faults")).containsText("evmcs");
    assertThat(page.locator(".answer .problem")).containsText("/snapshot/evmcs");
  }

  @Test
  void aBadWordShowsTheProblemBesideTheField() {
    page.locator("#reg-rcx").fill("0x1ffffffffffffffff");
    page.locator("#reg-rcx").press("Tab");
    assertThat(page.locator("#reg-rcx-fault")).hasText("A word of 64 bits, such as 0x1f.");
    assertThat(page.locator("#reg-rcx")).hasAttribute("aria-invalid", "true");
  }

  /** The fragment never leaves the browser. */
  @Test
  void aLinkInAFreshBrowserShowsTheSame() {
    example("real-synthetic");
    page.locator("#turn-F3").click();
    assertThat(page.locator("#verdict strong")).hasText("L1");
    try (BrowserContext fresh =
        chromium.newContext(new Browser.NewContextOptions().setViewportSize(WIDTH, HEIGHT))) {
      List<String> asked = new ArrayList<>();
      fresh.onRequest(request -> asked.add(request.url()));
      Page other = fresh.newPage();
      listen(other);
      open(other, page.url());
      assertThat(other.locator(".answer")).containsText("not eligible, 4 of 5 hold");
      assertThat(other.locator(".answer"))
          .hasText(page.locator(".answer").innerText(), new HasTextOptions().setUseInnerText(true));
      assertThat(asked).allMatch(url -> !url.contains("#"));
    }
  }

  @Test
  void aScenarioIsSteppedThroughEditedAndShared() {
    page.locator("#view-scenario").click();
    assertThat(page.locator("#scenario-examples option:checked")).containsText("D20");
    assertThat(page.locator("#stale")).isVisible();
    page.locator("#step-forth").click();
    page.locator("#event-1").press("ArrowDown");
    assertThat(page.locator("#event-2")).hasAttribute("aria-current", "step");
    paste(STALE);
    assertThat(page.locator("#stale")).hasText("Nothing is stale.");
    page.locator("#step-forth").click();
    assertThat(page.locator("table#stale tbody tr")).hasCount(1);
    assertThat(page.locator("#event-1 .stale")).hasText("1 stale");
    page.locator("#event")
        .fill("{\"type\": \"write\", \"gpa\": \"0x20000\", \"evmcsFields\": {\"hv_vm_id\": \"0x7\"}}");
    page.locator("#event").blur();
    assertThat(page.locator("table#stale tbody tr")).containsText("hv_vm_id");
    assertThat(page.locator(".differs")).hasCount(1);
    assertThat(page.locator("#event-2 .differs")).hasText("other than before");
    page.waitForFunction(
        "async () => JSON.stringify((await (await import('/explorer/share.js')).unpack(location.hash.slice(1)))"
            + ".scenario).includes('hv_vm_id')");
    try (Page other = context.newPage()) {
      other.navigate(page.url());
      assertThat(other.locator("#event-1")).hasAttribute("aria-current", "step");
      assertThat(other.locator("table#stale tbody tr")).containsText("hv_vm_id");
    }
    page.locator("#export-selftest").click();
    assertThat(page.locator("#selftest")).hasValue(Pattern.compile("current_nested_vmcs"));
    page.locator("#event").fill("{\"type\": \"nap\"}");
    page.locator("#event").blur();
    assertThat(page.locator("#scenario .problem")).containsText("/events/1/type");
  }

  @Test
  void itCanBeCopiedAsACaseOfTheTests() {
    page.getByLabel("Copy as Test case").click();
    assertThat(page.locator(".status")).hasText("Test case copied.");
    JsonNode line =
        JsonMapper.shared().readTree(
            (String) page.evaluate("() => navigator.clipboard.readText()"));
    assertThat(line.at("/request/exit/reason").stringValue()).isEqualTo("0x12");
    assertThat(line.at("/expect/handledBy").stringValue()).isEqualTo("L0");
    page.getByLabel("Copy as curl").click();
    assertThat(page.locator(".status")).hasText("curl copied.");
    assertThat((String) page.evaluate("() => navigator.clipboard.readText()"))
        .startsWith("curl -s '" + address + "v1/decisions?explain=true'");
  }

  /** What the page can show. */
  enum View {
    DECISION, QUEUES, ENTRY, ENTRY_SUCCEEDS, AUDIT, SCENARIO, PROFILES, FINDINGS, PROBLEM
  }

  private void show(View view) throws IOException {
    switch (view) {
      case DECISION -> {
        example("ineligible"); // lamps that are on, and one that is not
        page.locator("#counterfactuals").click();
        assertThat(page.locator("#counterfactuals-sets li").first()).isVisible();
      }
      case QUEUES -> example("lists");
      case ENTRY -> {
        showEntry("2-unsupported-control");
        page.locator("#capabilities summary").click();
        page.locator("#entry-counterfactuals").click();
        assertThat(page.locator("#entry-counterfactuals-sets li").first()).isVisible();
      }
      case ENTRY_SUCCEEDS -> {
        showEntry("2-unsupported-control");
        page.locator("#entry-counterfactuals").click();
        page.locator("#entry-counterfactuals-sets li button").first().click();
        assertThat(page.locator("#entry-verdict")).containsText("ENTERS");
      }
      case AUDIT -> {
        drop("hyperv_evmcs.txt", Traces.capture());
        assertThat(page.locator("#audit-verdict")).isVisible();
        page.locator("exit-timeline canvas").press("n");
      }
      case SCENARIO -> {
        paste(STALE);
        page.locator("#step-forth").click();
        assertThat(page.locator("table#stale tbody tr")).hasCount(1);
      }
      case PROFILES -> {
        page.locator("#view-compare").click();
        assertThat(page.locator("#differences tbody tr").first()).isVisible();
      }
      case FINDINGS -> {
        drop("dmesg.txt", Files.readAllBytes(POSTED.resolve("dump-vmcs-three-faults.txt")));
        assertThat(page.locator(".cards .findings li").first()).isVisible();
        assertThat(page.locator("#entry-verdict")).isVisible();
      }
      case PROBLEM -> {
        paste(ELIGIBLE.replace("\"evmcsFields\"", "\"evmcs\": \"AAAA\", \"evmcsFields\""));
        assertThat(page.locator(".answer .problem")).isVisible();
      }
    }
  }

  private void showEntry(String name) {
    JsonNode example =
        JsonMapper.shared()
            .readTree(getClass().getResourceAsStream("/examples/decideVmEntry/" + name + ".json"));
    page.locator("#view-entry").click();
    paste("{\"snapshot\": " + example.at("/request/snapshot") + "}");
    page.locator("#view-entry").click();
    assertThat(page.locator("#entry-verdict")).containsText("VM_FAIL_VALID");
  }

  /** Each in light and dark, wide and narrow: for axe, and as pictures for people. */
  @ParameterizedTest
  @EnumSource(View.class)
  void axeFindsNoSeriousFaultAndThePicturesAreKept(View view) throws IOException {
    show(view);
    for (int width : new int[]{WIDTH, NARROW}) {
      page.setViewportSize(width, HEIGHT);
      for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
        if (width == WIDTH) {
          assertThatAxeFindsNothingSerious(view, scheme);
        }
        page.screenshot(
            new ScreenshotOptions().setPath(
                SCREENSHOTS.resolve(
                    String.join("-", view.name(), scheme.name(), width == WIDTH ? "wide" : "narrow")
                        .toLowerCase(Locale.ROOT)
                        + ".png"))
                .setFullPage(true));
      }
      assertThat((Boolean) page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))
          .as("nothing needs scrolling sideways at " + width)
          .isTrue();
    }
    page.setViewportSize(WIDTH, HEIGHT);
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
  }

  /** Of the input only the first view, since it is the same in all but those of what was pasted. */
  private void assertThatAxeFindsNothingSerious(View view, ColorScheme scheme) {
    AxeBuilder axe = new AxeBuilder(page).setLegacyMode(true); // there are no frames
    if (view == View.DECISION) {
      axe.exclude("hex-page .row:nth-child(n+3)"); // rows are alike
    } else {
      axe.include(List.of(".answer"));
      if (view == View.FINDINGS) {
        axe.include(List.of(".cards"));
      }
    }
    if (scheme == ColorScheme.LIGHT) {
      axe.withTags(List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa"));
    } else {
      axe.withRules(List.of("color-contrast")); // in which alone the schemes differ
    }
    assertThat(axe.analyze().getViolations())
        .filteredOn(it -> Set.of("serious", "critical").contains(it.getImpact()))
        .extracting(it -> it.getId() + ": " + it.getNodes())
        .isEmpty();
  }

  @Test
  void profilesSideBySideHaveTheirDifferencesMarked() {
    page.locator("#view-compare").click();
    assertThat(page.locator("#compare tbody tr")).hasCount(4);
    assertThat(page.locator("#compare")).containsText("L1 handles it, L1 sees 0x12"); // kvm-6.1
    assertThat(
        page.locator("#differences tbody tr").filter(new Locator.FilterOptions().setHasText("/handledBy")))
        .containsText("P1");
    page.locator("#view-decision").click();
    page.locator("#turn-F5").click(); // no flush hypercall: no kernel has anything to do
    assertThat(page.locator("#verdict strong")).hasText("L1");
    page.locator("#view-compare").click();
    assertThat(page.locator("#compare-same")).hasText("They decide alike.");
    page.locator("#view-decision").click();
    page.locator("#turn-F5").click();
    page.locator("#turn-F4").click(); // which the text does not describe
    assertThat(page.locator("#verdict strong")).hasText("L1");
    page.locator("#view-compare").click();
    assertThat(page.locator("#compare")).containsText("who handles it is not specified");
    assertThat(page.locator("#compare .open")).containsText("/handledBy is not specified.");
  }

  @Test
  void aCapabilityThatIsEditedIsAskedFor() {
    page.locator("#view-entry").click();
    page.locator("#capabilities summary").click();
    Request asked =
        page.waitForRequest(
            it -> it.url().endsWith("/v1/vm-entries") && it.postData().contains("maxPhyAddr"),
            () -> {
              page.locator("#cap-maxPhyAddr").fill("40");
              page.locator("#cap-maxPhyAddr").press("Tab");
            });
    assertThat(JsonMapper.shared().readTree(asked.postData()).at("/capabilities/maxPhyAddr").intValue())
        .isEqualTo(40);
    assertThat(page.locator("#entry-verdict")).isVisible();
  }

  /** All in one page, one after the other. */
  @Test
  void everyPostedArtefactThatIsDroppedShowsItsFindings() throws IOException {
    JsonNode expected = JsonMapper.shared().readTree(Files.readAllBytes(POSTED.resolve("expected.json")));
    assertThat(expected.size()).isEqualTo(18);
    for (JsonNode one : expected) {
      String file = one.path("file").asString();
      byte[] content = Files.readAllBytes(POSTED.resolve(file));
      Response response =
          page.waitForResponse(it -> it.url().endsWith("/v1/artefacts"), () -> drop(file, content));
      JsonNode artefacts = JsonMapper.shared().readTree(response.text()).path("artefacts");
      Locator cards = page.locator(".cards .card");
      assertThat(cards).hasCount(artefacts.size());
      for (JsonNode kind : one.path("kinds")) {
        assertThat(cards.locator("h3", new LocatorOptions().setHasText(kind.asString())).first()).isVisible();
      }
      List<String> findings = artefacts.valueStream().flatMap(it -> it.path("findings").valueStream())
          .map(it -> it.path("id").asString()).toList();
      assertThat(page.locator(".cards .findings li > code")).hasText(findings.toArray(String[]::new));
      assertThat(findings).as(file)
          .containsAll(one.path("findings").valueStream().map(JsonNode::asString).toList());
    }
  }

  private void drop(String name, byte[] content) {
    page.evaluate(
        """
            ([name, content]) => {
              const bytes = Uint8Array.from(atob(content), it => it.charCodeAt(0));
              const dataTransfer = new DataTransfer();
              dataTransfer.items.add(new File([bytes], name));
              document.body.dispatchEvent(new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}));
            }""",
        List.of(name, Base64.getEncoder().encodeToString(content)));
  }

  @Test
  void aTraceShowsTheSyntheticExitByName() {
    paste(
        """
            hyperv_evmcs-589 [000] ..... 2.222074: kvm_nested_vmexit: vcpu 0 reason VMCALL rip 0x401f84 info1 \
            0x0000000000000000 info2 0x0000000000000000 intr_info 0x00000000 error_code 0x00000000
            hyperv_evmcs-589 [000] ..... 2.222074: kvm_hv_hypercall: code 0x2 fast var_cnt 0x0 rep_cnt 0x0 idx 0x0 \
            in 0x0 out 0x3
            hyperv_evmcs-589 [000] ..... 2.222075: kvm_hv_flush_tlb: processor_mask 0x0 address_space 0x0 flags \
            0x3 (L2)
            hyperv_evmcs-589 [000] ..... 2.222075: kvm_hv_hypercall_done: result 0x0
            hyperv_evmcs-589 [000] ..... 2.222076: kvm_nested_vmexit_inject: reason: EPT_MISCONFIG 0x10000000 \
            ext_inf1: 0x0000000000000000 ext_inf2: 0x0000000000000000 ext_int: 0x00000000 ext_int_err: 0x00000000
            """);
    assertThat(page.locator("#audit-verdict")).containsText("of 1 exits from L2");
    page.locator("exit-timeline canvas").press("n");
    assertThat(page.locator("#mark")).containsText("synthetic exit 0x10000031");
  }

  /** A real run: the flush that the kernel's selftest follows by a synthetic exit. */
  @Test
  void aDroppedCaptureShowsTheSyntheticExitByName() {
    drop("hyperv_evmcs.txt", Traces.capture());
    assertThat(page.locator("#audit-verdict")).containsText("of 72 exits from L2");
    assertThat(page.locator("#closest")).containsText("Contradicts kvm-6.12 and kvm-7.3 least.");
    Locator mark = page.locator("#mark");
    for (int i = 0; i < 10 && !mark.innerText().contains("synthetic exit 0x10000031"); i++) {
      page.locator("exit-timeline canvas").press("n");
    }
    assertThat(mark).containsText("synthetic exit 0x10000031");
  }

  /** Prints the time of a frame; how long it takes depends on the machine. */
  @Test
  void fiftyThousandExitsAreDrawn() {
    Object worst =
        page.evaluate(
            """
                async () => {
                  const timeline = document.createElement('exit-timeline');
                  document.body.append(timeline);
                  const kinds = ['l0', 'l1', 'l0', 'flush', 'l0', 'synthetic', 'l1', 'contradiction'];
                  timeline.view = {lanes: ['vCPU 0', 'vCPU 1', 'vCPU 2', 'vCPU 3'], words: 'Timeline',
                    marks: Array.from({length: 50000}, (_, i) => ({t: i * 1e-4 + (i * 7919 % 13) * 1e-6, lane: i % 4,
                      kind: kinds[i % 8], index: i}))};
                  const next = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
                  await next();
                  timeline.frames.length = 0;
                  for (let i = 0; i < 60; i++) {
                    timeline.zoom(i < 30 ? 0.85 : 1 / 0.85);
                    await next();
                  }
                  return timeline.frames;
                }""");
    List<Double> frames =
        ((List<?>) worst).stream().map(it -> ((Number) it).doubleValue()).sorted().toList();
    assertThat(frames).hasSizeGreaterThan(50);
    System.out.printf(
        "explorer: a frame of the timeline with 50,000 exits while zooming: median %.1f ms, worst %.1f ms%n",
        frames.get(frames.size() / 2),
        frames.getLast());
  }
}
