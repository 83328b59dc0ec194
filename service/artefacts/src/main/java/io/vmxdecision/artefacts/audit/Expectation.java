package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.StaleDatum;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the rules expect of an exit. Immutable.
 *
 * @param handler who must handle it, or null if that cannot be told
 * @param rule the rule that decides it
 * @param why why so, in words; empty for the ordinary
 * @param needs what would decide it; empty if it is decided
 * @param assistReadable for a flush: whether L0 can read the partition assist page; null if that is not known
 * @param locked for a flush: whether TlbLockCount is not 0; null if that is not known
 * @param stale the copies of L0 that make the difference, if it would be another by what the pages say
 * @param cpuid for a VMCALL: what is known of L1's CPUID
 */
public record Expectation(
    @Nullable Level handler,
    String rule,
    String why,
    List<String> needs,
    @Nullable Boolean assistReadable,
    @Nullable Boolean locked,
    List<StaleDatum> stale,
    CpuidWords cpuid) {

  /** One that is the same by L0's copies and by the pages. */
  Expectation(
      @Nullable Level handler,
      String rule,
      String why,
      List<String> needs,
      @Nullable Boolean assistReadable,
      @Nullable Boolean locked) {
    this(handler, rule, why, needs, assistReadable, locked, List.of(), CpuidWords.UNKNOWN);
  }

  /** The same, which these copies make otherwise than the pages would. */
  Expectation with(List<StaleDatum> decisive) {
    return new Expectation(
        handler, rule, why, needs, assistReadable, locked, List.copyOf(decisive), cpuid);
  }

  /** The same, with what is known of L1's CPUID. */
  Expectation with(CpuidWords words) {
    return new Expectation(handler, rule, why, needs, assistReadable, locked, stale, words);
  }

  /** The same, with something more that would decide it, if it is not decided. */
  Expectation needing(String first) {
    if (handler != null) {
      return this;
    }
    List<String> all = new ArrayList<>();
    all.add(first);
    all.addAll(needs);
    return new Expectation(
        handler, rule, why, List.copyOf(all), assistReadable, locked, stale, cpuid);
  }
}
