package io.vmxdecision.engine.profile;

import java.util.List;
import java.util.stream.Stream;

/**
 * A set of {@link Departure}s, a bit each. Immutable; safe for use by any thread.
 *
 * @param bits bit n is that of rule Pn
 */
public record Departures(int bits) {
  /** What {@code kvm-6.12} does. */
  public static final Departures NONE = new Departures(0);

  /** The set of these. */
  public static Departures of(Departure... departures) {
    int bits = 0;
    for (Departure departure : departures) {
      bits |= departure.mask();
    }
    return new Departures(bits);
  }

  /** Whether the L0 departs in this. */
  public boolean has(Departure departure) {
    return (bits & departure.mask()) != 0;
  }

  /** The same, but in {@code departure} as {@code other} has it. */
  public Departures taking(Departure departure, Departures other) {
    int bit = departure.mask();
    return new Departures((bits & ~bit) | (other.bits & bit));
  }

  /** The switches that are not the same here and there, in order. */
  public List<Departure> differing(Departures other) {
    return Stream.of(Departure.values())
        .filter(departure -> has(departure) != other.has(departure))
        .toList();
  }
}
