package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.audit.AuditedFlush.Reach;
import io.vmxdecision.artefacts.trace.TraceEvent;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.rules.CompletionRules;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.rules.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds a hypercall of L2 that L0 handled against the rules H and C, as far as a trace shows it: the counts of the
 * control word, the flush, the result, and whether a synthetic exit followed.
 */
final class FlushJudgement {
  private static final Rule M = rule("M");
  private static final Rule H2 = rule("H2");
  private static final Rule H3 = rule("H3");
  private static final Rule H4 = rule("H4");
  private static final Rule H5 = rule("H5");
  private static final Rule H6 = rule("H6");
  private static final Rule H7 = rule("H7");
  private static final Rule H8 = rule("H8");
  private static final Rule H9 = rule("H9");
  private static final Rule H11 = rule("H11");
  private static final Rule H12 = rule("H12");

  private static final int MASK_HALVES = 1;
  private static final int SET_HALVES = 2;
  private static final int LONGEST_LIST = 15;
  private static final int MOST_BANKS = 64;

  private final OpenExit exit;
  private final Expectation expected;
  private final @Nullable FlushCode code;

  /** What contradicts the rules, or null. */
  @Nullable String contradiction;

  /** The rule that it contradicts. */
  @Nullable Rule rule;

  /** What the call would need to be decided. */
  final List<String> needs = new ArrayList<>();

  FlushJudgement(OpenExit exit, Expectation expected) {
    this.exit = exit;
    this.expected = expected;
    code = exit.hypercall ? FlushCode.of(exit.code) : null;
  }

  /** Judges; {@code flushesRecorded} says whether the trace would have the line of a flush. */
  void judge(boolean flushesRecorded) {
    if (!exit.hypercall) {
      needs.add("the line kvm_hv_hypercall of this call, which is missing");
      return;
    }
    if (code == null) {
      contradict(EligibilityRules.F5, "L0 handled call code 0x" + Integer.toHexString(exit.code)
          + ", which is no flush call");
      return;
    }
    if (exit.flush && exit.flushEx != code.isExtended()) {
      needs.add("which of two lines is right: the call and its flush are of different forms");
      return;
    }
    if (!exit.done) {
      if (exit.synthetic) {
        contradict(CompletionRules.C4, "a synthetic exit without a result of the call");
      } else if (exit.undefinedOpcode && !exit.flush) {
        undefinedOpcode();
      } else {
        needs.add("the line kvm_hv_hypercall_done of this call");
      }
      return;
    }
    if (isRefusedByCpuid()) {
      return;
    }
    Rule shape = rejectedByShape();
    Rule input = exit.flush ? rejectedByInput() : null;
    int status = (int) exit.result & 0xffff;
    if (shape != null && exit.flush) {
      contradict(shape, "the call is malformed, and yet it came to a flush");
    } else if (status == HypercallStatus.HV_STATUS_SUCCESS.code()) {
      success(shape != null ? shape : input, flushesRecorded);
    } else {
      failure(status, shape != null ? shape : input);
    }
  }

  /** L0 injected a #UD in place of a result. */
  private void undefinedOpcode() {
    Boolean undefined = isUndefined();
    if (Boolean.TRUE.equals(isDenied())) {
      contradict(H2, "L0 injected a #UD, and CPUID, which is enforced, denies the access before");
    } else if (undefined == null) {
      addReads(H4);
    } else if (!undefined) {
      contradict(H4, "L0 injected a #UD, and the call is " + (exit.fast
          ? "allowed by CPUID, or CPUID is not enforced"
          : "no fast one"));
    }
  }

  /** Whether what is known of CPUID decides the call, which has a result, by a rule before those of its input. */
  private boolean isRefusedByCpuid() {
    int status = (int) exit.result & 0xffff;
    if (Boolean.TRUE.equals(isDenied()) && status != HypercallStatus.HV_STATUS_ACCESS_DENIED.code()) {
      contradict(H2, "CPUID, which is enforced, does not offer the call, and access was not denied");
      return true;
    }
    if (Boolean.TRUE.equals(isUndefined()) && status != HypercallStatus.HV_STATUS_ACCESS_DENIED.code()) {
      if (status == HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT.code() && !exit.flush) {
        addReads(H3); // comes first
      } else {
        contradict(H4, "CPUID, which is enforced, does not offer fast input, and L0 injected no #UD");
      }
      return true;
    }
    return false;
  }

