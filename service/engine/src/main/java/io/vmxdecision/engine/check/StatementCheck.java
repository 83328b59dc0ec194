package io.vmxdecision.engine.check;

import java.util.List;

/** Checks whether two statements of the same word of one machine agree. */
public enum StatementCheck {
  CONTRADICTION(
      "Two artefacts say the same word differently: they are of two machines or two moments, or one is"
          + " copied wrongly. What is decided goes by the first.");

  private final String statement;

  StatementCheck(String statement) {
    this.statement = statement;
  }

  /** What is wrong, as a sentence. */
  public String statement() {
    return statement;
  }

  /** What its findings mean. */
  public Severity severity() {
    return Severity.WARNING;
  }

  /** Where it comes from: no specification has two values for one word. */
  public List<String> references() {
    return List.of();
  }

  /** Whether the check does not hold of an earlier and a later statement, both zero-extended to 64 bits. */
  public boolean isViolated(long earlier, long later) {
    return earlier != later;
  }
}
