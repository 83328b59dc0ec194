package io.vmxdecision.artefacts.audit;

import static java.util.Objects.requireNonNull;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Input.Source;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.DepartureRules;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.engine.rules.RoutingRules;
import io.vmxdecision.engine.rules.Rules;
import io.vmxdecision.engine.scenario.ScenarioStep;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Expects what the engine decides on what L0 holds: the pages as it last read them, which follows from the snapshots and
 * from the VM-entries in the trace. Where something is not known, the engine is asked for the values that it may have,
 * one that keeps the exit at L0 and one that gives it to L1: if the answers agree, it does not matter.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>When a page is first known while a vCPU is followed, and when a vCPU is first seen, L0 holds what the page
 *       says.
 *   <li>A snapshot of the VP assist page is of the page that the vCPU's MSR names at that time. Where the trace shows
 *       that L1 moves it, what is known of the old one counts until the next VM-entry only. The first write of the MSR,
 *       before the vCPU is seen in L2, is no move.
 *   <li>What L0 holds is followed for {@value #MOST_FOLLOWED} vCPUs at a time; the one that was quiet for longest
 *       begins anew when there are more.
 * </ol>
 */
@SuppressWarnings("EnumOrdinal") // bits of a key in this object
public final class SnapshotDecisions implements DecisionSource {
  private static final int MOST_FOLLOWED = 256;
  private static final int ENCLS_LEAVES = 64;
  private static final int FIXED = 128;
  private static final List<Rule> OWN_ROUTING_RULES =
      Rules.all().stream().filter(rule -> rule.id().startsWith("R-")).toList();

  private final Profile profile;
  private final DecisionEngine engine;
  private final IntConsumer holds;
  private final List<TimedSnapshot> given;
  private final Set<Integer> named;
  private final Map<Integer, List<Known>> timelines = new HashMap<>();
  private final Map<Long, FollowedVcpu> followed = new LinkedHashMap<>(16, 0.75f, true);
  private int mostFollowed;
  private final Map<Integer, List<String>> needs = new HashMap<>();

  /** What is expected of the reasons that always go one way, once it was asked for. */
  private final @Nullable Expectation[] fixed = new @Nullable Expectation[FIXED];

  private final VmExit exit = new VmExit();
  private final RoutingRules routing;
  private final Decision decision = new Decision();
  private final ScenarioStep step = new ScenarioStep();
  private final Worlds worlds = new Worlds();
  private final MsrBits msrs = new MsrBits();

  /** One with these snapshots, in any order; without any, it knows only what the trace itself tells. */
  public SnapshotDecisions(Profile profile, List<TimedSnapshot> snapshots) {
    this(profile, snapshots, bytes -> {
    });
  }

  /** The same; {@code holds} is told of bytes of the heap that are held from then on. */
  public SnapshotDecisions(Profile profile, List<TimedSnapshot> snapshots, IntConsumer holds) {
    this.profile = profile;
    this.holds = holds;
    engine = DecisionEngine.of(profile);
    routing = RoutingRules.of(profile);
    given = snapshots.stream().sorted(Comparator.comparingLong(TimedSnapshot::fromNanos)).toList();
    named = given.stream().map(TimedSnapshot::vcpu).collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void entered(long thread, int vcpu, long timeNanos, long line, Entry entry) {
    if (given.isEmpty()) {
      return;
    }
    FollowedVcpu of = follow(thread, vcpu);
    switch (entry) {
      case VMLAUNCH -> of.enters(timeNanos, line, true, false);
      case VMRESUME -> of.enters(timeNanos, line, false, false);
      case EITHER -> of.enters(timeNanos, line, false, true);
      case RESTORED -> of.isRestored(timeNanos, line);
    }
  }

  @Override
  public void movedVpAssist(
      long thread, int vcpu, long timeNanos, long line, long value, boolean byL2) {
    if (!given.isEmpty()) {
      follow(thread, vcpu).writesAssistMsr(timeNanos, line, value, byL2);
    }
  }

  @Override
  public void left(long thread) {
    FollowedVcpu of = followed.get(thread);
    if (of != null) {
      of.leaves();
    }
  }

  @Override
  public void lost(long thread) {
    FollowedVcpu of = followed.get(thread);
    if (of != null) {
      of.isLost();
    }
  }

  private FollowedVcpu follow(long thread, int vcpu) {
    FollowedVcpu of = followed.get(thread);
    if (of == null) {
      of = new FollowedVcpu(profile, timeline(vcpu), step);
      if (followed.size() == mostFollowed && mostFollowed < MOST_FOLLOWED) {
        holds.accept(L0Copies.HEAP_BYTES);
        mostFollowed++;
      }
      followed.put(thread, of);
      if (followed.size() > mostFollowed) {
        followed.remove(followed.keySet().iterator().next());
      }
    }
    return of;
  }

  /** The timeline of a vCPU: one for all that no snapshot names. */
  private List<Known> timeline(int vcpu) {
    int whose = named.contains(vcpu) ? vcpu : TimedSnapshot.ALL_VCPUS;
    return timelines.computeIfAbsent(whose, number -> Known.timeline(given, number));
  }

  @Override
  public Expectation expect(ExitFacts facts) {
    if (facts.vmcs() != ExitFacts.NO_VMCS) {
      return byOrdinaryVmcs(facts);
    }
    if (given.isEmpty()) {
      return by(Known.NOTHING, facts);
    }
    FollowedVcpu vcpu = follow(facts.thread(), facts.vcpu());
    vcpu.exits(facts.timeNanos());
    Expectation expected = byCopies(vcpu.copies(), vcpu.page(), facts);
    if (isCall(facts)) {
      expected = expected.with(vcpu.page().cpuid);
    }
    L0Copies perhaps = vcpu.perhaps();
    if (perhaps == null || fits(expected, facts)) {
      String moved = expected.handler() == null ? vcpu.movedTo() : null;
      return moved == null ? expected : expected.needing(moved);
    }
    Expectation other = byCopies(perhaps, vcpu.page(), facts);
    return fits(other, facts) ? eitherOf(expected, vcpu.entryLine()) : expected;
  }

  private static boolean isCall(ExitFacts facts) {
    return ExitReason.basic(facts.reason()) == BasicExitReason.VMCALL.number();
  }

  /** L2 runs by a VMCS that no snapshot shows, and no eVMCS is in use. */
  private Expectation byOrdinaryVmcs(ExitFacts facts) {
    Expectation expected = by(Known.NOTHING, facts);
    if (expected.handler() != null) {
      return expected;
    }
    String vmcs = "the VMCS at 0x" + Long.toHexString(facts.vmcs());
    if (isCall(facts)) {
      return new Expectation(
          Level.L1,
          EligibilityRules.F1.id(),
          "L1 entered L2 by " + vmcs + ", so no enlightened VMCS is in use, and no L2 TLB flush eligible",
          List.of(),
          null,
          null);
    }
    List<String> needed = new ArrayList<>();
    needed.add(vmcs + ", by which L1 entered L2: no enlightened VMCS is in use");
    Set<Source> unknown = EnumSet.of(Source.REGISTERS, Source.MEMORY);
    if (!facts.hasWords()) {
      unknown.add(Source.EXIT);
    }
    needed.addAll(needs(facts, unknown));
    return new Expectation(null, expected.rule(), "", needed, null, null);
  }

  private Expectation byCopies(L0Copies copies, Known page, ExitFacts facts) {
    if (!copies.isHeld() || copies.stale().isEmpty()) {
      return by(page, facts);
    }
    Known held = copies.held(page);
    Expectation expected = by(held, facts);
    if (expected.handler() == null || isSame(expected, by(page, facts))) {
      return expected;
    }
    List<StaleDatum> decisive = copies.stale().stream()
        .filter(datum -> !isSame(expected, by(held.with(datum), facts)))
        .toList();
    return expected.with(decisive.isEmpty() ? copies.stale() : decisive);
  }

  /** Whether what is expected came about. */
  private static boolean fits(Expectation expected, ExitFacts facts) {
    if (expected.handler() != facts.observed()) {
      return expected.handler() == null;
    }
    if (facts.observed() == Level.L1 || facts.succeeded() == null) {
      return true;
    }
    if (Boolean.FALSE.equals(expected.assistReadable())) {
      return !facts.succeeded();
    }
    return !facts.succeeded() || expected.locked() == null || expected.locked() == facts.synthetic();
  }

  private static boolean isSame(Expectation one, Expectation other) {
    if (one.handler() != other.handler() || one.handler() == Level.L1) {
      return one.handler() == other.handler();
    }
    return Objects.equals(one.assistReadable(), other.assistReadable())
        && Objects.equals(one.locked(), other.locked());
  }

  private static Expectation eitherOf(Expectation expected, long entryLine) {
    String when = entryLine == 0 ? "the last VM-entry" : "the VM-entry at line " + entryLine;
    return new Expectation(
        null,
        expected.rule(),
        "",
        List.of("the eVMCS and the VP assist page right before " + when
            + ": whether L1 had already written what a later snapshot shows, and cleared the clean-field bits"),
        null,
        null);
  }

  /** What the engine decides on pages that L0 holds so. */
  private Expectation by(Known state, ExitFacts facts) {
    worlds.fill(state);
    exit.clear();
    exit.reason(facts.reason());
    exit.qualification(facts.qualification());
    exit.interruptionInfo(facts.interruptionInfo());
    exit.interruptionErrorCode(facts.interruptionErrorCode);
    BasicExitReason reason = BasicExitReason.of(ExitReason.basic(facts.reason()));
    if (reason == BasicExitReason.VMCALL) {
      return vmcall(facts, state);
    }
    int basic = ExitReason.basic(facts.reason());
    Expectation known = basic < FIXED ? fixed[basic] : null;
    if (known != null) {
      return known;
    }
    engine.decide(worlds.nothing, exit, decision);
    boolean always = decision.outcome() == Outcome.DECIDED;
    if (always && (reason != BasicExitReason.EXCEPTION_NMI || facts.hasWords())) {
      Expectation expected = decided(worlds.nothing);
      if (reason != null && reason != BasicExitReason.EXCEPTION_NMI) {
        fixed[basic] = expected;
      }
      return expected;
    }
    Set<Source> unknown = EnumSet.of(Source.REGISTERS, Source.MEMORY);
    if (!facts.hasWords()) {
      unknown.add(Source.EXIT);
    }
    if (state.evmcs == null) {
      unknown.add(Source.EVMCS);
      unknown.add(Source.VP_ASSIST_PAGE);
      return undecided(facts, unknown, RoutingRules.R.id());
    }
    if (isMsrAccess(reason)) {
      msrs.of(state, reason == BasicExitReason.MSR_WRITE);
      if (msrs.isKnown()) {
        unknown.remove(Source.MEMORY);
      }
    }
    if (!facts.hasWords() && readsExit(facts)) {
      return undecided(facts, unknown, RoutingRules.R.id());
    }
    return byControls(facts, state, reason, unknown);
  }

  /** The exit goes where vmcs12 says, which is known; registers and memory may not be. */
  private Expectation byControls(
      ExitFacts facts, Known state, @Nullable BasicExitReason reason, Set<Source> unknown) {
    Level kept = null;
    int worlds = reason == BasicExitReason.ENCLS ? ENCLS_LEAVES : 2;
    for (int world = 0; world < worlds; world++) {
      Snapshot snapshot = snapshot(facts, reason, world);
      registers(facts, reason, world);
      engine.decide(snapshot, exit, decision);
      if (decision.outcome() != Outcome.DECIDED) {
        unknown.add(Source.EVMCS);
        return undecided(facts, unknown, RoutingRules.R.id());
      }
      if (kept != null && kept != decision.handledBy()) {
        if (facts.msr() != ExitFacts.UNKNOWN) {
          unknown.remove(Source.REGISTERS);
        }
        return undecided(facts, unknown, rule());
      }
      kept = decision.handledBy();
      if (world == worlds - 1) {
        if (reason == BasicExitReason.ENCLS && kept == Level.L1 && state.cpuid.sgx() == null) {
          return undecided(facts, EnumSet.of(Source.CPUID), rule());
        }
        return decided(snapshot);
      }
    }
    throw new AssertionError("there are at least two worlds");
  }

  private Snapshot snapshot(ExitFacts facts, @Nullable BasicExitReason reason, int world) {
    return switch (reason) {
      case ENCLS -> worlds.low;
      case MSR_READ, MSR_WRITE -> {
        boolean any = facts.msr() == ExitFacts.UNKNOWN && !msrs.isKnown();
        Snapshot some = any ? worlds.blank : worlds.low;
        yield world == 0 ? some : worlds.high;
      }
      case VMREAD, VMWRITE -> world == 0 ? worlds.blank : worlds.high;
      case null, default -> world == 0 ? worlds.low : worlds.high;
    };
  }

  /** Gives the registers that may matter one of the values that they may have. */
  private void registers(ExitFacts facts, @Nullable BasicExitReason reason, int world) {
    Registers registers = exit.registers();
    long value = world == 0 ? 0 : -1L;
    if (reason == BasicExitReason.CR_ACCESS) {
      int number = (int) facts.qualification() & 15;
      EvmcsField shadow = number == 4 ? EvmcsField.CR4_READ_SHADOW : EvmcsField.CR0_READ_SHADOW;
      long read = worlds.low.evmcs().value(shadow);
      value = world == 0 ? read : ~read;
    } else if (reason == BasicExitReason.ENCLS) {
      value = world;
    }
    for (int register = 0; register < Registers.GENERAL; register++) {
      registers.general(register, value);
    }
    if (isMsrAccess(reason)) {
      // Of an unknown MSR: one that has a bit, which is clear, and one that has none.
      long some = world == 0 && msrs.isKnown() ? msrs.withClearBit() : value;
      registers.general(Registers.RCX, facts.msr() == ExitFacts.UNKNOWN ? some : facts.msr());
    }
  }

  private static boolean isMsrAccess(@Nullable BasicExitReason reason) {
    return reason == BasicExitReason.MSR_READ || reason == BasicExitReason.MSR_WRITE;
  }

  private Expectation vmcall(ExitFacts facts, Known state) {
    boolean codeKnown = facts.callCode() != ExitFacts.UNKNOWN;
    exit.registers().general(Registers.RCX, codeKnown ? facts.callCode() : FlushCode.SPACE.code());
    engine.decide(worlds.flush, exit, decision);
    Boolean known = state.partitionAssist == null ? null : Boolean.TRUE;
    Boolean readable = state.noPartitionAssist ? Boolean.FALSE : known;
    Boolean locked = known == null ? null : worlds.flush.partitionAssistPage().tlbLockCount() != 0;
    if (profile.has(Departure.NO_L2_TLB_FLUSH)) {
      return new Expectation(
          Level.L1, DepartureRules.P1.id(), DepartureRules.P1.consequence(), List.of(), readable, locked);
    }
    if (!decision.isL2TlbFlushEligible()) {
      Rule unmet = requireNonNull(EligibilityRules.whyIneligible(decision));
      String why = "the L2 TLB flush is not eligible, " + unmet.id() + ": "
          + unmet.evidence().in(new Decided(profile, worlds.flush, exit, decision));
      return new Expectation(Level.L1, unmet.id(), why, List.of(), readable, locked);
    }
    Set<Source> unknown = EnumSet.noneOf(Source.class);
    if (state.evmcs == null) {
      unknown.add(Source.EVMCS);
    }
    if (state.vpAssist == null) {
      unknown.add(Source.VP_ASSIST_PAGE);
    }
    if (state.cpuid.nestedEax() == null) {
      unknown.add(Source.CPUID);
    }
    if (!codeKnown) {
      unknown.add(Source.REGISTERS);
    }
    if (unknown.isEmpty()) {
      return new Expectation(
          Level.L0, RoutingRules.R.id(), "the L2 TLB flush is eligible, F1 to F5 hold", List.of(), readable,
          locked);
    }
    List<String> needed = needs(facts, unknown);
    return new Expectation(null, RoutingRules.R.id(), "", needed, readable, locked);
  }

  private Expectation decided(Snapshot snapshot) {
    Rule rule = ruleOf();
    String why = rule.evidence().in(new Decided(profile, snapshot, exit, decision));
    return new Expectation(decision.handledBy(), rule.id(), why, List.of(), null, null);
  }

  private Expectation undecided(ExitFacts facts, Set<Source> unknown, String rule) {
    return new Expectation(null, rule, "", needs(facts, unknown), null, null);
  }

  private String rule() {
    return ruleOf().id();
  }

  private Rule ruleOf() {
    for (Rule rule : OWN_ROUTING_RULES) {
      if (decision.looked(rule)) {
        return rule;
      }
    }
    return RoutingRules.R;
  }

  private boolean readsExit(ExitFacts facts) {
    return routing.reads(ExitReason.basic(facts.reason())).stream()
        .anyMatch(input -> input.source() == Source.EXIT && !input.text().startsWith("exit reason"));
  }

  /** What of all that the way of the exit can depend on comes from what is not known. */
  private List<String> needs(ExitFacts facts, Set<Source> unknown) {
    int basic = ExitReason.basic(facts.reason());
    int sources = 0;
    for (Source source : unknown) {
      sources |= 1 << source.ordinal();
    }
    return needs.computeIfAbsent(basic << Source.values().length | sources, key -> {
      List<String> texts = new ArrayList<>();
      for (Input input : routing.reads(basic)) {
        if (unknown.contains(input.source()) && !input.text().startsWith("exit reason")) {
          texts.add(input.text());
        }
      }
      return List.copyOf(texts);
    });
  }
}
