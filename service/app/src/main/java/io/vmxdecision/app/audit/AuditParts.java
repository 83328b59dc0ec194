package io.vmxdecision.app.audit;

import io.vmxdecision.app.audit.AuditAnswer.CheckPart;
import io.vmxdecision.app.audit.AuditAnswer.DeliveryPart;
import io.vmxdecision.app.audit.AuditAnswer.ExitPart;
import io.vmxdecision.app.audit.AuditAnswer.FailedEntryPart;
import io.vmxdecision.app.audit.AuditAnswer.FlagsPart;
import io.vmxdecision.app.audit.AuditAnswer.FlushCounts;
import io.vmxdecision.app.audit.AuditAnswer.FlushPart;
import io.vmxdecision.app.audit.AuditAnswer.OtherProfilePart;
import io.vmxdecision.app.audit.AuditAnswer.PartingPart;
import io.vmxdecision.app.audit.AuditAnswer.ReasonCount;
import io.vmxdecision.app.audit.AuditAnswer.ReasonPart;
import io.vmxdecision.app.audit.AuditAnswer.StalePart;
import io.vmxdecision.app.audit.AuditAnswer.SummaryPart;
import io.vmxdecision.app.audit.AuditAnswer.StatusCount;
import io.vmxdecision.app.audit.AuditAnswer.TimesPart;
import io.vmxdecision.app.audit.AuditAnswer.UnknownPart;
import io.vmxdecision.app.audit.AuditAnswer.VerdictCounts;
import io.vmxdecision.app.decision.HandlerLevel;
import io.vmxdecision.app.decision.RereadName;
import io.vmxdecision.app.exitreason.ExitDetail;
import io.vmxdecision.app.exitreason.ExitReasonAnswer;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.artefacts.audit.AuditSummary;
import io.vmxdecision.artefacts.audit.AuditedExit;
import io.vmxdecision.artefacts.audit.AuditedFlush;
import io.vmxdecision.artefacts.audit.AuditedFlush.Reach;
import io.vmxdecision.artefacts.audit.FailedEntry;
import io.vmxdecision.artefacts.audit.OtherJudge;
import io.vmxdecision.artefacts.audit.Verdict;
import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.artefacts.trace.SvmExitCode;
import io.vmxdecision.artefacts.trace.TraceEvent;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From the findings of an audit to the parts of its answer. */
final class AuditParts {
  private static final Snapshot NO_SNAPSHOT = new Snapshot();
  private static final ExitDetail.EventType[] EVENTS = ExitDetail.EventType.values();

  private AuditParts() {}

  static ExitPart exit(AuditedExit exit) {
    return new ExitPart(
        exit.line(),
        seconds(exit.timeNanos()),
        vcpu(exit.vcpu()),
        reason(exit),
        level(exit.observed()),
        exit.expected() == null ? null : level(exit.expected()),
        exit.verdict(),
        exit.rule(),
        exit.why().isEmpty() ? null : exit.why(),
        exit.needs().isEmpty() ? null : exit.needs(),
        exit.stale().isEmpty() ? null : exit.stale().stream().map(AuditParts::stale).toList());
  }

  private static StalePart stale(StaleDatum datum) {
    return new StalePart(
        datum.datum(),
        new Word64(datum.held()),
        datum.inMemory() ? new Word64(datum.page()) : null,
        RereadName.of(datum.reread()));
  }

  /** The same in words. */
  static String told(StaleDatum datum) {
    String page = datum.inMemory() ? "0x" + Long.toHexString(datum.page()) + " in the page" : "in no page";
    return datum.datum() + " is " + page + ", L0 holds 0x" + Long.toHexString(datum.held()) + " and "
        + switch (datum.reread()) {
          case NEXT_VM_ENTRY -> "looks again at the next VM-entry";
          case AFTER_CLEAN_BIT_CLEARED -> "looks again once L1 has cleared the clean-field bit";
          case OVERWRITTEN_AT_EXIT -> "writes that over the page when L2 exits to L1";
        };
  }

