package io.vmxdecision.app.artefact;

import io.vmxdecision.app.artefact.ReportDecisions.Answers;
import io.vmxdecision.app.decision.DecisionReplay;
import io.vmxdecision.app.entry.VmEntryReplay;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.replay.ReplayCommand;
import io.vmxdecision.artefacts.Explainer;
import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Mail;
import io.vmxdecision.artefacts.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/** {@code explain [--gpa ADDRESS] FILE...}: explains files of any size, without a web server. */
public final class ExplainCommand {
  /** The argument that asks for this command. */
  public static final String NAME = "explain";

  private static final int NOTHING_WRONG = 0;
  private static final int FINDINGS = 1;
  private static final int NOTHING_RECOGNISED = 2;
  private static final String GPA = "--gpa";
  private static final String USAGE = """
      usage: explain [--gpa ADDRESS] FILE...
      Explains what the files hold (- for the standard input): dumps of a VMCS, traces, pages, numbers ...
      --gpa shows a page of a memory dump, whatever it looks like.
      Ends with 0 if nothing wrong was found, 1 if something was, 2 if nothing was recognised.""";

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;

  /** A command with these standard streams. */
  public ExplainCommand(InputStream in, PrintStream out, PrintStream err) {
    this.in = in;
    this.out = out;
    this.err = err;
  }

  /** Runs the command; the exit status. */
  public int run(List<String> arguments) {
    List<String> files = new ArrayList<>(arguments);
    @Nullable Long gpa = null;
    if (files.size() > 1 && files.getFirst().equals(GPA)) {
      gpa = Readings.parse(files.get(1));
      files = files.subList(2, files.size());
      if (gpa == null) {
        files = List.of();
      }
    }
    if (files.isEmpty() || files.stream().anyMatch(file -> file.startsWith("-") && !file.equals("-"))) {
      err.println(USAGE);
      return NOTHING_RECOGNISED;
    }
    Explainer explainer = new Explainer(gpa);
    for (String file : files) {
      try (InputStream content = file.equals("-") ? in : Files.newInputStream(Path.of(file))) {
        explainer.read(files.size() == 1 ? "" : file, content);
      } catch (IOException e) {
        err.println(file + " cannot be read: " + e.getMessage());
        return NOTHING_RECOGNISED;
      }
    }
    Report report = explainer.report();
    out.print(Mail.of(report, decisions(report)));
    out.flush();
    return report.artefacts().isEmpty() ? NOTHING_RECOGNISED : report.hasFaults() ? FINDINGS : NOTHING_WRONG;
  }

  /** What the endpoint says of the exit and of the VM-entry. */
  private static List<String> decisions(Report report) {
    if (!ReportDecisions.concerns(report)) {
      return List.of();
    }
    try (ConfigurableApplicationContext context = ReplayCommand.context()) {
      DecisionReplay exits = context.getBean(DecisionReplay.class);
      VmEntryReplay entries = context.getBean(VmEntryReplay.class);
      ReportDecisions decisions = new ReportDecisions(
          request -> orNothing(exits::answer, request),
          request -> orNothing(entries::answer, request),
          context.getBean(JsonMapper.class));
      return ReportDecisions.sentences(decisions.decide(report), decisions.enter(report));
    }
  }

  /** Pages that contradict each other cannot be decided on. */
  private static byte[] orNothing(Answers answers, byte[] request) {
    try {
      return answers.to(request);
    } catch (RejectedRequestException e) {
      return "{}".getBytes(StandardCharsets.UTF_8);
    }
  }
}
