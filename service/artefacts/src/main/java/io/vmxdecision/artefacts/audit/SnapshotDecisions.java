package io.vmxdecision.artefacts.audit;

import static java.util.Objects.requireNonNull;

import io.vmxdecision.artefacts.trace.TraceEvent;
import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Input.Source;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Cpuid;
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
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Expects what the engine decides from snapshots. Where something is not known, the engine is asked for the values that
 * it may have, one that keeps the exit at L0 and one that gives it to L1: if the answers agree, it does not matter.
 */
@SuppressWarnings("EnumOrdinal") // bits of a key in this object
public final class SnapshotDecisions implements DecisionSource {
  private static final int ALL_VCPUS = -1;
  private static final int ENCLS_LEAVES = 64;
  private static final int FIXED = 128;
  private static final List<Rule> OWN_ROUTING_RULES =
      Rules.all().stream().filter(rule -> rule.id().startsWith("R-")).toList();

  private final Profile profile;
  private final DecisionEngine engine;
  private final List<TimedSnapshot> given;
  private final Set<Integer> own;
  private final Map<Integer, List<State>> states = new HashMap<>();
  private final Map<Integer, List<String>> needs = new HashMap<>();

  /** What is expected of the reasons that always go one way, once it was asked for. */
  private final @Nullable Expectation[] fixed = new @Nullable Expectation[FIXED];

  private final VmExit exit = new VmExit();
  private final RoutingRules routing;
  private final Decision decision = new Decision();

