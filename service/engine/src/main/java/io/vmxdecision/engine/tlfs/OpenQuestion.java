package io.vmxdecision.engine.tlfs;

/** A property of an answer that the TLFS does not specify in a case. */
public enum OpenQuestion {
  EVMCS_ACTIVE("/l2TlbFlush/conditions/evmcsActive", TlfsRule.T1,
      "The text does not say what an eVMCS of another version than 1, or at an address of all ones, does."),
  ELIGIBLE("/l2TlbFlush/eligible", TlfsRule.T1,
      "The text does not describe the use of the L2 TLB flush where CPUID does not report it."),
  HANDLED_BY("/handledBy", TlfsRule.T1,
      "Who handles the call follows from what the text leaves open."),
  EXTENDED_SET("/hypercall", TlfsRule.T4,
      "The text names no outcome of an Ex call where CPUID does not report the Ex calls."),
  LONG_FAST_INPUT("/hypercall", TlfsRule.T4,
      "The text names no outcome of a fast call with more than 112 bytes of input."),
  EXTENDED_RANGES("/hypercall", TlfsRule.T7,
      "CPUID reports extended ranges; the text describes neither their flag nor their format."),
  TLB_MUTATIONS("/tlbMutations", TlfsRule.T9,
      "The text ignores invalid addresses; it does not say whether the valid pages of such a range must go."),
  SYNTHETIC_EXIT("/syntheticExit", TlfsRule.T11,
      "The text does not say whether the exit follows a call that fails, or one without a page to read.");

  private final String pointer;
  private final TlfsRule rule;
  private final String text;

  OpenQuestion(String pointer, TlfsRule rule, String text) {
    this.pointer = pointer;
    this.rule = rule;
    this.text = text;
  }

  /** The property that the answer lacks, or that only holds as a minimum, as a JSON Pointer (RFC 6901). */
  public String pointer() {
    return pointer;
  }

  /** The rule that leaves it open. */
  public TlfsRule rule() {
    return rule;
  }

  /** What is not said, in words. */
  public String text() {
    return text;
  }
}