  static FlushPart flush(AuditedFlush flush) {
    boolean shown = flush.reach() != Reach.REJECTED;
    return new FlushPart(
        flush.line(),
        seconds(flush.timeNanos()),
        vcpu(flush.vcpu()),
        flush.code() == null ? null : new Word32(flush.code().code()),
        flush.code() == null ? null : flush.code().tlfsName(),
        flush.fast(),
        flush.repCnt(),
        flush.varCnt(),
        flush.reach(),
        flush.all(),
        shown ? new Word64(flush.mask()) : null,
        shown ? new Word64(flush.addressSpace()) : null,
        shown ? flags(flush.flags()) : null,
        flush.status() < 0 ? null : new Word32(flush.status()),
        flush.status() < 0 ? null : statusName(flush.status()),
        flush.syntheticExit(),
        flush.syntheticExpected(),
        flush.toSyntheticNanos() < 0 ? null : seconds(flush.toSyntheticNanos()));
  }

  static FailedEntryPart failedEntry(FailedEntry entry) {
    return new FailedEntryPart(
        entry.line(),
        seconds(entry.timeNanos()),
        vcpu(entry.vcpu()),
        entry.text(),
        entry.checks().stream().map(check -> new CheckPart(check.id(), check.statement())).toList(),
        entry.about().isEmpty() ? null : entry.about());
  }

  static SummaryPart summary(AuditSummary summary, List<String> notes) {
    VerdictCounts verdicts =
        new VerdictCounts(
            summary.verdicts(Verdict.AGREES),
            summary.verdicts(Verdict.CONTRADICTS),
            summary.verdicts(Verdict.UNDECIDED));
    List<StatusCount> rejected =
        summary.statuses().entrySet().stream()
            .map(status -> new StatusCount(statusOrNumber(status.getKey()), status.getValue()))
            .toList();
    TimesPart times = summary.timedSynthetics() == 0
        ? null
        : new TimesPart(
            summary.timedSynthetics(),
            nanos(summary.shortestToSynthetic()),
            nanos(summary.meanToSynthetic()),
            nanos(summary.longestToSynthetic()));
    return new SummaryPart(
        summary.lines(),
        summary.events(),
        summary.unknownLines(),
        summary.lostEvents(),
        summary.exitsFromL2(),
        summary.handledByL0(),
        summary.reflectedToL1(),
        summary.injectedByL0(),
        summary.syntheticExits(),
        summary.l2Flushes(),
        verdicts,
        summary.eligibleButReflected(),
        summary.decidedByStaleCopies(),
        summary.failedEntries(),
        summary.reasons().entrySet().stream()
            .map(entry -> new ReasonCount(
                name(entry.getKey().isa(), entry.getKey().reason()),
                entry.getValue().byL0(),
                entry.getValue().byL1()))
            .toList(),
        new FlushCounts(
            summary.flushCalls(),
            summary.listFlushes(),
            summary.wholeFlushes(),
            summary.repetitions(),
            summary.forAll(),
            rejected,
            times),
        summary.firstUnknown().stream().map(line -> new UnknownPart(line.line(), line.text())).toList(),
        summary.others().isEmpty() ? null : closest(summary),
        summary.others().isEmpty() ? null : summary.others().stream().map(AuditParts::other).toList(),
        notes);
  }

  /** The ids of the profiles that the trace contradicts least, the default first; none if none was compared. */
  static List<String> closest(AuditSummary summary) {
    List<OtherJudge> others = summary.others();
    long ofDefault = summary.verdicts(Verdict.CONTRADICTS);
    long least = Math.min(
        ofDefault, others.stream().mapToLong(OtherJudge::contradictions).min().orElse(ofDefault));
    List<String> closest = new ArrayList<>();
    if (!others.isEmpty() && ofDefault == least) {
      closest.add(Profile.DEFAULT.id());
    }
    others.stream()
        .filter(other -> other.contradictions() == least)
        .forEach(other -> closest.add(other.profile()));
    return closest;
  }