  /** One with these snapshots, in any order; without any, it knows only what the trace itself tells. */
  public SnapshotDecisions(Profile profile, List<TimedSnapshot> snapshots) {
    this.profile = profile;
    engine = DecisionEngine.of(profile);
    routing = RoutingRules.of(profile);
    given = snapshots.stream().sorted(Comparator.comparingLong(TimedSnapshot::fromNanos)).toList();
    own = given.stream().map(TimedSnapshot::vcpu).collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Expectation expect(ExitFacts facts) {
    State state = state(facts.vcpu(), facts.timeNanos());
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
    engine.decide(state.nothing, exit, decision);
    boolean always = decision.outcome() == Outcome.DECIDED;
    if (always && (reason != BasicExitReason.EXCEPTION_NMI || facts.hasWords())) {
      Expectation expected = decided(state.nothing);
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
    if (!facts.hasWords() && readsExit(facts)) {
      return undecided(facts, unknown, RoutingRules.R.id());
    }
    return byControls(facts, state, reason, unknown);
  }

  /** The exit goes where vmcs12 says, which is known; registers and memory may not be. */
  private Expectation byControls(
      ExitFacts facts, State state, @Nullable BasicExitReason reason, Set<Source> unknown) {
    Level kept = null;
    int worlds = reason == BasicExitReason.ENCLS ? ENCLS_LEAVES : 2;
    for (int world = 0; world < worlds; world++) {
      Snapshot snapshot = snapshot(facts, state, reason, world);
      registers(facts, state, reason, world);
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
        if (reason == BasicExitReason.ENCLS && kept == Level.L1 && state.cpuid == null) {
          return undecided(facts, EnumSet.of(Source.CPUID), rule());
        }
        return decided(snapshot);
      }
    }
    throw new AssertionError("there are at least two worlds");
  }

  private static Snapshot snapshot(ExitFacts facts, State state, @Nullable BasicExitReason reason,
      int world) {
    return switch (reason) {
      case ENCLS -> state.low;
      case MSR_READ, MSR_WRITE -> {
        Snapshot some = facts.msr() == ExitFacts.UNKNOWN ? state.blank : state.low;
        yield world == 0 ? some : state.high;
      }
      case VMREAD, VMWRITE -> world == 0 ? state.blank : state.high;
      case null, default -> world == 0 ? state.low : state.high;
    };
  }

  /** Gives the registers that may matter one of the values that they may have. */
  private void registers(ExitFacts facts, State state, @Nullable BasicExitReason reason, int world) {
    Registers registers = exit.registers();
    long value = world == 0 ? 0 : -1L;
    if (reason == BasicExitReason.CR_ACCESS) {
      int number = (int) facts.qualification() & 15;
      EvmcsField shadow = number == 4 ? EvmcsField.CR4_READ_SHADOW : EvmcsField.CR0_READ_SHADOW;
      long read = state.low.evmcs().value(shadow);
      value = world == 0 ? read : ~read;
    } else if (reason == BasicExitReason.ENCLS) {
      value = world;
    }
    for (int register = 0; register < Registers.GENERAL; register++) {
      registers.general(register, value);
    }
    if (reason == BasicExitReason.MSR_READ || reason == BasicExitReason.MSR_WRITE) {
      // Of an unknown MSR: one that has a bit, which is clear, and one that has none.
      registers.general(Registers.RCX, facts.msr() == ExitFacts.UNKNOWN ? value : facts.msr());
    }
  }

  private Expectation vmcall(ExitFacts facts, State state) {
    boolean codeKnown = facts.callCode() != ExitFacts.UNKNOWN;
    exit.registers().general(Registers.RCX, codeKnown ? facts.callCode() : FlushCode.SPACE.code());
    engine.decide(state.flush, exit, decision);
    Boolean readable = state.partitionAssist == null ? null : Boolean.TRUE;
    Boolean locked = readable == null ? null : state.flush.partitionAssistPage().tlbLockCount() != 0;
    if (profile.has(Departure.NO_L2_TLB_FLUSH)) {
      return new Expectation(
          Level.L1, DepartureRules.P1.id(), DepartureRules.P1.consequence(), List.of(), readable, locked);
    }
    if (!decision.isL2TlbFlushEligible()) {
      Rule unmet = requireNonNull(EligibilityRules.whyIneligible(decision));
      String why = "the L2 TLB flush is not eligible, " + unmet.id() + ": "
          + unmet.evidence().in(new Decided(profile, state.flush, exit, decision));
      return new Expectation(Level.L1, unmet.id(), why, List.of(), readable, locked);
    }
    Set<Source> unknown = EnumSet.noneOf(Source.class);
    if (state.evmcs == null) {
      unknown.add(Source.EVMCS);
    }
    if (state.vpAssist == null) {
      unknown.add(Source.VP_ASSIST_PAGE);
    }
    if (state.cpuid == null) {
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

  private State state(int vcpu, long time) {
    // A trace may name any number of vCPUs; those without a snapshot of their own know the same.
    int key = own.contains(vcpu) ? vcpu : ALL_VCPUS;
    List<State> all = states.computeIfAbsent(key, this::statesOf);
    State last = all.getFirst();
    for (State state : all) {
      if (state.from <= time || (time == TraceEvent.NO_TIME && all.size() == 2)) {
        last = state;
      }
    }
    return last;
  }

  /** The states of a vCPU one after the other; the first one knows nothing. */
  private List<State> statesOf(int vcpu) {
    List<State> list = new ArrayList<>();
    list.add(new State());
    for (TimedSnapshot snapshot : given) {
      State before = list.getLast();
      State state = new State(before, snapshot, snapshot.vcpu() == ALL_VCPUS || snapshot.vcpu() == vcpu);
      if (list.size() > 1 && before.from == state.from) {
        list.removeLast();
      }
      list.add(state);
    }
    return list;
  }

  /** All that is known from a time on, and the snapshots that the engine is asked with. */
  private static final class State {
    private final long from;
    private final byte @Nullable [] evmcs;
    private final byte @Nullable [] vpAssist;
    private final byte @Nullable [] partitionAssist;
    private final @Nullable Cpuid cpuid;
    private final List<TimedSnapshot.Region> memory;

    /** No pages at all. */
    private final Snapshot nothing = new Snapshot();

    /** What is not known of memory is 0. */
    private final Snapshot low = new Snapshot();

    /** As {@link #low}, without the memory that is known. */
    private final Snapshot blank = new Snapshot();

    /** What is not known of memory is unreadable, which counts as set bits. */
    private final Snapshot high = new Snapshot();

    /** What is not known is such that the L2 TLB flush is eligible. */
    private final Snapshot flush = new Snapshot();

    State() {
      from = Long.MIN_VALUE;
      evmcs = null;
      vpAssist = null;
      partitionAssist = null;
      cpuid = null;
      memory = List.of();
      fill();
    }

    State(State before, TimedSnapshot snapshot, boolean ofVcpu) {
      from = snapshot.fromNanos();
      evmcs = (ofVcpu && snapshot.evmcs() != null) ? snapshot.evmcs() : before.evmcs;
      vpAssist = (ofVcpu && snapshot.vpAssistPage() != null) ? snapshot.vpAssistPage() : before.vpAssist;
      partitionAssist =
          snapshot.partitionAssistPage() != null ? snapshot.partitionAssistPage() : before.partitionAssist;
      cpuid = snapshot.cpuid() != null ? snapshot.cpuid() : before.cpuid;
      memory = snapshot.memory().isEmpty() ? before.memory : snapshot.memory();
      fill();
    }

    private void fill() {
      nothing.clear();
      pages(low);
      pages(blank);
      blank.memory().clear();
      pages(high);
      pages(flush);
      if (evmcs == null) {
        byte[] page = new byte[GuestPage.BYTES];
        flush.evmcs().wrap(page, 0);
        flush.evmcs().value(EvmcsField.REVISION_ID, EnlightenedVmcs.REVISION_EVMCS_1);
        flush.evmcs().value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, EnlightenedVmcs.NESTED_FLUSH_HYPERCALL);
      } else {
        zeroBitmaps(low);
        zeroBitmaps(blank);
      }
      if (cpuid == null) {
        flush.cpuid().nestedEax(Cpuid.NESTED_DIRECT_FLUSH);
      }
    }

    private static void zeroBitmaps(Snapshot snapshot) {
      for (EvmcsField bitmap : List.of(
          EvmcsField.IO_BITMAP_A, EvmcsField.IO_BITMAP_B, EvmcsField.MSR_BITMAP)) {
        long gpa = snapshot.evmcs().value(bitmap);
        snapshot.memory().add(gpa, new byte[GuestPage.BYTES], 0, GuestPage.BYTES);
      }
      snapshot.memory().add(0, new byte[GuestPage.BYTES], 0, GuestPage.BYTES); // VMREAD and VMWRITE bitmaps
    }

    private void pages(Snapshot snapshot) {
      snapshot.clear();
      if (evmcs != null) {
        snapshot.evmcs().wrap(evmcs, 0);
      }
      if (vpAssist != null) {
        snapshot.vpAssistPage().wrap(vpAssist, 0);
      } else {
        // That L2 runs by an eVMCS, which is given, or might be.
        VpAssistPage page = snapshot.vpAssistPage();
        page.wrap(new byte[GuestPage.BYTES], 0);
        page.enlightenVmentry(1);
        page.directHypercall(true);
      }
      if (partitionAssist != null) {
        snapshot.partitionAssistPage().wrap(partitionAssist, 0);
      }
      if (cpuid != null) {
        snapshot.cpuid().nestedEax(cpuid.nestedEax());
        snapshot.cpuid().enlightenmentsEax(cpuid.enlightenmentsEax());
        snapshot.cpuid().featuresEdx(cpuid.featuresEdx());
        snapshot.cpuid().enforced(cpuid.isEnforced());
        snapshot.cpuid().sgx(cpuid.hasSgx());
      } else {
        snapshot.cpuid().sgx(true); // may be; whoever has no ENCLS exiting is not asked
      }
      for (TimedSnapshot.Region region : memory) {
        snapshot.memory().add(region.gpa(), region.bytes(), 0, region.bytes().length);
      }
    }
  }
}
