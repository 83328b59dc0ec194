package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.artefacts.trace.SvmExitCode;
import io.vmxdecision.artefacts.trace.TraceEvent;
import io.vmxdecision.artefacts.trace.TraceEvent.Field;
import io.vmxdecision.artefacts.trace.TraceEventKind;
import io.vmxdecision.artefacts.trace.TraceReader;
import io.vmxdecision.artefacts.trace.TraceSink;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.rules.CompletionRules;
import io.vmxdecision.engine.rules.RoutingRules;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Audits a trace: {@link #read} takes its text in pieces, {@link #end} closes it, the findings go to a sink meanwhile,
 * and {@link #summary} has the counts.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>A vCPU is a thread of the host. Where the trace has no thread, the CPU stands for it; where it has neither, the
 *       number of the vCPU that was named last. If such a trace names several, a line that names none may be of any of
 *       them: nothing then contradicts the rules.
 *   <li>An exit is over when the vCPU shows its next one, enters L2 from L1, or the trace ends: only then is it known
 *       whether L2 went on.
 *   <li>Memory is bounded: 4,096 vCPUs are followed at a time; an exit of the one that was quiet for longest ends when
 *       there are more.
 *   <li>One thread at a time.
 * </ol>
 */
public final class TraceAudit {
  private static final int MOST_VCPUS = 4096;
  private static final int LONGEST_INSTRUCTION = 15;
  private static final int UNDEFINED_OPCODE = 6;
  private static final long VP_ASSIST_MSR = 0x4000_0073;
  private static final long WITHOUT_THREAD_AND_CPU = 2L << 32;
  private static final String LOST_EVENTS = "the lost events";
  private static final String CUT_OFF = "the rest of a line, which is cut off";
  private static final String INJECT = "kvm_nested_vmexit_inject";

  private static final Set<BasicExitReason> PASSED_ON = Set.of(
      BasicExitReason.EPT_VIOLATION,
      BasicExitReason.EPT_MISCONFIG,
      BasicExitReason.PML_FULL,
      BasicExitReason.VMFUNC,
      BasicExitReason.EXTERNAL_INTERRUPT);

  /** What L0 makes L1 see of its own accord: events for L1, what EPT12 says, and what it meets while it emulates. */
  private static final Set<BasicExitReason> INJECTED = Set.of(
      BasicExitReason.EXCEPTION_NMI,
      BasicExitReason.EXTERNAL_INTERRUPT,
      BasicExitReason.TRIPLE_FAULT,
      BasicExitReason.INIT_SIGNAL,
      BasicExitReason.SIPI_SIGNAL,
      BasicExitReason.INTERRUPT_WINDOW,
      BasicExitReason.NMI_WINDOW,
      BasicExitReason.MONITOR_TRAP_FLAG,
      BasicExitReason.TPR_BELOW_THRESHOLD,
      BasicExitReason.APIC_ACCESS,
      BasicExitReason.APIC_WRITE,
      BasicExitReason.EOI_INDUCED,
      BasicExitReason.EPT_VIOLATION,
      BasicExitReason.EPT_MISCONFIG,
      BasicExitReason.PREEMPTION_TIMER,
      BasicExitReason.PML_FULL,
      BasicExitReason.VMFUNC,
      BasicExitReason.INVALID_STATE,
      BasicExitReason.MSR_LOAD_FAIL,
      BasicExitReason.IO_INSTRUCTION,
      BasicExitReason.GDTR_IDTR,
      BasicExitReason.LDTR_TR,
      BasicExitReason.RDTSCP,
      BasicExitReason.PAUSE_INSTRUCTION,
      BasicExitReason.HLT);

  private static final class Vcpu {
    private final long key;
    private int number = TraceEvent.NONE;
    private int cpu = TraceEvent.NONE;
    private long vmcs = ExitFacts.NO_VMCS;
    private Isa isa = Isa.UNKNOWN;
    private final OpenExit exit = new OpenExit();
    private boolean freshExit;
    private long exitLine;
    private long exitReason;
    private Isa exitIsa = Isa.UNKNOWN;

    Vcpu(long key) {
      this.key = key;
    }
  }

  private final TraceReader reader;
  private final DecisionSource rules;
  private final List<OtherJudge> others;
  private final AuditSink sink;
  private final AuditSummary summary;
  private final ExitFacts facts = new ExitFacts();
  private final Map<Long, Vcpu> vcpus = new LinkedHashMap<>(64, 0.75f, true);
  private long lastKey = Long.MIN_VALUE;
  private @Nullable Vcpu lastVcpu;
  private int lastNamed = TraceEvent.NONE;

  /** The last line of which it cannot be told whose it is, or 0. */
  private long unassignedLine;

  private boolean severalNamed;
  private boolean allOfKvm;
  private boolean hypercallsSeen;
  private boolean flushesSeen;

  /** An audit by {@code rules}, whose findings go to {@code sink}. */
  public TraceAudit(DecisionSource rules, AuditSink sink) {
    this(rules, List.of(), sink);
  }

  /** The same, with others who judge each exit too; what they find is told by themselves. */
  public TraceAudit(DecisionSource rules, List<OtherJudge> others, AuditSink sink) {
    this.rules = rules;
    this.others = List.copyOf(others);
    summary = new AuditSummary(this.others);
    this.sink = sink;
    reader = new TraceReader(new TraceSink() {
      @Override
      public void event(TraceEvent event) {
        take(event);
      }

      @Override
      public Detail detail(TraceEventKind kind) {
        return switch (kind) {
          case OTHER -> Detail.NAME;
          case EXIT -> Detail.REASON;
          default -> Detail.ALL;
        };
      }

      @Override
      public void unknownLine(long line, byte[] bytes, int from, int to) {
        summary.unknown(line, bytes, from, to);
      }
    });
  }

  /** Reads the next {@code length} bytes of the trace. */
  public void read(byte[] bytes, int offset, int length) {
    reader.read(bytes, offset, length);
    count();
  }

  /** Tells that the trace has ended. */
  public void end() {
    reader.end();
    for (Vcpu vcpu : vcpus.values()) {
      close(vcpu, Ending.TRACE_ENDS);
    }
    vcpus.clear();
    lastKey = Long.MIN_VALUE;
    count();
  }

  /** The counts so far. */
  public AuditSummary summary() {
    return summary;
  }

  private void count() {
    summary.lines = reader.lines();
    summary.events = reader.events();
    summary.unknownLines = reader.unknownLines();
    summary.lostEvents = reader.lostEvents();
    summary.lostMarkers = reader.lostMarkers();
  }

  /** How it is known that an exit is over. */
  private enum Ending {
    /** L2 has the next exit. */
    NEXT_EXIT,
    /** L1 enters L2. */
    L1_RAN,
    /** L2 goes on after its state was restored, or may have been. */
    RESTORED,
    TRACE_ENDS
  }

  private void take(TraceEvent event) {
    TraceEventKind kind = event.kind();
    if (kind == TraceEventKind.OTHER) {
      allOfKvm |= event.isOfKvm();
      return;
    }
    if (kind == TraceEventKind.LOST) {
      lost(event);
      return;
    }
    Vcpu vcpu = vcpu(event);
    if (event.isCut()) {
      vcpu.exit.doubt = CUT_OFF;
    }
    switch (kind) {
      case EXIT -> exit(vcpu, event);
      case NESTED_VMEXIT -> nestedExit(vcpu, event);
      case NESTED_VMEXIT_INJECT -> inject(vcpu, event);
      case ENTRY -> entry(vcpu, event);
      case NESTED_VMENTER -> vmEnter(vcpu, event);
      case NESTED_VMENTER_FAILED -> {
        summary.failedEntries++;
        String text = event.text();
        FailedChecks.Found found = FailedChecks.of(text, vcpu.isa);
        sink.failedEntry(
            new FailedEntry(
                event.line(), event.timeNanos(), vcpu.number, text, found.checks(), found.about()));
      }
      case HV_HYPERCALL -> hypercall(vcpu, event);
      case HV_FLUSH_TLB, HV_FLUSH_TLB_EX -> flush(vcpu, event);
      case HV_HYPERCALL_DONE -> done(vcpu, event);
      case MSR -> msr(vcpu, event);
      case INJ_EXCEPTION -> {
        allOfKvm = true;
        vcpu.exit.undefinedOpcode |= isPending(vcpu)
            && event.has(Field.EXCEPTION) && event.value(Field.EXCEPTION) == UNDEFINED_OPCODE;
      }
      case HYPERCALL -> vcpu.exit.kvmHypercall |= isPending(vcpu);
      case USERSPACE_EXIT -> vcpu.exit.userspace |= vcpu.exit.open;
      case OTHER, LOST -> throw new AssertionError(kind);
    }
    if (event.isCut()) {
      vcpu.exit.doubt = CUT_OFF; // also if the exit began with it
    }
  }

  private void msr(Vcpu vcpu, TraceEvent event) {
    allOfKvm = true;
    if (!event.has(Field.MSR_INDEX)) {
      return;
    }
    long index = event.value(Field.MSR_INDEX) & 0xffff_ffffL;
    if (isPending(vcpu)) {
      vcpu.exit.msr = index;
    }
    if (index == VP_ASSIST_MSR && event.isWrite() && event.has(Field.MSR_VALUE) && !event.isRefused()) {
      long value = event.value(Field.MSR_VALUE);
      everySource(
          source -> source.movedVpAssist(
              vcpu.key, vcpu.number, event.timeNanos(), event.line(), value, isPending(vcpu)));
    }
  }

  private void lost(TraceEvent event) {
    for (Vcpu vcpu : vcpus.values()) {
      if (event.cpu() == TraceEvent.NONE || vcpu.cpu == TraceEvent.NONE || vcpu.cpu == event.cpu()) {
        vcpu.exit.doubt = LOST_EVENTS;
        everySource(source -> source.lost(vcpu.key));
        vcpu.vmcs = ExitFacts.NO_VMCS;
        vcpu.freshExit = false;
      }
    }
  }

  private Vcpu vcpu(TraceEvent event) {
    long key;
    if (event.task() != TraceEvent.NONE) {
      key = event.task();
    } else if (event.cpu() != TraceEvent.NONE) {
      key = 1L << 32 | event.cpu();
    } else {
      if (event.vcpu() != TraceEvent.NONE) {
        severalNamed |= lastNamed != TraceEvent.NONE && lastNamed != event.vcpu();
        lastNamed = event.vcpu();
      } else if (severalNamed) {
        unassignedLine = event.line();
      }
      key = WITHOUT_THREAD_AND_CPU | (lastNamed & 0xffff_ffffL);
    }
    Vcpu vcpu = key == lastKey ? lastVcpu : vcpus.get(key);
    if (vcpu == null) {
      vcpu = new Vcpu(key);
      vcpus.put(key, vcpu);
      if (vcpus.size() > MOST_VCPUS) {
        Map.Entry<Long, Vcpu> quiet = vcpus.entrySet().iterator().next();
        close(quiet.getValue(), Ending.TRACE_ENDS);
        vcpus.remove(quiet.getKey());
      }
    }
    lastKey = key;
    lastVcpu = vcpu;
    if (event.vcpu() != TraceEvent.NONE) {
      vcpu.number = event.vcpu();
    }
    vcpu.cpu = event.cpu();
    if (event.isa() != Isa.UNKNOWN) {
      vcpu.isa = event.isa();
    }
    return vcpu;
  }

  /** Whether an exit from L2 is being handled: the vCPU was not entered since. */
  private static boolean isPending(Vcpu vcpu) {
    return vcpu.exit.open && !vcpu.exit.entered;
  }

  private void exit(Vcpu vcpu, TraceEvent event) {
    vcpu.exit.entered |= vcpu.exit.open; // also where the trace has no kvm_entry
    vcpu.freshExit = event.has(Field.REASON);
    vcpu.exitLine = event.line();
    vcpu.exitReason = event.value(Field.REASON);
    vcpu.exitIsa = event.isa();
  }

  private void nestedExit(Vcpu vcpu, TraceEvent event) {
    close(vcpu, Ending.NEXT_EXIT);
    summary.exitsFromL2++;
    OpenExit exit = vcpu.exit;
    exit.begin(event);
    exit.isa = event.isa() == Isa.UNKNOWN ? vcpu.isa : event.isa();
    exit.hasReason = event.has(Field.REASON);
    exit.reason = (int) event.value(Field.REASON);
    exit.hasRip = event.has(Field.RIP);
    exit.rip = event.value(Field.RIP);
    exit.hasWords = event.has(Field.REASON) && event.has(Field.INFO1) && event.has(Field.INTR_INFO);
    exit.info1 = event.value(Field.INFO1);
    exit.info2 = event.value(Field.INFO2);
    exit.intrInfo = (int) event.value(Field.INTR_INFO);
    exit.errorCode = (int) event.value(Field.ERROR_CODE);
    boolean sameIsa =
        vcpu.exitIsa == event.isa() || vcpu.exitIsa == Isa.UNKNOWN || event.isa() == Isa.UNKNOWN;
    if (vcpu.freshExit && sameIsa && (int) vcpu.exitReason != exit.reason) {
      exit.otherwiseAt = vcpu.exitLine;
    }
    vcpu.freshExit = false;
  }

  private void inject(Vcpu vcpu, TraceEvent event) {
    OpenExit exit = vcpu.exit;
    int reason = (int) event.value(Field.REASON);
    if (isSynthetic(reason, event.isa())) {
      summary.syntheticExits++;
      if (isPending(vcpu)) {
        exit.synthetic = true;
        exit.syntheticNanos = event.timeNanos();
      }
      return;
    }
    Isa isa = event.isa() == Isa.UNKNOWN ? vcpu.isa : event.isa();
    boolean fresh = isPending(vcpu) && !exit.reflected;
    if (fresh && event.has(Field.REASON) && reason == exit.reason && isa == exit.isa
        && !isPassedOn(reason, isa)) {
      summary.reflectedToL1++;
      exit.reflected = true;
      return;
    }
    summary.injectedByL0++;
    if (!exit.open) {
      everySource(source -> source.left(vcpu.key));
    }
    exit.leavesLater = true;
    if (isPending(vcpu)) {
      exit.otherInjects++;
      if (!mayInject(reason, isa) || isa != exit.isa) {
        exit.foreignInject = true;
        exit.foreignReason = reason;
      }
    }
  }

  private static boolean isSynthetic(int reason, Isa isa) {
    return (reason == ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH && isa != Isa.SVM)
        || (reason == SvmExitCode.ENL && isa != Isa.VMX);
  }

  private static boolean isPassedOn(int reason, Isa isa) {
    if (isa == Isa.SVM) {
      return reason == SvmExitCode.NPF || reason == SvmExitCode.INTR || reason == SvmExitCode.NMI;
    }
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(reason));
    return basic != null && PASSED_ON.contains(basic);
  }

  private static boolean mayInject(int reason, Isa isa) {
    if (isa == Isa.SVM) {
      return reason != SvmExitCode.VMMCALL;
    }
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(reason));
    return basic != null && INJECTED.contains(basic);
  }

  private void entry(Vcpu vcpu, TraceEvent event) {
    OpenExit exit = vcpu.exit;
    if (isPending(vcpu)) {
      exit.entered = true;
      exit.hasEntryRip = event.has(Field.RIP);
      exit.entryRip = event.value(Field.RIP);
    }
    vcpu.freshExit = false;
  }

  private void vmEnter(Vcpu vcpu, TraceEvent event) {
    boolean restored =
        !event.has(Field.NESTED_RIP) || event.value(Field.RIP) == event.value(Field.NESTED_RIP);
    close(vcpu, restored ? Ending.RESTORED : Ending.L1_RAN);
    boolean svm = event.isa() == Isa.SVM || vcpu.isa == Isa.SVM;
    vcpu.vmcs = svm || !event.has(Field.VMCS) ? ExitFacts.NO_VMCS : event.value(Field.VMCS);
    if (!svm && vcpu.vmcs == ExitFacts.NO_VMCS) {
      DecisionSource.Entry entry = entryOf(vcpu, event);
      everySource(
          source -> source.entered(vcpu.key, vcpu.number, event.timeNanos(), event.line(), entry));
    }
    vcpu.freshExit = false;
  }

  private static DecisionSource.Entry entryOf(Vcpu vcpu, TraceEvent event) {
    if (event.has(Field.NESTED_RIP) && event.value(Field.RIP) == event.value(Field.NESTED_RIP)) {
      return DecisionSource.Entry.RESTORED;
    }
    if (vcpu.freshExit && vcpu.exitReason == BasicExitReason.VMLAUNCH.number()) {
      return DecisionSource.Entry.VMLAUNCH;
    }
    return vcpu.freshExit && vcpu.exitReason == BasicExitReason.VMRESUME.number()
        ? DecisionSource.Entry.VMRESUME
        : DecisionSource.Entry.EITHER;
  }

  private void hypercall(Vcpu vcpu, TraceEvent event) {
    hypercallsSeen = true;
    OpenExit exit = vcpu.exit;
    if (!isPending(vcpu) || !isCall(exit)) {
      return;
    }
    if (!event.has(Field.CODE)) {
      exit.doubt = "the call code, which the line kvm_hv_hypercall lacks";
      return;
    }
    exit.hypercall = true;
    exit.hypercallLine = event.line();
    exit.hypercallNanos = event.timeNanos();
    exit.code = (int) event.value(Field.CODE) & 0xffff;
    exit.fast = event.value(Field.FAST) != 0;
    exit.varCnt = (int) event.value(Field.VAR_CNT);
    exit.repCnt = (int) event.value(Field.REP_CNT);
    exit.repIdx = (int) event.value(Field.REP_IDX);
  }

  private void flush(Vcpu vcpu, TraceEvent event) {
    flushesSeen = true;
    if (event.isForL2()) {
      summary.l2Flushes++;
    }
    OpenExit exit = vcpu.exit;
    if (!isPending(vcpu) || !isCall(exit) || (event.isLevelMarked() && !event.isForL2())) {
      return;
    }
    exit.flush = true;
    exit.flushEx = event.kind() == TraceEventKind.HV_FLUSH_TLB_EX;
    exit.flushLine = event.line();
    exit.flushNanos = event.timeNanos();
    exit.mask = event.value(exit.flushEx ? Field.VALID_BANK_MASK : Field.PROCESSOR_MASK);
    exit.format = event.value(Field.FORMAT);
    exit.addressSpace = event.value(Field.ADDRESS_SPACE);
    exit.flags = event.value(Field.FLAGS);
  }

  private void done(Vcpu vcpu, TraceEvent event) {
    OpenExit exit = vcpu.exit;
    if (isPending(vcpu) && isCall(exit) && event.has(Field.RESULT)) {
      exit.done = true;
      exit.result = event.value(Field.RESULT);
    }
  }

  private static boolean isCall(OpenExit exit) {
    return exit.isa == Isa.SVM
        ? exit.reason == SvmExitCode.VMMCALL
        : ExitReason.basic(exit.reason) == BasicExitReason.VMCALL.number();
  }

  private void close(Vcpu vcpu, Ending ending) {
    OpenExit exit = vcpu.exit;
    if (!exit.open) {
      return;
    }
    exit.open = false;
    if (exit.doubt == null && unassignedLine > exit.line && vcpu.key >= WITHOUT_THREAD_AND_CPU) {
      exit.doubt = "of which vCPU the lines are that name none: the trace has neither thread nor CPU";
    }
    Judgement judgement = new Judgement(vcpu, ending, rules);
    judgement.judge();
    judgement.tell();
    AuditedExit audited = judgement.result();
    for (OtherJudge other : others) {
      Judgement byOther = new Judgement(vcpu, ending, other.rules);
      byOther.judge();
      other.note(judgement.verdict, exit.line, byOther.expected, byOther.verdict, byOther.rule);
    }
    summary.count(audited);
    sink.exit(audited);
    if (exit.reflected || exit.synthetic || exit.leavesLater || ending == Ending.L1_RAN) {
      everySource(source -> source.left(vcpu.key));
    }
  }

  private void everySource(Consumer<DecisionSource> tell) {
    tell.accept(rules);
    others.forEach(other -> tell.accept(other.rules));
  }

  /** The judgement of one exit by the rules of one L0. */
  private final class Judgement {
    private final OpenExit exit;
    private final Vcpu vcpu;
    private final Ending ending;
    private final DecisionSource source;
    private final Level observed;
    private @Nullable AuditedFlush told;
    private boolean eligibleButReflected;
    private Verdict verdict = Verdict.UNDECIDED;
    private @Nullable Level expected;
    private @Nullable String rule;
    private String why = "";
    private List<String> needs = List.of();
    private List<StaleDatum> stale = List.of();

    Judgement(Vcpu vcpu, Ending ending, DecisionSource source) {
      this.vcpu = vcpu;
      this.exit = vcpu.exit;
      this.ending = ending;
      this.source = source;
      observed = exit.reflected ? Level.L1 : Level.L0;
    }

    void judge() {
      Expectation rules = expectation();
      expected = rules.handler();
      rule = rules.rule().isEmpty() ? null : rules.rule();
      why = rules.why();
      needs = rules.needs();
      stale = rules.stale();
      boolean call = isCall(exit);
      FlushJudgement flush = null;
      if (call && (exit.hypercall || exit.flush || exit.done)) {
        flush = new FlushJudgement(exit, rules);
        flush.judge(flushesSeen || allOfKvm);
        AuditedFlush audited = flush.flush(vcpu.number);
        told = audited.code() != null || exit.flush ? audited : null;
      }
      if (!exit.hasReason) {
        undecided("the reason of this exit, which its line lacks");
      } else if (exit.otherwiseAt != OpenExit.NONE) {
        undecided(
            "which of two lines is right: the kvm_exit at line " + exit.otherwiseAt + " has another reason");
      } else if (exit.reflected && (flush != null || exit.synthetic)) {
        eligibleButReflected = call && expected == Level.L0;
        contradict(RoutingRules.R.id(), "L0 handled the call, and L1 got it as well");
      } else if (exit.foreignInject) {
        contradict(RoutingRules.R.id(), "L1 got an exit of reason " + name(exit.foreignReason)
            + ", which is neither this one nor one that L0 makes of its own accord");
      } else if (exit.synthetic && flush == null) {
        contradict(CompletionRules.C4.id(), "L1 got a synthetic exit, and no flush is to be seen");
      } else if (observed == Level.L1) {
        compare();
      } else if (isHole()) {
        hole();
      } else if (flush != null) {
        flushed(flush);
      } else if (call && !exit.kvmHypercall) {
        neither();
      } else {
        compare();
      }
    }

    /** Counts the flush, and tells of it. */
    void tell() {
      if (told != null) {
        summary.count(told);
        sink.flush(told);
      }
      if (eligibleButReflected) {
        summary.eligibleButReflected++;
      }
    }

    private Expectation expectation() {
      if (exit.isa == Isa.SVM) {
        return SvmExpectations.of(exit.reason, exit.hypercall);
      }
      facts.timeNanos = exit.timeNanos;
      facts.thread = vcpu.key;
      facts.vcpu = vcpu.number;
      facts.vmcs = vcpu.vmcs;
      facts.observed = observed;
      facts.synthetic = exit.synthetic;
      facts.succeeded = exit.done ? (exit.result & 0xffff) == 0 : null;
      facts.reason = exit.reason;
      facts.hasWords = exit.hasWords;
      facts.qualification = exit.info1;
      facts.interruptionInfo = exit.intrInfo;
      facts.interruptionErrorCode = exit.errorCode;
      facts.callCode = exit.hypercall ? exit.code : ExitFacts.UNKNOWN;
      facts.msr = exit.msr;
      return source.expect(facts);
    }

    /** Whether L1 ran after the exit though nothing says how it came to run. */
    private boolean isHole() {
      if (exit.synthetic || exit.otherInjects > 0) {
        return false;
      }
      return ending == Ending.L1_RAN || (isCall(exit) && exit.hasEntryRip && exit.hasRip && !isBehindCall());
    }

    private boolean isBehindCall() {
      long ahead = exit.entryRip - exit.rip;
      return ahead >= 0 && ahead <= LONGEST_INSTRUCTION;
    }

    private void hole() {
      String missing = exit.hasEntryRip
          ? "the vCPU was entered at 0x" + Long.toHexString(exit.entryRip) + " and L1 ran, but no " + INJECT
              + " says how"
          : "L1 ran after this exit, but no " + INJECT + " says how";
      if (exit.doubt == null && exit.userspace) {
        undecided("what the VMM did to the vCPU: " + missing);
      } else {
        boolean handled = isCall(exit) && exit.hypercall;
        contradict(handled ? CompletionRules.C3.id() : RoutingRules.R.id(), missing);
      }
    }

    private void flushed(FlushJudgement flush) {
      if (flush.contradiction != null && exit.doubt == null) {
        contradict(flush.rule == null ? null : flush.rule.id(), flush.contradiction);
        return;
      }
      if (expected == Level.L1) {
        compare();
        return;
      }
      List<String> all = new ArrayList<>(needs);
      flush.needs.stream().filter(need -> !all.contains(need)).forEach(all::add);
      if (flush.contradiction != null) {
        all.add(exit.doubt + ": " + flush.contradiction);
      }
      if (all.isEmpty()) {
        compare();
      } else {
        needs = all;
        verdict = Verdict.UNDECIDED;
      }
    }

    /** A call that was neither handled as a flush nor given to L1. */
    private void neither() {
      if (ending == Ending.TRACE_ENDS && !exit.entered) {
        undecided("the rest of the trace");
      } else if (exit.doubt != null) {
        undecided(exit.doubt);
      } else if (exit.otherInjects > 0) {
        compareUnlessUnknown("the line kvm_hv_hypercall: L0 made L1 run before the call was handled");
      } else if (exit.undefinedOpcode && expected != Level.L1) {
        undecided("CPL and protected mode: L0 injected a #UD, as H1 has it for a flush outside ring 0");
      } else if (hypercallsSeen || allOfKvm) {
        contradict(RoutingRules.R.id(), "the call was neither handled by L0 nor given to L1");
      } else {
        undecided("the event kvm_hv_hypercall, which the trace does not have");
      }
    }

    private void compareUnlessUnknown(String need) {
      if (expected == Level.L0) {
        compare();
      } else {
        undecided(need);
      }
    }

    private void compare() {
      if (expected == null) {
        verdict = Verdict.UNDECIDED;
      } else if (expected == observed) {
        verdict = Verdict.AGREES;
      } else if (exit.doubt != null) {
        undecided(exit.doubt);
      } else if (observed == Level.L0 && ending == Ending.TRACE_ENDS && !exit.entered) {
        undecided("the rest of the trace");
      } else {
        verdict = Verdict.CONTRADICTS;
        if (observed == Level.L1 && isCall(exit) && expected == Level.L0) {
          eligibleButReflected = true;
          why = why
              + "; L1 got the call all the same. L0 uses the copy of the VP assist page that it made at L2's"
              + " last entry, and reads nested_flush_hypercall when the call comes: see whether the snapshots are"
              + " of that time";
        }
      }
    }

    private void contradict(@Nullable String by, String reason) {
      if (exit.doubt != null) {
        undecided(exit.doubt + ": " + reason);
        return;
      }
      verdict = Verdict.CONTRADICTS;
      rule = by;
      why = reason;
      needs = List.of();
    }

    private void undecided(String need) {
      verdict = Verdict.UNDECIDED;
      List<String> all = new ArrayList<>(needs);
      all.add(0, need);
      needs = all;
    }

    private String name(int reason) {
      if (exit.isa == Isa.SVM) {
        String svm = SvmExitCode.name(reason);
        return svm == null ? "0x" + Integer.toHexString(reason) : svm;
      }
      BasicExitReason basic = BasicExitReason.of(ExitReason.basic(reason));
      return basic == null || ExitReason.basic(reason) != reason
          ? "0x" + Integer.toHexString(reason)
          : basic.name();
    }

    AuditedExit result() {
      if (verdict == Verdict.UNDECIDED || expected == null) {
        stale = List.of();
      }
      return new AuditedExit(
          exit.line,
          exit.timeNanos,
          vcpu.number,
          exit.isa,
          exit.reason,
          exit.rip,
          exit.info1,
          exit.info2,
          exit.intrInfo,
          exit.errorCode,
          exit.hasWords,
          observed,
          expected,
          verdict,
          rule,
          why,
          List.copyOf(needs),
          stale);
    }
  }
}
