package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.profile.Profile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An audit with all that it found. */
final class Audits implements AuditSink {
  final List<AuditedExit> exits = new ArrayList<>();
  final List<AuditedFlush> flushes = new ArrayList<>();
  final List<FailedEntry> failed = new ArrayList<>();
  final AuditSummary summary;

  private Audits(byte[] text, List<TimedSnapshot> snapshots) {
    TraceAudit audit = new TraceAudit(new SnapshotDecisions(Profile.DEFAULT, snapshots), this);
    audit.read(text, 0, text.length);
    audit.end();
    summary = audit.summary();
  }

  static Audits of(byte[] text, TimedSnapshot... snapshots) {
    return new Audits(text, List.of(snapshots));
  }

  static Audits of(String text, TimedSnapshot... snapshots) {
    return of(text.getBytes(StandardCharsets.UTF_8), snapshots);
  }

  @Override
  public void exit(AuditedExit exit) {
    exits.add(exit);
  }

  @Override
  public void flush(AuditedFlush flush) {
    flushes.add(flush);
  }

  @Override
  public void failedEntry(FailedEntry entry) {
    failed.add(entry);
  }
}
