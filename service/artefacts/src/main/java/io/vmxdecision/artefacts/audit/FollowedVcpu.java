package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.trace.TraceEvent;
import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.scenario.ScenarioStep;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A vCPU of the trace, with what L0 holds of its pages. A page may have been dumped a while after L1 wrote it. If L0
 * entered L2 between a snapshot and the next one, the change between them may have been read then: such a change makes
 * a second set of copies, in which L0 has read it. Not thread-safe.
 */
final class FollowedVcpu {
  private static final int ASSIST_MSR_ENABLE = 1;

  /** Where there is no VP assist page, L0 finds no eVMCS, as in a page of zeros. */
  private static final byte[] NO_ASSIST_PAGE = new byte[GuestPage.BYTES];

  private final Profile profile;
  private final List<Known> timeline;
  private final ScenarioStep step;
  private final L0Copies copies;
  private @Nullable L0Copies perhaps;
  private int next;

  /** What the snapshots say. */
  private Known shown = Known.NOTHING;

  /** The same, but for what L1 moved. */
  private Known page = Known.NOTHING;

  private boolean started;
  private boolean inL2;

  // Whether L2 may have been entered since the page was last told of.
  private boolean enteredSinceEvmcs;
  private boolean enteredSinceVpAssist;

  private long entryLine;

  /** The MSR of the VP assist page, once the trace shows it. */
  private @Nullable Long assistMsr;

  /** An access to it that L0 does not go by before it enters L2 again; its line, or 0. */
  private long writtenLine;

  private long writtenValue;
  private long writtenNanos;
  private boolean writtenByL1;
  private boolean seenInL2;

  /** The line where L1 moved the page away from where the snapshots show it, or 0. */
  private long movedLine;

  private boolean evmcsSinceMove;

  FollowedVcpu(Profile profile, List<Known> timeline, ScenarioStep step) {
    this.profile = profile;
    this.timeline = timeline;
    this.step = step;
    copies = new L0Copies(profile, timeline, step);
  }

  /** What the pages say. */
  Known page() {
    return page;
  }

  /** The copies, if each snapshot is from when on its page was so. */
  L0Copies copies() {
    return copies;
  }

  /** Other copies that L0 may hold, if a snapshot may be later than the change that it shows; else null. */
  @Nullable
  L0Copies perhaps() {
    return perhaps;
  }

  /** The line of the last VM-entry into L2, or 0 if the trace does not have it. */
  long entryLine() {
    return entryLine;
  }

  /** What is needed since L1 moved its VP assist page, or null if it did not or its new place is known. */
  @Nullable
  String movedTo() {
    if (movedLine == 0 || page.vpAssist != null || assistMsr == null) {
      return null;
    }
    return "the VP assist page at 0x" + Long.toHexString(assistMsr & -GuestPage.BYTES)
        + ", where L1 moved it at line " + movedLine + ": it also names the eVMCS";
  }

  /** Software writes the MSR of the VP assist page. L0 looks at the page when it enters L2 the next time. */
  void writesAssistMsr(long time, long line, long value, boolean byL2) {
    writtenLine = line;
    writtenValue = value;
    writtenNanos = time;
    writtenByL1 = !byL2;
  }

  private void takeAssistMsr() {
    if (writtenLine == 0) {
      return;
    }
    long line = writtenLine;
    writtenLine = 0;
    advance(writtenNanos);
    Long before = assistMsr;
    assistMsr = writtenValue;
    boolean enabled = (writtenValue & ASSIST_MSR_ENABLE) != 0;
    long gpa = writtenValue & -GuestPage.BYTES;
    if (before != null && (before & ASSIST_MSR_ENABLE) == (writtenValue & ASSIST_MSR_ENABLE)
        && (before & -GuestPage.BYTES) == gpa) {
      return;
    }
    boolean atLast = before == null && !seenInL2 && enabled;
    if (atLast && (shown.vpAssist != null || shown.memoryPage(gpa) == null)) {
      return; // L1 says for the first time where the page is that the snapshots show
    }
    movedLine = line;
    evmcsSinceMove = false;
    page = moved(true);
    if (page.vpAssist == null) {
      started = false;
      copies.forget();
      perhaps = null;
    } else if (started) {
      copies.write(page);
      if (perhaps != null) {
        perhaps.write(page);
      }
    }
  }

