package io.vmxdecision.app.audit;

import io.vmxdecision.artefacts.audit.AuditSummary;
import io.vmxdecision.artefacts.audit.OtherJudge;
import io.vmxdecision.artefacts.audit.SnapshotDecisions;
import io.vmxdecision.artefacts.audit.TimedSnapshot;
import io.vmxdecision.artefacts.audit.TraceAudit;
import io.vmxdecision.engine.profile.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** One audit and its report. */
final class AuditRun {
  private final TraceAudit audit;
  private final AuditReport report;
  private final List<String> notes = new ArrayList<>();
  private boolean any;
  private byte last = '\n';

  /**
   * An audit with its report.
   *
   * @param named by whose rules to judge; without one by those of {@link Profile#DEFAULT}, with the others beside
   *     it, so that it shows whom the trace contradicts least
   * @param holds is told of the heap that it holds besides the report
   */
  AuditRun(
      @Nullable Profile named, List<TimedSnapshot> snapshots, AuditReport report, IntConsumer holds) {
    this.report = report;
    List<OtherJudge> others = new ArrayList<>();
    if (named == null) {
      for (Profile other : Profile.all()) {
        if (!other.equals(Profile.DEFAULT)) {
          others.add(new OtherJudge(other.id(), new SnapshotDecisions(other, snapshots, holds)));
        }
      }
    }
    Profile judge = named == null ? Profile.DEFAULT : named;
    if (!snapshots.isEmpty() && !(judge.equals(Profile.DEFAULT) && others.isEmpty())) {
      note("what L0 holds of the pages is followed as " + Profile.DEFAULT.id()
          + " does it (rules T), whatever the profile: in what other kernels differ there is not known");
    }
    audit = new TraceAudit(new SnapshotDecisions(judge, snapshots, holds), others, report);
  }

  void read(byte[] bytes, int offset, int length) {
    if (length > 0) {
      any = true;
      last = bytes[offset + length - 1];
      audit.read(bytes, offset, length);
    }
  }

  void note(String note) {
    notes.add(note);
  }

  /** Ends the audit and the report. */
  AuditSummary end() {
    audit.end();
    AuditSummary summary = audit.summary();
    if (!any) {
      note("the trace is empty");
    } else if (summary.events() == 0) {
      note(
          "this is no trace of events: record one with trace-cmd record -e kvm, and send what trace-cmd report prints");
    } else if (summary.exitsFromL2() == 0) {
      note("no exit from L2 is in the trace: no nested guest ran, or kvm_nested_vmexit was not recorded");
    }
    if (last != '\n') {
      note("the last line has no end: the trace may have been cut off");
    }
    if (summary.lostMarkers() > 0) {
      note("events were lost at " + summary.lostMarkers()
          + " places: a larger buffer (trace-cmd record -b) keeps them");
    }
    List<String> closest = AuditParts.closest(summary);
    if (!closest.isEmpty() && !closest.contains(Profile.DEFAULT.id())) {
      note("the trace contradicts " + String.join(" and ", closest)
          + " least: audit it again by that profile");
    }
    report.end(summary, notes);
    return summary;
  }
}