  private static OtherProfilePart other(OtherJudge judge) {
    return new OtherProfilePart(
        judge.profile(),
        judge.contradictions(),
        judge.partings(),
        judge.parting().stream()
            .map(
                exit -> new PartingPart(
                    exit.line(),
                    exit.expected() == null ? null : level(exit.expected()),
                    exit.verdict(),
                    exit.rule()))
            .toList());
  }

  /** The name of an exit reason or exit code, or its number. */
  static String name(Isa isa, int reason) {
    String name;
    if (isa == Isa.SVM) {
      name = SvmExitCode.name(reason);
    } else {
      name = ExitReasonAnswer.of(reason).name();
      if (name != null && ExitReason.basic(reason) != reason
          && reason != ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH) {
        name += " " + hex(reason & ~0xffff);
      }
    }
    return name == null ? hex(reason) : name;
  }

  static String hex(int word) {
    return "0x" + Integer.toHexString(word);
  }

  static @Nullable BigDecimal seconds(long nanos) {
    return nanos == TraceEvent.NO_TIME ? null : nanos(nanos);
  }

  private static BigDecimal nanos(long nanos) {
    BigDecimal seconds = BigDecimal.valueOf(nanos, 9).stripTrailingZeros();
    return seconds.scale() < 0 ? seconds.setScale(0) : seconds;
  }

  static String statusOrNumber(int status) {
    String name = statusName(status);
    return name == null ? hex(status) : name;
  }

  private static @Nullable String statusName(int status) {
    return Arrays.stream(HypercallStatus.values())
        .filter(known -> known.code() == status)
        .map(HypercallStatus::name)
        .findFirst()
        .orElse(null);
  }

  private static ReasonPart reason(AuditedExit exit) {
    if (exit.isa() == Isa.SVM) {
      return new ReasonPart(
          new Word32(exit.reason()), null, SvmExitCode.name(exit.reason()), null, null, null);
    }
    ExitReasonAnswer reason = ExitReasonAnswer.of(exit.reason());
    int vectoring = (int) exit.info2();
    boolean delivering = exit.hasWords() && InterruptionInfo.isValid(vectoring);
    return new ReasonPart(
        reason.raw(),
        reason.basic(),
        reason.name(),
        reason.kind(),
        exit.hasWords() ? detail(exit) : null,
        delivering
            ? new DeliveryPart(EVENTS[InterruptionInfo.type(vectoring)], InterruptionInfo.vector(vectoring))
            : null);
  }

  /** What the words say of the exits that need no register. */
  private static @Nullable ExitDetail detail(AuditedExit exit) {
    return switch (BasicExitReason.of(ExitReason.basic(exit.reason()))) {
      case EXCEPTION_NMI, DR_ACCESS, IO_INSTRUCTION, EPT_VIOLATION -> {
        VmExit words = new VmExit();
        words.reason(exit.reason());
        words.qualification(exit.info1());
        words.interruptionInfo(exit.intrInfo());
        words.interruptionErrorCode(exit.errorCode());
        yield ExitDetail.of(NO_SNAPSHOT, words);
      }
      case null, default -> null;
    };
  }

  private static FlagsPart flags(long flags) {
    return new FlagsPart(
        new Word64(flags),
        (flags & AuditedFlush.ALL_PROCESSORS) != 0,
        (flags & AuditedFlush.ALL_VIRTUAL_ADDRESS_SPACES) != 0,
        (flags & AuditedFlush.NON_GLOBAL_MAPPINGS_ONLY) != 0,
        (flags & AuditedFlush.USE_EXTENDED_RANGE_FORMAT) != 0);
  }

  private static @Nullable Integer vcpu(int vcpu) {
    return vcpu == TraceEvent.NONE ? null : vcpu;
  }

  private static HandlerLevel level(Level level) {
    return level == Level.L1 ? HandlerLevel.L1 : HandlerLevel.L0;
  }
}
