package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.entry.EntryOutcome;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmEntryDecision;
import java.util.List;
import java.util.Set;

/**
 * The minimal sets of changes with which L1 gets something else of a VM-entry: another outcome, VM-instruction
 * error or exit reason.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>A change is a candidate when a comparison of a check comes out otherwise with it: see {@link
 *       io.vmxdecision.engine.entry.EntryLevers}. Which checks: the first that fails, of the entry as it is or
 *       with one or two candidates changed; the last of three changes has to put right all that still fails.
 *       Where the entry succeeds, or success is not asked for, also those whose failure is asked for.
 *   <li>A set of at most three candidates is found when L1 gets something else with its changes made, the outcome
 *       is one of those that were asked for, and this is so of no proper subset. All of them are found, unless a
 *       limit ends the search, which is told.
 *   <li>Smaller sets come first, then the order of the candidates: that of the checks, and of what they compare.
 *       Of checks that shall fail, the capabilities come after all else.
 *   <li>The entry is as it was afterwards; meanwhile it changes, and so do the bytes of its eVMCS.
 * </ol>
 */
public final class EntryCounterfactuals {
  /** Is told of what was found. */
  @FunctionalInterface
  public interface Finding {
    /**
     * A set.
     *
     * @param changes its changes
     * @param decision the decision with them, to be read only now
     */
    void found(List<Change<EntryPlace>> changes, VmEntryDecision decision);
  }

  private EntryCounterfactuals() {}

  /**
   * Searches, and tells {@code finding} of each set.
   *
   * @param goals the outcomes of which one is wanted
   */
  public static Search search(
      VmEntry entry, Set<EntryOutcome> goals, Limits limits, Finding finding) {
    return new EntrySearch(entry, goals, limits).run(finding);
  }
}
