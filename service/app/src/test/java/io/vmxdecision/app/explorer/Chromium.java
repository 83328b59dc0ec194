package io.vmxdecision.app.explorer;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The machine's own Chromium, driven by Playwright; nothing is downloaded. */
final class Chromium implements AutoCloseable {
  /** Where Debian has it: the one without a window, which is quicker, or the whole one. */
  private static final List<Path> PLACES =
      System.getProperty("chromium") == null
          ? List.of(Path.of("/usr/bin/chromium-headless-shell"), Path.of("/usr/bin/chromium"))
          : List.of(Path.of(System.getProperty("chromium")));

  /** Playwright's own are 5 s for what is asserted and 30 s for what is done. */
  private static final double PATIENCE_MILLIS = 120_000;

  private final Playwright playwright;
  private final Browser browser;

  private Chromium(Path path) {
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new LaunchOptions()
                    .setExecutablePath(path)
                    .setArgs(List.of("--no-sandbox"))); // root, as in a container, has none
  }

  /** Starts it. Where there is none, the tests are skipped, and the output says so. */
  static Chromium start() {
    Optional<Path> path = PLACES.stream().filter(Files::isExecutable).findFirst();
    if (path.isEmpty()) {
      System.out
          .println("WARNING: SKIPPED the explorer in a browser: none of " + PLACES + " (-Dchromium=PATH)");
    }
    Assumptions.assumeTrue(path.isPresent(), "no Chromium");
    return new Chromium(path.orElseThrow());
  }

  /** A context whose waits end late: this machine may be busy with something else. */
  BrowserContext newContext(Browser.NewContextOptions options) {
    BrowserContext context = browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MILLIS);
    return context;
  }

  @Override
  public void close() {
    playwright.close();
  }
}
