package io.vmxdecision.app.audit;

import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.exchange.Spool;
import io.vmxdecision.app.server.exchange.StreamInput;
import io.vmxdecision.app.server.exchange.StreamProtocol;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.artefacts.audit.TimedSnapshot;
import io.vmxdecision.engine.profile.Profile;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Audits the text of a stream. Whatever breaks it off, what was read until then is reported. */
final class AuditProtocol implements StreamProtocol {
  /** The form of the answer. */
  enum Form {
    JSON,
    NDJSON,
    TEXT
  }

  /** The most bytes that are audited before other tasks of the stream get their turn. */
  private static final int AT_ONCE = 64 << 10;

  private final AuditRun run;
  private final AuditMetrics metrics;
  private final Supplier<@Nullable String> lastNote;
  private @Nullable Spool answers;
  private boolean ended;

  AuditProtocol(
      Form form,
      @Nullable Profile profile,
      List<TimedSnapshot> snapshots,
      JsonMapper json,
      AuditMetrics metrics,
      BodyMeter meter,
      Supplier<@Nullable String> lastNote) {
    this.metrics = metrics;
    this.lastNote = lastNote;
    AuditReport.Out out = bytes -> Objects.requireNonNull(answers).write(bytes, 0, bytes.length);
    run = new AuditRun(profile, snapshots, switch (form) {
      case JSON -> AuditReport.document(json, out, meter::read);
      case NDJSON -> AuditReport.lines(json, out);
      case TEXT -> new TextReport(out);
    }, meter::read);
  }

  @Override
  public Progress answerNext(StreamInput in, Spool answers) {
    this.answers = answers;
    int length = Math.min(AT_ONCE, in.available());
    if (length > 0) {
      run.read(in.buffer(), in.start(), length);
      in.skip(length);
      return Progress.ANSWERED;
    }
    if (!in.isEnded()) {
      return Progress.NEEDS_INPUT;
    }
    String note = lastNote.get();
    if (note != null) {
      run.note(note);
    }
    end();
    return Progress.ENDED;
  }

  @Override
  public void refuse(RejectedRequestException e, StreamInput in, Spool answers) {
    this.answers = answers;
    run.note("the trace was not read to its end: " + e.getMessage());
    end();
  }

  private void end() {
    if (!ended) {
      ended = true;
      metrics.count(run.end());
    }
  }
}
