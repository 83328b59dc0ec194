package io.vmxdecision.app.explorer;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** The machine's own Chromium, driven by Playwright; nothing is downloaded. */
final class Chromium implements AutoCloseable {
  private static final Path PATH = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));

  private final Playwright playwright;
  private final Browser browser;

  private Chromium() {
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new LaunchOptions()
                    .setExecutablePath(PATH)
                    .setArgs(List.of("--no-sandbox"))); // root, as in a container, has none
  }

  /** Starts it. Where there is none, the tests are skipped, and the output says so. */
  static Chromium start() {
    boolean there = Files.isExecutable(PATH);
    if (!there) {
      System.out.println("WARNING: SKIPPED the explorer in a browser: no " + PATH + " (-Dchromium=PATH)");
    }
    Assumptions.assumeTrue(there, "no Chromium");
    return new Chromium();
  }

  Browser browser() {
    return browser;
  }

  @Override
  public void close() {
    playwright.close();
  }
}
