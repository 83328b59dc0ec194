package io.vmxdecision.app.replay;

import io.vmxdecision.app.contract.ScenarioLimits;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.DecisionReplay;
import io.vmxdecision.app.decisionlog.Replayer;
import io.vmxdecision.app.entry.VmEntryReplay;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;

/**
 * {@code replay [--pages DIR] FILE}: the service as a command, without a web server. It has the service's
 * configuration, since that decides how answers are written.
 */
public final class ReplayCommand {
  /** The argument that asks for this command. */
  public static final String NAME = "replay";

  /** What a command ends with that could not do what it was asked for. */
  private static final int FAILED = Replay.INCOMPLETE;

  private static final String USAGE = """
      usage: replay [--pages DIR] FILE
      Decides again what a decision log holds (- for the standard input), and tells what differs.
      DIR holds pages and memory that the log has digests of, in files named by the 64 digits.
      Ends with 0 if all came out the same, 1 if something differs, 2 if not all could be replayed.""";

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;

  /** A command with these standard streams. */
  public ReplayCommand(InputStream in, PrintStream out, PrintStream err) {
    this.in = in;
    this.out = out;
    this.err = err;
  }

  /** Runs the command; the exit status. */
  public int run(List<String> arguments) {
    Deque<String> rest = new ArrayDeque<>(arguments);
    @Nullable Path pages = null;
    if ("--pages".equals(rest.peek()) && rest.size() > 1) {
      rest.remove();
      pages = Path.of(rest.remove());
    }
    if (rest.size() != 1 || (rest.element().startsWith("-") && !rest.element().equals("-"))) {
      err.println(USAGE);
      return FAILED;
    }
    String file = rest.element();
    try (InputStream log = file.equals("-") ? in : Files.newInputStream(Path.of(file));
        ConfigurableApplicationContext context = context()) {
      List<Replayer> replayers = context.getBeanProvider(Replayer.class).stream().toList();
      return new Replay(replayers, new GivenBytes(pages), out).run(log);
    } catch (IOException e) {
      err.println("cannot be read: " + e.getMessage());
      return FAILED;
    }
  }

  /** What of the service decides, without a web server and without a log of decisions. */
  public static ConfigurableApplicationContext context() {
    SpringApplication application = new SpringApplication(Parts.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setBannerMode(Banner.Mode.OFF);
    application.setLogStartupInfo(false);
    application.setDefaultProperties(Map.of("logging.level.root", "OFF")); // only reports are printed
    return application.run();
  }

  /** What of the service it takes. */
  @ImportAutoConfiguration(JacksonAutoConfiguration.class)
  @EnableConfigurationProperties({ServiceLimits.class, ScenarioLimits.class})
  @Import({DecisionReplay.class, VmEntryReplay.class})
  static final class Parts {}
}
