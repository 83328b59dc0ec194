package io.vmxdecision.app.decision;

/** An answer whose digest was written down. */
public final class RecordedAnswer {
  private final DecisionAnswer answer;
  private final byte[] json;

  RecordedAnswer(DecisionAnswer answer, byte[] json) {
    this.answer = answer;
    this.json = json;
  }

  /** The answer. */
  DecisionAnswer answer() {
    return answer;
  }

  /** The same in JSON, of which the digest is; not a copy. */
  byte[] json() {
    return json;
  }
}
