package io.vmxdecision.engine.counterfactual;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The search for minimal sets: all sets of one candidate, then of two, then of three, each tried unless a
 * subset of it was found already. The order is that of the candidates.
 */
final class MinimalSets {
  /** The most changes in a set. */
  static final int LARGEST = 3;

  /** What is searched. */
  interface Subject {
    /** How many candidates there are now. */
    int candidates();

    /** Whether two candidates cannot be in one set. */
    boolean exclude(int one, int other);

    /** Makes a change. */
    void apply(int candidate);

    /** Takes it back. */
    void revert(int candidate);

    /** Whether the changes that are made flip what is asked for. */
    boolean flips();

    /** Tells of a minimal set, while its changes are made. */
    void found(int[] set);

    /** All sets of one size have been tried: there may be more candidates now. No change is made. */
    void grow();
  }

  private final Subject subject;
  private final Limits limits;
  private final BitSet alone = new BitSet();
  private final List<BitSet> pairs = new ArrayList<>();
  private int[] set = {};
  private int tried;
  private int found;
  private boolean stopped;

  private MinimalSets(Subject subject, Limits limits) {
    this.subject = subject;
    this.limits = limits;
  }

  /** Searches for sets of at most {@code largest} changes, 1..3, and tells {@code subject} what was found. */
  static MinimalSets search(Subject subject, int largest, Limits limits) {
    MinimalSets search = new MinimalSets(subject, limits);
    for (int size = 1; size <= largest && !search.stopped; size++) {
      while (search.pairs.size() < subject.candidates()) {
        search.pairs.add(new BitSet());
      }
      search.set = new int[size];
      search.extend(0, 0);
      if (size < largest) {
        subject.grow();
      }
    }
    return search;
  }

  /** How many sets were tried. */
  int tried() {
    return tried;
  }

  /** Whether a limit ended the search before its end. */
  boolean isStopped() {
    return stopped;
  }

  private void extend(int depth, int from) {
    if (depth == set.length) {
      tryIt();
      return;
    }
    for (int next = from; next < subject.candidates() && !stopped; next++) {
      if (mayJoin(depth, next)) {
        set[depth] = next;
        subject.apply(next);
        extend(depth + 1, next + 1);
        subject.revert(next);
      }
    }
  }

  private boolean mayJoin(int depth, int next) {
    if (alone.get(next)) {
      return false;
    }
    for (int i = 0; i < depth; i++) {
      if (pairs.get(set[i]).get(next) || subject.exclude(set[i], next)) {
        return false;
      }
    }
    return true;
  }

  private void tryIt() {
    if (tried == limits.tries()) {
      stopped = true;
      return;
    }
    tried++;
    if (!subject.flips()) {
      return;
    }
    if (found == limits.sets()) {
      stopped = true;
      return;
    }
    found++;
    subject.found(set);
    if (set.length == 1) {
      alone.set(set[0]);
    } else if (set.length == 2) {
      pairs.get(set[0]).set(set[1]);
    }
  }
}