  /** Whether H2 denies the call, or null if that is not known. */
  private @Nullable Boolean isDenied() {
    boolean extended = Objects.requireNonNull(code).isExtended();
    int needed = extended ? Cpuid.REMOTE_TLB_FLUSH | Cpuid.EX_PROCESSOR_MASKS : Cpuid.REMOTE_TLB_FLUSH;
    return isRefused(expected.cpuid().enlightenmentsEax(), needed);
  }

  /** Whether H4 makes the call a #UD, or null if that is not known. */
  private @Nullable Boolean isUndefined() {
    return exit.fast ? isRefused(expected.cpuid().featuresEdx(), Cpuid.XMM_INPUT) : Boolean.FALSE;
  }

  /** Whether a word that lacks one of those bits makes L0 refuse the call, or null if that is not known. */
  private @Nullable Boolean isRefused(@Nullable Integer word, int needed) {
    Boolean enforced = expected.cpuid().enforced();
    boolean offered = word != null && (word & needed) == needed;
    if (offered || Boolean.FALSE.equals(enforced)) {
      return Boolean.FALSE;
    }
    boolean known = enforced != null && word != null;
    return known ? Boolean.TRUE : null;
  }

  private void success(@Nullable Rule rejects, boolean flushesRecorded) {
    if (rejects != null) {
      contradict(rejects, "the call succeeded, and the rule rejects it");
      return;
    }
    if (exit.result != HypercallStatus.HV_STATUS_SUCCESS.result(exit.repCnt)) {
      contradict(CompletionRules.C2, "the result is 0x" + Long.toHexString(exit.result) + " and not 0x"
          + Long.toHexString(HypercallStatus.HV_STATUS_SUCCESS.result(exit.repCnt)));
      return;
    }
    if (!exit.flush) {
      if (flushesRecorded) {
        contradict(M, "the call succeeded, and no flush is to be seen");
      } else {
        needs.add("the events kvm_hv_flush_tlb and kvm_hv_flush_tlb_ex, which the trace does not have");
      }
      return;
    }
    if (Boolean.FALSE.equals(expected.assistReadable())) {
      contradict(CompletionRules.C1, "the call succeeded, and the partition assist page cannot be read");
    } else if (expected.locked() == null) {
      addReads(CompletionRules.C4);
    } else if (expected.locked() != exit.synthetic) {
      contradict(CompletionRules.C4,
          "TlbLockCount is " + (expected.locked() ? "not 0" : "0") + ", and L1 got "
              + (exit.synthetic ? "a" : "no") + " synthetic exit");
    }
  }

  private void failure(int status, @Nullable Rule rejects) {
    if (exit.synthetic) {
      contradict(CompletionRules.C4, "a synthetic exit after a call that failed");
    } else if (exit.result != status) {
      contradict(CompletionRules.C2, "a failed call has repetitions in its result");
    } else if (status == HypercallStatus.HV_STATUS_ACCESS_DENIED.code()) {
      if (exit.flush) {
        contradict(H2, "access was denied after the flush");
      } else if (Boolean.FALSE.equals(isDenied())) {
        contradict(H2, "access was denied, and CPUID offers the call or is not enforced");
      } else if (isDenied() == null) {
        addReads(H2);
      }
    } else if (status != HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT.code()) {
      contradict(CompletionRules.C2, "no rule ends a flush with status 0x" + Integer.toHexString(status));
    } else if (rejects == null) {
      unseenCauses();
    }
  }

