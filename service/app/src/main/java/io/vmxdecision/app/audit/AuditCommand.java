package io.vmxdecision.app.audit;

import io.vmxdecision.artefacts.audit.AuditSummary;
import io.vmxdecision.artefacts.audit.TimedSnapshot;
import io.vmxdecision.artefacts.audit.Verdict;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.profile.Profile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** {@code audit FILE...}: audits traces as a command, without a web server. */
public final class AuditCommand {
  /** The argument that asks for this command. */
  public static final String NAME = "audit";

  /** Nothing contradicts the rules. */
  static final int AGREES = 0;

  /** Something contradicts them. */
  static final int CONTRADICTS = 1;

  /** Something could not be read, or has no trace in it. */
  static final int UNREADABLE = 2;

  /** What the name of a result has behind that of its trace. */
  static final String RESULT = ".audit.ndjson";

  /** What the name of a result that is being written has behind it, before the index of the share. */
  private static final String PART = ".part";

  private static final String STANDARD_INPUT = "-";
  private static final int BUFFER_BYTES = 1 << 16;
  private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final String USAGE =
      """
          usage: audit [--profile ID] [--snapshot NAME=FILE]... [--json | --ndjson] FILE...
                 audit [--profile ID] [--snapshot NAME=FILE]... --beside [--share INDEX/COUNT]
                   FILE|FOLDER...
          Holds the exits of KVM traces (text of trace-cmd report, perf script, tracing/trace; - for the
          standard input) against the rules of an L0: that of --profile, or kvm-6.12, with a word on which
          kernel a trace contradicts least. NAME=FILE is a page of 4096 bytes: evmcs, vpAssistPage (of one
          vCPU: evmcs:1), partitionAssistPage, memory:GPA. NAME=VALUE is a word of
          CPUID: nestedEax, enlightenmentsEax, featuresEdx, enforced, sgx. Each alone or with @SECONDS: from
          that time of the trace on.
          Ends with 0 if nothing contradicts the rules, 1 if something does, 2 if something is no trace.
          With --beside, the result of FILE goes to FILE.audit.ndjson, and what has a result is passed over;
          it ends with 0 once every file of the share has its result, and with 2 if one could not be read
          or written. Gzip files are unpacked.""";

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final JsonMapper json = JsonMapper.builder().build();

  private final SnapshotParts snapshots = new SnapshotParts();
  private final List<String> files = new ArrayList<>();
  private AuditProtocol.Form form = AuditProtocol.Form.TEXT;
  private @Nullable Profile profile;
  private boolean beside;
  private int share;
  private int shares = 1;

  /** A command with these standard streams; on a {@code terminal} it shows how far it is. */
  public AuditCommand(InputStream in, PrintStream out, PrintStream err, boolean terminal) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** Runs the command; the exit status. */
  public int run(List<String> arguments) {
    try {
      String fault = read(new ArrayDeque<>(arguments));
      if (fault != null) {
        err.println(fault);
        return UNREADABLE;
      }
      return beside ? auditBeside() : auditAll();
    } catch (IOException e) {
      err.println("cannot be read: " + e.getMessage());
      return UNREADABLE;
    }
  }

  private @Nullable String read(Deque<String> rest) throws IOException {
    while (!rest.isEmpty()) {
      String argument = rest.remove();
      if (argument.equals("--json")) {
        form = AuditProtocol.Form.JSON;
      } else if (argument.equals("--ndjson")) {
        form = AuditProtocol.Form.NDJSON;
      } else if (argument.equals("--beside")) {
        beside = true;
      } else if (argument.equals("--share") && !rest.isEmpty()) {
        if (!readShare(rest.remove())) {
          return USAGE;
        }
      } else if (argument.equals("--profile") && !rest.isEmpty()) {
        Profile judge = Profile.of(rest.remove());
        if (judge == null) {
          return "--profile takes one of " + String.join(", ", Profile.ids());
        }
        profile = judge;
      } else if (argument.equals("--snapshot") && !rest.isEmpty()) {
        String fault = readSnapshot(rest.remove());
        if (fault != null) {
          return fault;
        }
      } else if (argument.startsWith("-") && !argument.equals(STANDARD_INPUT)) {
        return USAGE;
      } else {
        files.add(argument);
      }
    }
    boolean standardInput = files.contains(STANDARD_INPUT);
    return files.isEmpty() || (beside && standardInput) ? USAGE : null;
  }

  private boolean readShare(String text) {
    if (!text.matches("[0-9]{1,6}/[0-9]{1,6}")) {
      return false;
    }
    int slash = text.indexOf('/');
    share = Integer.parseInt(text.substring(0, slash));
    shares = Integer.parseInt(text.substring(slash + 1));
    return share < shares;
  }

  private @Nullable String readSnapshot(String text) throws IOException {
    int equals = text.indexOf('=');
    if (equals < 0) {
      return USAGE;
    }
    String name = text.substring(0, equals);
    String value = text.substring(equals + 1);
    byte[] content = SnapshotParts.isPage(name)
        ? readPage(Path.of(value))
        : value.getBytes(StandardCharsets.UTF_8);
    String fault = snapshots.add(name, content);
    return fault == null ? null : name + ": " + fault;
  }

