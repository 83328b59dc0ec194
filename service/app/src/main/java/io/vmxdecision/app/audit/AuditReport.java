package io.vmxdecision.app.audit;

import io.vmxdecision.artefacts.audit.AuditSink;
import io.vmxdecision.artefacts.audit.AuditSummary;
import io.vmxdecision.artefacts.audit.AuditedExit;
import io.vmxdecision.artefacts.audit.AuditedFlush;
import io.vmxdecision.artefacts.audit.FailedEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/** Writes what an audit finds, in one of its forms. Used by one audit, by one thread. */
abstract class AuditReport implements AuditSink {
  /** Takes bytes of the report. */
  @FunctionalInterface
  interface Out {
    void write(byte[] bytes);
  }

  /** The most flushes that a JSON answer has. */
  static final int MOST_FLUSHES = 10_000;

  /** The most refused VM-entries that an answer has. */
  static final int MOST_FAILED = 1_000;

  /** Writes the end of the report. */
  abstract void end(AuditSummary summary, List<String> notes);

  /** Lines of JSON, each as soon as it is found; the last one has the counts. */
  static AuditReport lines(JsonMapper json, Out out) {
    return new AuditReport() {
      @Override
      public void exit(AuditedExit exit) {
        write(new AuditAnswer.Line(AuditParts.exit(exit), null, null, null));
      }

      @Override
      public void flush(AuditedFlush flush) {
        write(new AuditAnswer.Line(null, AuditParts.flush(flush), null, null));
      }

      @Override
      public void failedEntry(FailedEntry entry) {
        write(new AuditAnswer.Line(null, null, AuditParts.failedEntry(entry), null));
      }

      @Override
      void end(AuditSummary summary, List<String> notes) {
        write(new AuditAnswer.Line(null, null, null, AuditParts.summary(summary, notes)));
      }

      private void write(AuditAnswer.Line line) {
        out.write(json.writeValueAsBytes(line));
        out.write(new byte[]{'\n'});
      }
    };
  }

  /** One JSON document. Exits are written as they are found; the rest, which is bounded, follows at the end. */
  static AuditReport document(JsonMapper json, Out out, Consumer<Integer> holds) {
    return new Document(json, out, holds);
  }

  private static final class Document extends AuditReport {
    private static final int FLUSH_BYTES = 512;

    private final JsonMapper json;
    private final Out out;
    private final Consumer<Integer> holds;
    private final List<AuditedFlush> flushes = new ArrayList<>();
    private final List<FailedEntry> failed = new ArrayList<>();
    private boolean begun;

    Document(JsonMapper json, Out out, Consumer<Integer> holds) {
      this.json = json;
      this.out = out;
      this.holds = holds;
    }

    @Override
    public void exit(AuditedExit exit) {
      text(begun ? "," : "{\"exits\":[");
      begun = true;
      out.write(json.writeValueAsBytes(AuditParts.exit(exit)));
    }

    @Override
    public void flush(AuditedFlush flush) {
      if (flushes.size() < MOST_FLUSHES) {
        holds.accept(FLUSH_BYTES);
        flushes.add(flush);
      }
    }

    @Override
    public void failedEntry(FailedEntry entry) {
      if (failed.size() < MOST_FAILED) {
        holds.accept(FLUSH_BYTES + entry.text().length());
        failed.add(entry);
      }
    }

    @Override
    void end(AuditSummary summary, List<String> notes) {
      List<String> all = new ArrayList<>(notes);
      if (summary.flushCalls() > flushes.size()) {
        all.add("flushes has the first " + MOST_FLUSHES + " of " + summary.flushCalls()
            + "; application/x-ndjson has all");
      }
      if (summary.failedEntries() > failed.size()) {
        all.add("failedEntries has the first " + MOST_FAILED + " of " + summary.failedEntries()
            + "; application/x-ndjson has all");
      }
      text(begun ? "],\"flushes\":[" : "{\"exits\":[],\"flushes\":[");
      for (int i = 0; i < flushes.size(); i++) {
        text(i == 0 ? "" : ",");
        out.write(json.writeValueAsBytes(AuditParts.flush(flushes.get(i))));
      }
      text("],\"failedEntries\":");
      out.write(json.writeValueAsBytes(failed.stream().map(AuditParts::failedEntry).toList()));
      text(",\"summary\":");
      out.write(json.writeValueAsBytes(AuditParts.summary(summary, all)));
      text("}");
    }

    private void text(String text) {
      out.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
  }
}
