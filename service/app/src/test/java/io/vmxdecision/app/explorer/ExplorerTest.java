package io.vmxdecision.app.explorer;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import io.vmxdecision.app.support.RunningService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The explorer in Debian's chromium. It is skipped where there is none. Pictures are in {@code target/explorer}. */
@RunningService
class ExplorerTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path PICTURES = Path.of("target/explorer");
  private static final int EXITS = 50_000;

  private static Playwright playwright;
  private static Browser browser;

  private final String address;
  private final List<String> faults = new ArrayList<>();
  private BrowserContext context;
  private Page page;

  ExplorerTest(@LocalServerPort int port) {
    this.address = "http://127.0.0.1:" + port;
  }

  @BeforeAll
  static void start() {
    assumeThat(CHROMIUM).as("chromium is not installed: the explorer is NOT tested").isExecutable();
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright.chromium().launch(
            new BrowserType.LaunchOptions().setExecutablePath(CHROMIUM).setArgs(List.of("--no-sandbox")));
  }

  @AfterAll
  static void stop() {
    if (playwright != null) {
      playwright.close();
    }
  }

  @BeforeEach
  void open() {
    open(new Browser.NewContextOptions().setViewportSize(1400, 1000), "/");
  }

  private void open(Browser.NewContextOptions options, String path) {
    if (context != null) {
      context.close();
    }
    context = browser.newContext(options);
    page = context.newPage();
    page.setDefaultTimeout(60_000);
    page.onPageError(faults::add);
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") && !message.text().contains("status of 404")
          && !message.text().contains("status of 4")) {
        faults.add(message.text());
      }
    });
    page.navigate(path.startsWith("http") ? path : address + path);
    assertThat(page.locator(".verdict, .problem").first()).isVisible();
  }

  /** Nothing was thrown, and the policy has stopped nothing. */
  @AfterEach
  void noFault() {
    if (context != null) {
      context.close();
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void everyExampleRendersItsDecision() {
    Locator examples = page.locator("#examples");
    int count = examples.locator("option").count() - 1;
    assertThat(count).isGreaterThanOrEqualTo(7);
    for (int i = 0; i < count; i++) {
      examples.selectOption(String.valueOf(i));
      assertThat(page.locator(".verdict")).containsText("handles");
    }
    examples.selectOption("5");
    assertThat(page.locator(".verdict")).containsText("synthetic exit 0x10000031");
    assertThat(page.locator(".lamp.on")).hasCount(5);
  }

  @Test
  void eachLampLeadsToWhatIsBehindIt() {
    Map<String, String> places =
        Map.of("evmcsActive", "#b40", "evmcsNestedFlushHypercall", "#b836", "vpAssistDirectHypercall", "#b32",
            "cpuidDirectFlush", "#section-cpuid", "flushHypercall", "#section-registers");
    places.forEach((lamp, place) -> {
      page.locator("[data-lamp=" + lamp + "]").click();
      assertThat(page.locator(place)).isFocused();
    });
  }

  @Test
  void aBitThatIsTurnedChangesTheDecisionAndIsMarked() {
    page.locator("[data-lamp=evmcsNestedFlushHypercall]").click();
    page.locator("#field .bits input").last().click();
    assertThat(page.locator("[data-lamp=evmcsNestedFlushHypercall]")).hasClass("lamp off");
    assertThat(page.locator(".verdict")).containsText("L1 handles");
    assertThat(page.locator("#b836")).hasClass(java.util.regex.Pattern.compile(".*changed.*"));
    page.locator("#b836").press("1");
    assertThat(page.locator("[data-lamp=evmcsNestedFlushHypercall]")).hasClass("lamp on");
  }

  @Test
  void aBadInputShowsItsProblemBesideTheAnswer() {
    page.locator("#section-json").click();
    page.locator("#json").fill(
        "{\"snapshot\": {\"evmcsFields\": {\"guest_rip\": \"0xzz\"}}, \"exit\": {\"reason\": \"0x12\"}}");
    page.locator("#json").blur();
    assertThat(page.locator(".problem")).containsText("/snapshot/evmcsFields/guest_rip");
  }

  @Test
  void aLinkShowsTheSameInAFreshBrowser() {
    page.locator("#examples").selectOption("2");
    assertThat(page.locator(".verdict")).containsText("not eligible");
    String before = page.locator(".verdict").innerText();
    page.waitForFunction("location.hash.length > 100");
    String link = page.url();
    open(new Browser.NewContextOptions(), link);
    assertThat(page.locator(".verdict")).hasText(before);
    assertThat(link).as("what comes behind # is not sent to the service").contains("/#");
  }

  @Test
  void aTimelineOfManyExitsZoomsSmoothly() {
    page.evaluate(
        """
            async (count) => {
              const {Timeline} = await import('/explorer/audit-view.js');
              const canvas = document.createElement('canvas');
              document.querySelector('#answer .panel').append(canvas);
              const exits = Array.from({length: count}, (_, i) => ({line: i + 1, time: i / 1000 + (i % 7) / 9000, vcpu: i % 4,
                observed: i % 3 ? 'L0' : 'L1', verdict: i % 5000 ? 'AGREES' : 'CONTRADICTS', reason: {raw: '0xc'}}));
              globalThis.probe = new Timeline(canvas, exits, () => {});
            }""",
        EXITS);
    Object worst = page.evaluate(
        """
            async () => {
              probe.frames.length = 0;
              for (let i = 0; i < 60; i++) {
                probe.zoom(i < 30 ? 0.85 : 1.2, 0.4);
                await new Promise(requestAnimationFrame);
              }
              return [probe.frames.length, Math.max(...probe.frames), probe.frames.toSorted((a, b) => a - b)[probe.frames.length >> 1]];
            }""");
    System.out.println(
        "Explorer: frames of a timeline of " + EXITS + " exits; number, worst and median in ms: " + worst);
    assertThat((List<?>) worst).first().isNotEqualTo(0);
  }

  enum Look {
    LIGHT_WIDE(ColorScheme.LIGHT, 1400),
    DARK_WIDE(ColorScheme.DARK, 1400),
    LIGHT_NARROW(ColorScheme.LIGHT, 420),
    DARK_NARROW(ColorScheme.DARK, 420);

    private final ColorScheme scheme;
    private final int width;

    Look(ColorScheme scheme, int width) {
      this.scheme = scheme;
      this.width = width;
    }
  }

  @ParameterizedTest
  @EnumSource
  void thePageIsAccessible(Look look) throws Exception {
    Files.createDirectories(PICTURES);
    open(new Browser.NewContextOptions().setColorScheme(look.scheme).setViewportSize(look.width, 1000), "/");
    page.locator("#examples").selectOption("5");
    assertThat(page.locator(".verdict")).containsText("synthetic exit");
    // Each look with its colours; what is on the page is looked at in one of them.
    for (String section : look == Look.LIGHT_WIDE
        ? List.of("exit", "registers", "vcpus", "cpuid", "json", "pages")
        : List.of("pages")) {
      page.locator("#section-" + section).click();
      assertThat(page.locator(".verdict")).isVisible();
      page.screenshot(new Page.ScreenshotOptions().setFullPage(true)
          .setPath(
              PICTURES.resolve(look.name().toLowerCase(java.util.Locale.ROOT) + "-" + section + ".png")));
    }
    if (look.width > 1000) {
      assertThat(serious()).isEmpty();
    }
    Object overflow =
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assertThat(overflow).as("nothing makes the page scroll sideways").isEqualTo(0);
  }

  private List<String> serious() {
    return new AxeBuilder(page).exclude(".hex div:nth-child(n+3)") // whose rows are alike
        .withTags(List.of("wcag2a", "wcag2aa", "wcag21aa")).analyze().getViolations()
        .stream()
        .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
        .map(rule -> rule.getId() + " " + rule.getNodes().getFirst().getHtml()).toList();
  }
}
