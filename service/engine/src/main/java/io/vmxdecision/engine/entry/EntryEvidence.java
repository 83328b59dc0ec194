package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sentences about what does not hold, with fields, values and bits. Allocates. */
final class EntryEvidence {
  private static final Pattern PLACE = Pattern.compile("\\{([a-zA-Z0-9_.]+)(?:&([0-9a-f]+))?\\}");

  private EntryEvidence() {}

  /**
   * Replaces {@code {guest_cr0}} by the name and the value, {@code guest_cr0 0x33}, and {@code
   * {guest_cr0&30}} by those of the bits 0x30 that are set, {@code bits 5:4}.
   */
  static String fill(String template, EntryFacts facts) {
    return PLACE.matcher(template)
        .replaceAll(match -> Matcher.quoteReplacement(
            match.group(2) == null
                ? value(match.group(1), facts)
                : setBits(match.group(1), match.group(2), facts)));
  }

  private static String setBits(String name, String mask, EntryFacts facts) {
    VmcsField field = VmcsField.of(name);
    if (field == null) {
      throw new IllegalArgumentException(name);
    }
    return bits(facts.value(field) & Long.parseUnsignedLong(mask, 16));
  }

  private static String value(String name, EntryFacts facts) {
    VmcsField field = VmcsField.of(name);
    if (field != null) {
      return value(field, facts);
    }
    Capability capability = Capability.of(name);
    if (capability == null) {
      throw new IllegalArgumentException(name);
    }
    return value(capability, facts);
  }

  static String value(VmcsField field, EntryFacts facts) {
    return facts.known(field)
        ? field.linuxName() + " " + hex(facts.value(field))
        : field.linuxName() + " (unknown)";
  }

  static String value(Capability capability, EntryFacts facts) {
    if (!facts.known(capability)) {
      return capability.label() + " (unknown)";
    }
    long value = facts.value(capability);
    return capability.label() + " " + (capability == Capability.MAX_PHY_ADDR ? value : hex(value));
  }

  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** The set bits of a word: {@code bit 3}, {@code bits 3, 5 and 13 to 31}. */
  static String bits(long word) {
    if (word == 0) {
      return "no bit";
    }
    List<String> runs = new ArrayList<>();
    int bit = 0;
    while (bit < Long.SIZE) {
      if (((word >>> bit) & 1) == 0) {
        bit++;
        continue;
      }
      int last = bit;
      while (last + 1 < Long.SIZE && ((word >>> (last + 1)) & 1) != 0) {
        last++;
      }
      runs.add(bit == last ? Integer.toString(bit) : last + ":" + bit);
      bit = last + 1;
    }
    return (Long.bitCount(word) == 1 ? "bit " : "bits ") + enumeration(runs);
  }

  private static String enumeration(List<String> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    int last = parts.size() - 1;
    return String.join(", ", parts.subList(0, last)) + " and " + parts.get(last);
  }

  /** The field has bits set that have to be 0, those of {@code mask}. */
  static EntryCheck.Evidence set(VmcsField field, long mask, String why) {
    return facts -> value(field, facts) + " has " + bits(facts.value(field) & mask) + " set" + why;
  }

  /** The address is not aligned, or too wide. */
  static EntryCheck.Evidence address(VmcsField field, long alignment, String why) {
    return facts -> value(field, facts) + " has " + badAddressBits(facts.value(field), alignment, facts)
        + why;
  }

  static String badAddressBits(long address, long alignment, EntryFacts facts) {
    long above = -1L << width(facts);
    return bits(address & (alignment | above))
        + " set: "
        + ((address & alignment) != 0 ? "it is not aligned" : "")
        + ((address & alignment) != 0 && (address & above) != 0 ? ", and " : "")
        + ((address & above) != 0
            ? "an address has " + width(facts) + " bits (maxPhyAddr)"
            : "");
  }

  /** The physical-address width; 52 while it is unknown. */
  static int width(EntryFacts facts) {
    return facts.known(Capability.MAX_PHY_ADDR) ? (int) facts.value(Capability.MAX_PHY_ADDR) : 52;
  }

