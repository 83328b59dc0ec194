package io.vmxdecision.bench.audit;

import io.vmxdecision.artefacts.audit.AuditSink;
import io.vmxdecision.artefacts.audit.AuditedExit;
import io.vmxdecision.artefacts.audit.AuditedFlush;
import io.vmxdecision.artefacts.audit.FailedEntry;
import io.vmxdecision.artefacts.audit.OtherJudge;
import io.vmxdecision.artefacts.audit.SnapshotDecisions;
import io.vmxdecision.artefacts.audit.TraceAudit;
import io.vmxdecision.engine.profile.Profile;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * Reads the same bytes in turn with {@link BufferedReader#readLine}, with an audit by one profile, and with one by all
 * kernels, as it is without a profile in the request. The findings go nowhere. It does so round after round, and prints the
 * medians. All read from memory, in pieces of the same size. The time is that of the thread on a CPU, so that other
 * work on the machine does not count. The collection of the line reader's garbage is not in it, which favours that.
 */
final class Main implements AuditSink {
  private static final String TRACE = "/traces/vmx-hyperv_evmcs.txt.gz";
  private static final int BYTES = 64 << 20;
  private static final int PIECE = 1 << 16;
  private static final int WARM_UP = 4;
  private static final int ROUNDS = 11;
  private static final double NANOS = 1e9;
  private static final List<Profile> OTHERS =
      Profile.all().stream().filter(profile -> !profile.equals(Profile.DEFAULT)).toList();

  private long exits;

  private Main() {}

  static void main() throws IOException {
    byte[] text = text();
    double[] reading = new double[ROUNDS];
    double[] auditing = new double[ROUNDS];
    double[] comparing = new double[ROUNDS];
    long lines = 0;
    Main sink = new Main();
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      long begin = cpuNanos();
      lines = readLines(text);
      long middle = cpuNanos();
      sink.exits = 0;
      long audited = sink.audit(text, List.of());
      long end = cpuNanos();
      long compared = sink.audit(text, OTHERS);
      long last = cpuNanos();
      if (audited != lines || compared != lines) {
        throw new IllegalStateException("they do not agree about the lines: " + lines + ", " + audited);
      }
      if (round >= 0) {
        reading[round] = lines / ((middle - begin) / NANOS);
        auditing[round] = lines / ((end - middle) / NANOS);
        comparing[round] = lines / ((last - end) / NANOS);
      }
    }
    Arrays.sort(reading);
    Arrays.sort(auditing);
    Arrays.sort(comparing);
    double read = reading[ROUNDS / 2];
    System.out.printf(Locale.ROOT, "%,d lines, %d MiB, %,d exits from L2; medians of %d rounds%n", lines,
        BYTES >> 20, sink.exits / 2, ROUNDS);
    System.out.println("| what | lines/s, median (min to max) | MiB/s | of the line reader |");
    System.out.println("|---|--:|--:|--:|");
    print("BufferedReader.readLine", reading, lines, 1);
    print("audit by one profile", auditing, lines, auditing[ROUNDS / 2] / read);
    print("audit, three kernels judging", comparing, lines, comparing[ROUNDS / 2] / read);
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void print(String what, double[] sorted, long lines, double share) {
    double median = sorted[ROUNDS / 2];
    System.out.printf(Locale.ROOT, "| %s | %,.0f (%,.0f to %,.0f) | %.0f | **%.2f** |%n", what, median,
        sorted[0],
        sorted[ROUNDS - 1], median * BYTES / lines / (1 << 20), share);
  }

  private static long readLines(byte[] text) throws IOException {
    long lines = 0;
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8),
            PIECE)) {
      while (reader.readLine() != null) {
        lines++;
      }
    }
    return lines;
  }

  private long audit(byte[] text, List<Profile> others) {
    List<OtherJudge> judges = others.stream()
        .map(other -> new OtherJudge(other.id(), new SnapshotDecisions(other, List.of())))
        .toList();
    TraceAudit audit = new TraceAudit(new SnapshotDecisions(Profile.DEFAULT, List.of()), judges, this);
    for (int at = 0; at < text.length; at += PIECE) {
      audit.read(text, at, Math.min(PIECE, text.length - at));
    }
    audit.end();
    return audit.summary().lines();
  }

  @Override
  public void exit(AuditedExit exit) {
    exits++;
  }

  @Override
  public void flush(AuditedFlush flush) {
    // counted by the audit
  }

  @Override
  public void failedEntry(FailedEntry entry) {
    // counted by the audit
  }

  /** The trace of a real run, over and over. */
  private static byte[] text() throws IOException {
    byte[] once;
    try (InputStream in =
        new GZIPInputStream(Objects.requireNonNull(Main.class.getResourceAsStream(TRACE), TRACE))) {
      once = in.readAllBytes();
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream(BYTES);
    while (all.size() < BYTES) {
      all.write(once, 0, Math.min(once.length, BYTES - all.size()));
    }
    return all.toByteArray();
  }
}
