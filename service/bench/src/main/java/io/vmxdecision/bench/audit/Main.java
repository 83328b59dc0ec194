package io.vmxdecision.bench.audit;

import io.vmxdecision.artefacts.audit.AuditSink;
import io.vmxdecision.artefacts.audit.AuditedExit;
import io.vmxdecision.artefacts.audit.AuditedFlush;
import io.vmxdecision.artefacts.audit.FailedEntry;
import io.vmxdecision.artefacts.audit.SnapshotDecisions;
import io.vmxdecision.artefacts.audit.TraceAudit;
import io.vmxdecision.engine.profile.Profile;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * Reads the same bytes in turn with {@link BufferedReader#readLine} and with an audit whose findings go nowhere, round
 * after round, and prints the medians. Both read from memory, in pieces of the same size.
 */
final class Main implements AuditSink {
  private static final String TRACE = "/traces/vmx-hyperv_evmcs.txt.gz";
  private static final int BYTES = 64 << 20;
  private static final int PIECE = 1 << 16;
  private static final int WARM_UP = 4;
  private static final int ROUNDS = 11;
  private static final double NANOS = 1e9;

  private long exits;

  private Main() {}

  static void main() throws IOException {
    byte[] text = text();
    double[] reading = new double[ROUNDS];
    double[] auditing = new double[ROUNDS];
    long lines = 0;
    Main sink = new Main();
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      lines = readLines(text);
      long middle = System.nanoTime();
      sink.exits = 0;
      long audited = sink.audit(text);
      long end = System.nanoTime();
      if (audited != lines) {
        throw new IllegalStateException("the two do not agree about the lines: " + lines + " and " + audited);
      }
      if (round >= 0) {
        reading[round] = lines / ((middle - begin) / NANOS);
        auditing[round] = lines / ((end - middle) / NANOS);
      }
    }
    Arrays.sort(reading);
    Arrays.sort(auditing);
    double read = reading[ROUNDS / 2];
    double audit = auditing[ROUNDS / 2];
    System.out.printf(Locale.ROOT, "%,d lines, %d MiB, %,d exits from L2; medians of %d rounds%n", lines,
        BYTES >> 20, sink.exits, ROUNDS);
    System.out.println("| what | lines/s, median (min to max) | MiB/s | of the line reader |");
    System.out.println("|---|--:|--:|--:|");
    print("BufferedReader.readLine", reading, lines, 1);
    print("audit", auditing, lines, audit / read);
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

  private long audit(byte[] text) {
    TraceAudit audit = new TraceAudit(new SnapshotDecisions(Profile.DEFAULT, List.of()), this);
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