  /** Status 3 for something that no trace shows. */
  private void unseenCauses() {
    FlushCode call = Objects.requireNonNull(code);
    if (!exit.flush) {
      addReads(H3);
      if (!exit.fast) {
        addReads(H7);
        addReads(H8);
      }
      return;
    }
    boolean mayReadMore = !exit.fast && (call.isExtended() || call.isList());
    if (mayReadMore) {
      addReads(call.isList() ? H12 : H11);
    }
    if (expected.assistReadable() == null) {
      addReads(CompletionRules.C1);
    } else if (expected.assistReadable() && !mayReadMore) {
      contradict(CompletionRules.C1,
          "the call failed after its flush, and the partition assist page can be read");
    }
  }

  /** The rule that rejects the call by the counts of its control word, or null. */
  private @Nullable Rule rejectedByShape() {
    FlushCode call = Objects.requireNonNull(code);
    if (!call.isExtended() && exit.varCnt != 0) {
      return H5;
    }
    boolean wrong =
        call.isList() ? exit.repCnt == 0 || exit.repIdx != 0 : exit.repCnt != 0 || exit.repIdx != 0;
    return wrong ? H6 : null;
  }

  /** The rule that rejects the call by its input, as far as its flush shows it, or null. */
  private @Nullable Rule rejectedByInput() {
    FlushCode call = Objects.requireNonNull(code);
    int halves = Registers.XMM_HALVES - (call.isExtended() ? SET_HALVES : MASK_HALVES);
    if (call.isExtended()) {
      if (exit.varCnt != Long.bitCount(exit.mask)) {
        return H9;
      }
      if (exit.format == 0) {
        if (exit.varCnt == 0) {
          return null; // H10
        }
        if (exit.varCnt > MOST_BANKS || (exit.fast && exit.varCnt > halves)) {
          return H11;
        }
      }
      halves -= exit.varCnt;
    }
    boolean tooLong = call.isList() && exit.fast && exit.repCnt <= LONGEST_LIST && exit.repCnt > halves;
    return tooLong ? H12 : null;
  }

  /** What is told of the call. */
  AuditedFlush flush(int vcpu) {
    boolean shown = exit.flush;
    boolean succeeded = exit.done && (exit.result & 0xffff) == 0;
    boolean timed = exit.synthetic && shown
        && exit.flushNanos != TraceEvent.NO_TIME
        && exit.syntheticNanos != TraceEvent.NO_TIME;
    long took = timed ? exit.syntheticNanos - exit.flushNanos : -1;
    boolean failed = exit.done && !succeeded;
    Boolean mustExit = failed ? Boolean.FALSE : expected.locked();
    return new AuditedFlush(
        shown ? exit.flushLine : exit.hypercallLine,
        shown ? exit.flushNanos : exit.hypercallNanos,
        vcpu,
        code,
        exit.fast,
        exit.varCnt,
        exit.repCnt,
        reach(shown),
        exit.mask,
        exit.addressSpace,
        exit.flags,
        exit.done ? exit.result : null,
        exit.synthetic,
        mustExit,
        took,
        code == null || !code.isList() || exit.repCnt > LONGEST_LIST);
  }

  private Reach reach(boolean shown) {
    if (!shown || rejectedByInputOrForm()) {
      return Reach.REJECTED;
    }
    if (exit.flushEx) {
      if (exit.format != 0) {
        return Reach.ALL;
      }
      return exit.mask == 0 ? Reach.NONE : Reach.SOME;
    }
    return exit.mask == 0 || (exit.flags & AuditedFlush.ALL_PROCESSORS) != 0 ? Reach.ALL : Reach.SOME;
  }

  private boolean rejectedByInputOrForm() {
    return code != null && exit.flushEx == code.isExtended() && rejectedByInput() != null;
  }

  private void contradict(Rule by, String why) {
    if (contradiction == null) {
      contradiction = why;
      rule = by;
    }
  }

  private void addReads(Rule of) {
    of.reads().forEach(input -> {
      if (!needs.contains(input.text())) {
        needs.add(input.text());
      }
    });
  }

  private static Rule rule(String id) {
    return Rules.all().stream().filter(rule -> rule.id().equals(id)).findFirst().orElseThrow();
  }
}