  /** The address is not canonical. */
  static EntryCheck.Evidence canonical(VmcsField field) {
    return facts -> value(field, facts) + " is not canonical: " + notEqual(facts, 47, 56);
  }

  static String notEqual(EntryFacts facts, int low, int lowWide) {
    boolean wide = facts.holds(Circumstance.HOST_LA57) != Truth.NO;
    return "bits 63:" + (wide ? lowWide : low) + " are not all equal";
  }

  /** A control that must be 1 is 0, or the other way round. */
  static EntryCheck.Evidence controls(VmcsField field, Capability capability) {
    return facts -> {
      long value = facts.value(field);
      long word = facts.value(capability);
      long cleared = ~value & word & 0xffff_ffffL;
      long set = value & ~(word >>> 32) & ~word & 0xffff_ffffL;
      return value(field, facts) + bitsWrong(field, cleared, set) + " by " + value(capability, facts);
    };
  }

  /** A control that an eVMCS cannot express is 1. */
  static EntryCheck.Evidence unsupported(VmcsField field) {
    return facts -> {
      long set = facts.value(field) & facts.refused(field);
      return value(field, facts) + " has " + named(field, set) + " set, which an eVMCS does not support";
    };
  }

  /** A bit of a control register that is fixed to 1 is 0, or the other way round. */
  static EntryCheck.Evidence fixed(
      VmcsField field, Capability fixed0, Capability fixed1, long known, boolean unrestricted) {
    return facts -> {
      long value = facts.value(field);
      long ones = facts.value(fixed0);
      if (unrestricted && Conditions.unrestricted().in(facts) == Truth.YES) {
        ones &= ~(1L << EntryFacts.CR0_PE | 1L << EntryFacts.CR0_PG);
      }
      long cleared = ~value & ones;
      long set = facts.known(fixed1) ? value & ~(facts.value(fixed1) | ones) : 0;
      long foreign = facts.isBareCpu() ? 0 : value & ~known;
      return value(field, facts)
          + bitsWrong(field, cleared, set | foreign)
          + " by "
          + value(fixed0, facts)
          + " and "
          + value(fixed1, facts)
          + ((foreign & ~set) != 0 ? ", or unknown to KVM 6.12" : "");
    };
  }

  private static String bitsWrong(VmcsField field, long cleared, long set) {
    return (cleared == 0 ? "" : " has " + named(field, cleared) + " clear, to be 1")
        + (cleared == 0 || set == 0 ? "" : ", and")
        + (set == 0 ? "" : " has " + named(field, set) + " set, to be 0");
  }

  /** The bits, with the names of controls while they are few. */
  private static String named(VmcsField field, long word) {
    if (Long.bitCount(word) > 3) {
      return bits(word);
    }
    List<String> names = new ArrayList<>();
    for (int bit = 0; bit < Long.SIZE; bit++) {
      if (((word >>> bit) & 1) != 0) {
        String title = title(field, bit);
        names.add(title == null ? Integer.toString(bit) : bit + " (" + title + ")");
      }
    }
    return (names.size() == 1 ? "bit " : "bits ") + enumeration(names);
  }

  static @Nullable String title(VmcsField field, int bit) {
    EvmcsField evmcsField = field.evmcsField();
    Control control = evmcsField == null ? null : Control.of(evmcsField, bit);
    return control == null ? null : control.title();
  }

  /** Bits outside a capability word. */
  static EntryCheck.Evidence outside(VmcsField field, Capability capability, long except) {
    return facts -> {
      long allowed = facts.value(capability)
          | (facts.known(capability) ? 0 : capability.differs())
          | except;
      return value(field, facts)
          + " has "
          + bits(facts.value(field) & ~allowed)
          + " set, outside "
          + value(capability, facts);
    };
  }

  /** A PAT has a byte that is no memory type. */
  static EntryCheck.Evidence pat(VmcsField field) {
    return facts -> {
      for (int i = 0; i < Long.BYTES; i++) {
        long type = (facts.value(field) >>> (i * Byte.SIZE)) & 0xff;
        if (type == 2 || type == 3 || type > 7) {
          return value(field, facts) + " has type " + type + " in byte " + i
              + ", not one of 0, 1, 4, 5, 6, 7";
        }
      }
      return value(field, facts);
    };
  }
}