  /** A byte more than a page, if there is one: then it is none. */
  private static byte[] readPage(Path file) throws IOException {
    try (InputStream page = Files.newInputStream(file)) {
      return page.readNBytes(PageView.PAGE_BYTES + 1);
    }
  }

  private int auditAll() {
    int worst = AGREES;
    for (String file : files) {
      if (files.size() > 1 && form == AuditProtocol.Form.TEXT) {
        out.println("== " + file);
      }
      int status;
      try (InputStream trace = file.equals(STANDARD_INPUT) ? in : Files.newInputStream(Path.of(file))) {
        long size = file.equals(STANDARD_INPUT) ? 0 : Files.size(Path.of(file));
        status = audit(trace, size, file, out, form);
        if (form == AuditProtocol.Form.JSON) {
          out.println();
        }
      } catch (IOException e) {
        err.println(file + ": cannot be read: " + e.getMessage());
        status = UNREADABLE;
      }
      out.flush();
      worst = Math.max(worst, status);
    }
    return worst;
  }

  /** Audits the files of the share that have no result, in the order of their names. */
  private int auditBeside() throws IOException {
    int status = AGREES;
    for (String root : files) {
      Path start = Path.of(root);
      List<Path> traces;
      try (Stream<Path> all = Files.walk(start)) {
        traces = all.filter(Files::isRegularFile)
            .filter(file -> isTrace(file) && isOfShare(start.relativize(file).toString()))
            .sorted()
            .toList();
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      for (Path trace : traces) {
        try {
          auditBeside(trace);
        } catch (IOException e) {
          err.println(trace + ": cannot be audited: " + e.getMessage());
          status = UNREADABLE;
        }
      }
    }
    return status;
  }

  private static boolean isTrace(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".") && !name.endsWith(RESULT) && !name.contains(RESULT + PART);
  }

  /** Whatever files come and go, a file stays in the share of the same index. */
  private boolean isOfShare(String name) {
    CRC32 sum = new CRC32();
    sum.update(name.getBytes(StandardCharsets.UTF_8));
    return sum.getValue() % shares == share;
  }

  private void auditBeside(Path trace) throws IOException {
    Path result = trace.resolveSibling(trace.getFileName() + RESULT);
    if (Files.exists(result)) {
      return;
    }
    Path part = trace.resolveSibling(trace.getFileName() + RESULT + PART + share);
    try (InputStream from = Files.newInputStream(trace);
        OutputStream to = new BufferedOutputStream(Files.newOutputStream(part), BUFFER_BYTES)) {
      audit(from, Files.size(trace), trace.toString(), to, AuditProtocol.Form.NDJSON);
    }
    try {
      Files.move(part, result, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException e) {
      Files.delete(part);
    }
    err.println(trace + ": audited");
  }

  private int audit(
      InputStream file, long size, String name, OutputStream to, AuditProtocol.Form as) throws IOException {
    PushbackInputStream trace = new PushbackInputStream(file, Foreign.BYTES);
    byte[] first = peek(trace);
    long expected = size;
    if (Foreign.isGzip(first)) {
      trace = new PushbackInputStream(new GZIPInputStream(trace, BUFFER_BYTES), Foreign.BYTES);
      first = peek(trace);
      expected = 0;
    }
    AuditReport.Out sink = bytes -> {
      try {
        to.write(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
    List<TimedSnapshot> given = snapshots.snapshots();
    AuditRun run = new AuditRun(profile, given, switch (as) {
      case JSON -> AuditReport.document(json, sink, bytes -> {
      });
      case NDJSON -> AuditReport.lines(json, sink);
      case TEXT -> new TextReport(sink);
    }, bytes -> {
    });
    String foreign = Foreign.told(first, name.equals(STANDARD_INPUT) ? "trace.dat" : name);
    try {
      if (foreign == null) {
        readAll(trace, expected, name, run);
      } else {
        err.println(name + ": " + foreign);
        run.note(foreign);
      }
      AuditSummary summary = Objects.requireNonNull(run.end());
      if (summary.verdicts(Verdict.CONTRADICTS) > 0) {
        return CONTRADICTS;
      }
      return summary.events() == 0 ? UNREADABLE : AGREES;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static byte[] peek(PushbackInputStream trace) throws IOException {
    byte[] first = trace.readNBytes(Foreign.BYTES);
    trace.unread(first);
    return first;
  }

  private void readAll(InputStream trace, long size, String name, AuditRun run) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long done = 0;
    long shown = System.nanoTime() - 2 * PROGRESS_NANOS; // so that the first piece is shown
    for (int read = trace.read(buffer); read >= 0; read = trace.read(buffer)) {
      run.read(buffer, 0, read);
      done += read;
      if (terminal && System.nanoTime() - shown > PROGRESS_NANOS) {
        shown = System.nanoTime();
        String part = size > 0 ? " " + 100 * done / size + " %" : "";
        err.print("\r" + name + ": " + (done >> 20) + " MiB" + part + "   ");
        err.flush();
      }
    }
    if (terminal) {
      err.print("\r" + " ".repeat(Math.min(78, name.length() + 24)) + "\r");
    }
  }
}
