package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.machine.Level;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Another L0 by whose rules the exits of a trace are judged beside those of the audit, so that it shows which L0
 * a trace fits best. The audit fills it; it is read when the audit has ended.
 */
public final class OtherJudge {
  /** How many exits on which the two part are kept. */
  public static final int FIRST_PARTING = 10;

  /**
   * An exit on which the two part.
   *
   * @param line its line, from 1
   * @param expected who must handle it by this L0, or null if that cannot be told
   * @param verdict what comes of that
   * @param rule the rule that decides, or null
   */
  public record Parting(long line, @Nullable Level expected, Verdict verdict, @Nullable String rule) {}

  private final String profile;
  final DecisionSource rules;
  private final List<Parting> parting = new ArrayList<>();
  private long partings;
  private long contradictions;

  /** A judge by the rules of the profile of that id. */
  public OtherJudge(String profile, DecisionSource rules) {
    this.profile = profile;
    this.rules = rules;
  }

  void note(Verdict ofAudit, long line, @Nullable Level expected, Verdict verdict, @Nullable String rule) {
    if (verdict == Verdict.CONTRADICTS) {
      contradictions++;
    }
    if (verdict != ofAudit) {
      partings++;
      if (parting.size() < FIRST_PARTING) {
        parting.add(new Parting(line, expected, verdict, rule));
      }
    }
  }

  /** The id of its profile. */
  public String profile() {
    return profile;
  }

  /** How many exits contradict its rules. */
  public long contradictions() {
    return contradictions;
  }

  /** On how many exits it has another verdict than the audit. */
  public long partings() {
    return partings;
  }

  /** The first of them, at most {@link #FIRST_PARTING}. */
  public List<Parting> parting() {
    return List.copyOf(parting);
  }
}
