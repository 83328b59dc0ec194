package io.vmxdecision.engine.profile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The behaviour profile of a kernel: which L0 is modelled, under which assumptions, and in numbers what it does
 * where the specifications leave a choice or are not followed. Immutable; safe for use by any thread.
 *
 * @param id the id in the API, such as {@code kvm-6.12}
 * @param title what is modelled
 * @param source stands before the file of a kernel function in references
 * @param assumptions what the profile takes for granted, a sentence each
 * @param reservedHypercallBits the bits of the hypercall's control word that must be 0 (rule H3)
 * @param fifoSize the most entries in a vCPU's queue of pending flushes, 2..{@link #LARGEST_FIFO}; one place
 *     is kept for a "flush all", so that lists of up to {@code fifoSize} - 1 entries are read (H12 and M)
 * @param evmcs what it does with the fields of an eVMCS
 * @param departures in what it does otherwise than {@code kvm-6.12}
 * @param models the releases for which it stands
 * @param sources what it was read from
 */
public record Profile(
    String id,
    String title,
    String source,
    List<String> assumptions,
    long reservedHypercallBits,
    int fifoSize,
    EvmcsSupport evmcs,
    Departures departures,
    List<String> models,
    List<Source> sources) implements BehaviourProfile {
  /** The most vCPUs of a VM where nothing is said of them, and where P4 holds. */
  private static final int MOST_VCPUS = 4096;

  private static final int FEWER_VCPUS = 1024;

  /** The longest queue that a profile can have: snapshots and decisions have place for it. */
  public static final int LARGEST_FIFO = 16;

  /** Linux KVM 6.1 (6.1.192, as in Debian). */
  public static final Profile KVM_6_1 = Kvm61.profile();

  /** Linux KVM 6.12 (6.12.117, as in Debian). */
  public static final Profile KVM_6_12 = Kvm612.profile();

  /** Linux KVM 7.3 (7.3.4), and 7.2, from which it differs in nothing that is decided here. */
  public static final Profile KVM_7_3 = Kvm73.profile();

  /** The profile of a request that names none. */
  public static final Profile DEFAULT = KVM_6_12;

  private static final List<Profile> ALL = List.of(KVM_6_1, KVM_6_12, KVM_7_3);

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException when the size of the queue is out of range
   */
  public Profile {
    if (fifoSize < 2 || fifoSize > LARGEST_FIFO) {
      throw new IllegalArgumentException("a queue has 2.." + LARGEST_FIFO + " places, not " + fifoSize);
    }
    assumptions = List.copyOf(assumptions);
    models = List.copyOf(models);
    sources = List.copyOf(sources);
  }

  /** The profile of that id, or null. */
  public static @Nullable Profile of(String id) {
    for (Profile profile : ALL) {
      if (profile.id.equals(id)) {
        return profile;
      }
    }
    return null;
  }

  /** All profiles, the oldest kernel first. */
  public static List<Profile> all() {
    return ALL;
  }

  /** The ids of all profiles. */
  public static List<String> ids() {
    return ALL.stream().map(Profile::id).toList();
  }

  /** Whether it departs in this from {@code kvm-6.12}. */
  public boolean has(Departure departure) {
    return departures.has(departure);
  }

  /** The most vCPUs of a VM, and one more than the largest VP index. */
  public int mostVcpus() {
    return has(Departure.FEWER_VCPUS) ? FEWER_VCPUS : MOST_VCPUS;
  }

  /** The same L0 with other switches, under the same id: for the question which of them matters. */
  public Profile with(Departures others) {
    return new Profile(
        id, title, source, assumptions, reservedHypercallBits, fifoSize, evmcs, others, models, sources);
  }

  /** The longest list of addresses that is read; a longer one flushes all. */
  public int longestList() {
    return fifoSize - 1;
  }

  /** Where a rule or check comes from: kernel functions first, then specifications, if any. */
  public List<String> references(String kernel, String specification) {
    String functions = source + kernel;
    return specification.isEmpty() ? List.of(functions) : List.of(functions, specification);
  }
}
