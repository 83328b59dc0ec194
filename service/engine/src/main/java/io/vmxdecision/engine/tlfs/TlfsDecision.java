package io.vmxdecision.engine.tlfs;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.machine.Level;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the TLFS says of one exit. Read {@link #isDecided()} first. What is absent is not specified, and {@link
 * #openQuestions()} names it.
 *
 * <p>Reused; only the table of the vCPUs that a flush reaches may grow. Not thread-safe.
 */
public final class TlfsDecision {
  /** The most elements of a list: those of a page, less the shortest header (24 bytes). */
  static final int MOST_ELEMENTS = 509;

  private final Decision facts = new Decision();
  private final EnumSet<TlfsOutcome> allowed = EnumSet.noneOf(TlfsOutcome.class);
  private final EnumSet<OpenQuestion> openQuestions = EnumSet.noneOf(OpenQuestion.class);
  private final long[] elements = new long[MOST_ELEMENTS];
  private int elementCount;
  private int[] targets = new int[1];
  private int targetCount;
  private boolean decided;
  private boolean call;
  private @Nullable Level handledBy;
  private @Nullable Boolean evmcsActive;
  private @Nullable Boolean eligible;
  private @Nullable Boolean syntheticExit;
  private boolean mutationsKnown;

  void reset(Level from) {
    facts.reset(from);
    allowed.clear();
    openQuestions.clear();
    elementCount = 0;
    targetCount = 0;
    decided = false;
    call = false;
    handledBy = null;
    evmcsActive = null;
    eligible = null;
    syntheticExit = null;
    mutationsKnown = false;
  }

  /**
   * Whether the TLFS speaks of the exit at all: it is a VMCALL of L2, or a flush hypercall of L1. It does not
   * route any other exit; the SDM does, with state that a snapshot does not have.
   */
  public boolean isDecided() {
    return decided;
  }

  void decided() {
    decided = true;
  }

  /**
   * Rules E and F as they were looked at on the way, and rules T: met are those that speak in this case. The rest of
   * it is not set.
   */
  public Decision facts() {
    return facts;
  }

  /** Who handles the exit, or null if the text leaves it open. */
  public @Nullable Level handledBy() {
    return handledBy;
  }

  void handledBy(Level level) {
    handledBy = level;
  }

  /** Of an exit from L2: whether an enlightened VMCS is in use; null if it is open, or from L1. */
  public @Nullable Boolean evmcsActive() {
    return evmcsActive;
  }

  void evmcsActive(boolean value) {
    evmcsActive = value;
  }

  /** Of an exit from L2: whether the L2 TLB flush is eligible; null if it is open, or from L1. */
  public @Nullable Boolean eligible() {
    return eligible;
  }

  void eligible(boolean value) {
    eligible = value;
  }

  /** Whether L0 handles a flush hypercall: {@link #allowed()} and what follows it hold. */
  public boolean isCall() {
    return call;
  }

  void call() {
    call = true;
  }

  /** The call, as far as it could be read; its list is {@link #element(int)}. */
  public FlushRequest request() {
    return facts.hypercall().request();
  }

  /** With what the call may end: one outcome if the text decides, several, or none if it is open. */
  public Set<TlfsOutcome> allowed() {
    return allowed;
  }

  /** With what the call ends for certain; null if the text allows several outcomes, or names none. */
  public @Nullable TlfsOutcome onlyOutcome() {
    return allowed.size() == 1 ? allowed.iterator().next() : null;
  }

  void allow(TlfsOutcome outcome) {
    allowed.add(outcome);
  }

  /** Whether the call succeeds for certain. */
  public boolean isSuccess() {
    return allowed.size() == 1 && allowed.contains(TlfsOutcome.HV_STATUS_SUCCESS);
  }

  /** Whether a status is among {@link #allowed()}, and not only an exception or an intercept. */
  public boolean returnsAStatus() {
    int others =
        (allowed.contains(TlfsOutcome.INVALID_OPCODE) ? 1 : 0)
            + (allowed.contains(TlfsOutcome.MEMORY_INTERCEPT) ? 1 : 0);
    return allowed.size() > others;
  }

  /** Whether it is decided what is flushed: nothing if {@link #targetCount()} is 0. */
  public boolean areMutationsKnown() {
    return mutationsKnown;
  }

  void mutationsKnown() {
    mutationsKnown = true;
  }

  /** How many vCPUs the flush reaches. */
  public int targetCount() {
    return targetCount;
  }

  /** The index of the vCPU that is target {@code index}; ascending. */
  public int target(int index) {
    return targets[index];
  }

  void target(int vcpu, int most) {
    if (targetCount == targets.length) {
      targets = Arrays.copyOf(targets, most);
    }
    targets[targetCount++] = vcpu;
  }

  /** How many elements of the list each target invalidates; a space call invalidates everything instead. */
  public int elementCount() {
    return elementCount;
  }

  /**
   * An element of the list: bits 63:12 a guest-virtual page, bits 11:0 how many further pages. Only the
   * canonical ones count (see {@link io.vmxdecision.engine.decision.FlushEntry}, by page).
   */
  public long element(int index) {
    return elements[index];
  }

  void element(long value) {
    elements[elementCount++] = value;
  }

  /** Whether the flush is of all address spaces, and not only of {@code request().addressSpace()}. */
  public boolean isAllSpaces() {
    return (request().flags() & TlfsCall.FLAG_ALL_SPACES) != 0;
  }

  /** Whether global entries may stay. */
  public boolean mayGlobalStay() {
    return (request().flags() & TlfsCall.FLAG_NON_GLOBAL) != 0;
  }

  /** Of a call: whether L1 gets the synthetic exit; null if that, or how the call ends, is open. */
  public @Nullable Boolean syntheticExit() {
    return syntheticExit;
  }

  void syntheticExit(boolean value) {
    syntheticExit = value;
  }

  /** What the text does not say. */
  public Set<OpenQuestion> openQuestions() {
    return openQuestions;
  }

  void ask(OpenQuestion question) {
    openQuestions.add(question);
    speaks(question.rule());
  }

  /** The rules that speak in this case, in order; a copy. */
  public Set<TlfsRule> rules() {
    Set<TlfsRule> rules = EnumSet.allOf(TlfsRule.class);
    rules.removeIf(rule -> !facts.met(rule));
    return rules;
  }

  /** Whether the rule speaks is looked at. */
  void looks(TlfsRule rule) {
    facts.record(rule, false);
  }

  void speaks(TlfsRule rule) {
    facts.record(rule, true);
  }
}