  private Known moved(boolean brings) {
    Long msr = assistMsr;
    byte[] content = msr == null || (msr & ASSIST_MSR_ENABLE) == 0
        ? NO_ASSIST_PAGE
        : shown.memoryPage(msr & -GuestPage.BYTES);
    return shown.withMovedVpAssist(content, evmcsSinceMove, brings);
  }

  /** An exit from L2 at that time. */
  void exits(long time) {
    if (writtenLine != 0 && writtenByL1) {
      enters(time, 0, false, true); // the trace does not have it
    }
    seenInL2 = true;
    if (started && !inL2) {
      enters(time, 0, false, true); // the trace does not have it
    }
    inL2 = true;
    advance(time);
  }

  /**
   * A VM-entry.
   *
   * @param line its line, 0 if the trace does not have it
   * @param launch whether it is known to be a VMLAUNCH
   * @param doubtful whether it may have been another instruction, or more than one entry
   */
  void enters(long time, long line, boolean launch, boolean doubtful) {
    takeAssistMsr();
    seenInL2 = true;
    advance(time);
    entryLine = line;
    inL2 = true;
    if (!started) {
      return;
    }
    copies.enter(launch);
    if (perhaps != null) {
      perhaps.enter(launch);
    }
    enteredSinceEvmcs = true;
    enteredSinceVpAssist = true;
    if (doubtful) {
      doubt();
    } else if (perhaps != null && copies.stale().isEmpty() && perhaps.stale().isEmpty()) {
      perhaps = null; // both are as the pages are
    }
  }

  /** L2 exits to L1. */
  void leaves() {
    inL2 = false;
    copies.leave();
    if (perhaps != null) {
      perhaps.leave();
    }
  }

  /** The state of the vCPU, which is in L2, is saved and restored. */
  void isRestored(long time, long line) {
    takeAssistMsr();
    seenInL2 = true;
    if (started && !inL2) {
      enters(time, line, false, true);
    }
    advance(time);
    entryLine = line;
    inL2 = true;
    copies.restore();
    if (perhaps != null) {
      perhaps.restore();
    }
  }

  /** Events are lost: L1 may have run, and entered L2 again. */
  void isLost() {
    enteredSinceEvmcs = true;
    enteredSinceVpAssist = true;
    if (started) {
      doubt();
    }
  }

  /** L0 may have read the pages as they are. */
  private void doubt() {
    if (copies.stale().isEmpty() && perhaps == null) {
      return;
    }
    perhaps = new L0Copies(profile, timeline, step);
    perhaps.start(page);
    if (!inL2) {
      perhaps.leave();
    }
  }

  private void advance(long time) {
    while (next < timeline.size() && isOn(timeline.get(next), time)) {
      Known before = shown;
      shown = timeline.get(next);
      next++;
      if (shown.bringsVpAssist) {
        movedLine = 0; // it is what is where the MSR points
      }
      evmcsSinceMove |= shown.bringsEvmcs;
      page = movedLine == 0 ? shown : moved(isMovedPageNew(before));
      if (started) {
        change();
      }
    }
    if (!started && (page.evmcs != null || page.vpAssist != null)) {
      started = true;
      copies.start(page);
      if (!inL2) {
        copies.leave();
      }
    }
  }

  private boolean isMovedPageNew(Known before) {
    Long msr = assistMsr;
    long gpa = msr == null ? 0 : msr & -GuestPage.BYTES;
    return !Arrays.equals(before.memoryPage(gpa), shown.memoryPage(gpa));
  }

  private boolean isOn(Known known, long time) {
    return known.from <= time || (time == TraceEvent.NO_TIME && timeline.size() == 1);
  }

  private void change() {
    boolean late = (page.bringsEvmcs && enteredSinceEvmcs) || (page.bringsVpAssist && enteredSinceVpAssist);
    enteredSinceEvmcs &= !page.bringsEvmcs;
    enteredSinceVpAssist &= !page.bringsVpAssist;
    copies.write(page);
    if (late) {
      doubt();
    } else if (perhaps != null) {
      perhaps.write(page);
    }
  }
}
