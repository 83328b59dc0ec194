package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;

/**
 * A decision: who handles the exit, by which rules, and what follows. The caller owns it and has it
 * filled again and again; it also is the engine's scratch memory.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>One thread at a time uses a decision, and the snapshot it was made from stays unchanged while
 *       {@link TlbMutation} reads the two.
 *   <li>Nothing is allocated per decision once the table of targets has grown to the largest number
 *       of vCPUs seen.
 *   <li>Which rules were looked at, and which of them were met, is recorded as bits; words are made
 *       elsewhere.
 * </ol>
 */
public final class Decision {
  private final Route route = new Route();
  private final HypercallOutcome hypercall = new HypercallOutcome();
  private final TlbMutations tlbMutations = new TlbMutations();
  private final ExitToL1 exitToL1 = new ExitToL1();
  private Outcome outcome = Outcome.DECIDED;
  private Level handledBy = Level.L0;
  private final RuleSet rulesLooked = new RuleSet();
  private final RuleSet rulesMet = new RuleSet();
  private boolean l2TlbFlushEligible;
  private boolean syntheticExit;

  /** Nothing decided yet; mutations to come concern the queue for {@code fifo}. */
  public void reset(Level fifo) {
    hypercall.clear();
    tlbMutations.reset(fifo);
    exitToL1.clear();
    outcome = Outcome.DECIDED;
    handledBy = Level.L0;
    rulesLooked.clear();
    rulesMet.clear();
    l2TlbFlushEligible = false;
    syntheticExit = false;
  }

  /**
   * Records that {@code rule} was looked at.
   *
   * @return {@code met}
   */
  public boolean record(RuleNumber rule, boolean met) {
    rulesLooked.add(rule);
    if (met) {
      rulesMet.add(rule);
    }
    return met;
  }

  /** Whether {@code rule} was looked at. */
  public boolean looked(RuleNumber rule) {
    return rulesLooked.contains(rule);
  }

  /** Whether {@code rule} was looked at and met. */
  public boolean met(RuleNumber rule) {
    return rulesMet.contains(rule);
  }

  /** The rules that were looked at. */
  public RuleSet rulesLooked() {
    return rulesLooked;
  }

  /** The rules that were looked at and met. */
  public RuleSet rulesMet() {
    return rulesMet;
  }

  /** Whether the input could be decided; if not, nothing else here has a meaning. */
  public Outcome outcome() {
    return outcome;
  }

  /** Sets {@link #outcome()}. */
  public void outcome(Outcome value) {
    outcome = value;
  }

  /** Who handles the exit: L0 or L1. */
  public Level handledBy() {
    return handledBy;
  }

  /** Sets {@link #handledBy()}. */
  public void handledBy(Level value) {
    handledBy = value;
  }

  /** Why an exit from L2 went where it did. */
  public Route route() {
    return route;
  }

  /** Whether the L2 TLB flush is eligible: all rules F are met. False for an exit from L1. */
  public boolean isL2TlbFlushEligible() {
    return l2TlbFlushEligible;
  }

  /** Sets {@link #isL2TlbFlushEligible()}. */
  public void l2TlbFlushEligible(boolean value) {
    l2TlbFlushEligible = value;
  }

  /** The hypercall that L0 handled, if it did. */
  public HypercallOutcome hypercall() {
    return hypercall;
  }

  /** Which vCPUs flush what. */
  public TlbMutations tlbMutations() {
    return tlbMutations;
  }

  /** Whether L1 gets the synthetic exit of rule C4. */
  public boolean isSyntheticExit() {
    return syntheticExit;
  }

  /** Sets {@link #isSyntheticExit()}. */
  public void syntheticExit(boolean value) {
    syntheticExit = value;
  }

  /** The exit that L1 sees, if it does. */
  public ExitToL1 exitToL1() {
    return exitToL1;
  }

  /**
   * Carries the decision out on the machine that it was made on, {@code snapshot} and {@code exit}:
   * writes to the enlightened VMCS what an exit to L1 changes there, queues what the targets of a
   * flush queue, and sets RAX, RDX and RIP of the exiting vCPU to what a hypercall leaves in them.
   * The bytes behind the snapshot's eVMCS are written to.
   *
   * <p>To be called once, after {@link TlbMutation} has been read. What was not decided changes
   * nothing. What L0 does to emulate an exit that is no flush hypercall is not in a decision.
   */
  public void applyTo(Snapshot snapshot, VmExit exit) {
    exitToL1.evmcsWrites().applyTo(snapshot.evmcs());
    tlbMutations.applyTo(snapshot.vcpus(), hypercall.request());
    if (hypercall.isHandled()) {
      hypercall.applyTo(exit.registers());
    }
  }
}
