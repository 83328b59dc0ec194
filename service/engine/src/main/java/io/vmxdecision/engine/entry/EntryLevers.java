package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the way of a check, and what would get it out of the way: found in the comparisons that the
 * check is made of, with the values that they compare with.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>A check that is looked at for being violated is not, and the other way round.
 *   <li>No set of changes makes it so unless one of them changes a bit that it {@linkplain #touches}.
 *   <li>A lever changes one thing so that a comparison comes out otherwise. What is not known, or cannot be
 *       given, has none.
 *   <li>The entry is read, not changed. It was decided once; changes since then are seen.
 * </ol>
 */
public final class EntryLevers {
  /** More bits than these that are wrong in one word have to be put right at once, not each by itself. */
  private static final int FEW = 3;

  private static final long ALL_BITS = -1L;
  private static final long LOW_32 = 0xffff_ffffL;
  private static final long ACTIVITY_STATES = 4;
  private static final long WRITE_BACK = 6;
  private static final long NO_MEMORY_TYPE = 2;
  private static final long PAT_BYTE = 0xff;
  private static final long PAT_AT_RESET = 0x0007_0406_0007_0406L;

  /** Is told of a lever. */
  @FunctionalInterface
  public interface Sink {
    /**
     * A change of one thing.
     *
     * @param fact the field, capability or circumstance
     * @param mask the bits that get other values; of a circumstance, the address width and LAM all
     * @param value their values, within {@code mask}
     */
    void lever(EntryFact fact, long mask, long value);
  }

  private final VmEntry entry;
  private final EntryFacts facts;
  private final EntryMode mode;
  private final long[] fields = new long[VmcsField.count()];
  private final long[] capabilities = new long[Capability.count()];
  private final boolean[] circumstances = new boolean[Circumstance.count()];
  private @Nullable EntryCheck check;
  private @Nullable Sink sink;

  /** Of an entry that has been decided. */
  public EntryLevers(VmEntry entry) {
    this.entry = entry;
    facts = entry.readFacts();
    mode = EntryMode.of(entry);
  }

  /** All checks that are made of such an entry, in their order. */
  public List<EntryCheck> checks() {
    return List.of(EntryChecks.madeIn(mode).checks());
  }

  /** Whether a check reads it, or it decides whether the check is made. */
  public boolean reads(EntryCheck of, EntryFact fact) {
    return of.reads().contains(fact)
        || (isBehindL0(of) && VmEntryEngine.WHETHER_THE_CPU_ENTERS.contains(fact));
  }

  /**
   * Looks at what keeps a check from being violated, or from holding.
   *
   * @param violated what it shall be
   * @param into is told of the levers; null where only what is {@linkplain #touches touched} matters
   */
  public void look(EntryCheck at, boolean violated, @Nullable Sink into) {
    Arrays.fill(fields, 0);
    Arrays.fill(capabilities, 0);
    Arrays.fill(circumstances, false);
    check = at;
    sink = into;
    if (at.stage() == EntryStage.MSR_LOAD) {
      facts.msrLoadArea().read(facts);
    }
    Condition condition = at.violated(mode);
    if (!violated || condition.in(facts) != Truth.YES) {
      look(condition, violated);
    }
    if (isBehindL0(at) && (!violated || condition.in(facts) == Truth.YES)) {
      sink = null; // whether the CPU enters at all is no matter of this check
      look(VmEntryEngine.CPU_ENTERS, violated);
    }
  }

  private boolean isBehindL0(EntryCheck of) {
    return of.stage() == EntryStage.CPU && mode != EntryMode.BARE_CPU;
  }

  /** Whether one of the bits was in the way of what was looked at last. */
  public boolean touches(EntryFact fact, long mask) {
    return switch (fact) {
      case VmcsField field -> (fields[VmEntry.index(field)] & mask) != 0;
      case Capability capability -> (capabilities[VmEntry.index(capability)] & mask) != 0;
      case Circumstance circumstance -> circumstances[VmEntry.index(circumstance)];
    };
  }

  /** What has to change for the condition to come out as {@code to}, which it does not. */
  private void look(Condition condition, boolean to) {
    switch (condition) {
      case Condition.All(List<Condition> parts) -> parts(parts, to, true);
      case Condition.Any(List<Condition> parts) -> parts(parts, to, false);
      case Condition.Not(Condition part) -> look(part, !to);
      case Condition.Bits(VmcsField field, long mask, long value) -> {
        touch(field, mask);
        if (to) {
          give(field, mask, value);
        } else if (field == VmcsField.GUEST_ACTIVITY_STATE) {
          for (long other = 1; other < ACTIVITY_STATES; other++) {
            lever(field, mask, value ^ other);
          }
        } else if (mask == field.mask()) {
          lever(field, mask, value ^ 1);
        } else {
          turn(field, Long.lowestOneBit(mask));
        }
      }
      case Condition.OneOf(VmcsField field, long mask, long set) -> oneOf(field, mask, to ? set : ~set);
      case Condition.Differ(Condition.Part one, Condition.Part other) -> differ(one, other, to);
      case Condition.Less(Condition.Part one, Condition.Part other) -> less(one, other, to);
      case Condition.AboveWidthOr(VmcsField field, long within, long mask) ->
        aboveWidth(field, within, mask, to);
      case Condition.NonCanonical of -> nonCanonical(of, to);
      case Condition.Has(Capability capability, int bit) -> {
        touch(capability, 1L << bit);
        turn(capability, 1L << bit);
      }
      case Condition.Holds(Circumstance circumstance) -> turn(circumstance);
      case Condition.Outside of -> outside(of, to);
      case Condition.Forbidden(VmcsField controls, Capability capability) ->
        forbidden(controls, capability, to);
      case Condition.NotFixed of -> notFixed(of, to);
      case Condition.BadPat(VmcsField pat) -> pat(pat, to);
      case Condition.Unsupported(VmcsField controls) -> unsupported(controls, to);
      case Condition.Judged judged -> anythingRead();
    }
  }

  /** All have to come out as {@code to} (then one that does not is enough to look at), or any of them. */
  private void parts(List<Condition> parts, boolean to, boolean all) {
    if (to != all) {
      parts.forEach(part -> look(part, to));
      return;
    }
    int wrong = to ? Truth.NO : Truth.YES;
    for (Condition part : parts) {
      if (part.in(facts) == wrong) {
        look(part, to);
        return;
      }
    }
    for (Condition part : parts) {
      if (part.in(facts) == Truth.MAYBE) {
        look(part, to);
        return;
      }
    }
  }

  // Comparisons.

  /** The numbers of the set that are the fewest bits away. */
  private void oneOf(VmcsField field, long mask, long set) {
    touch(field, mask);
    long now = facts.value(field) & mask;
    int nearest = Long.SIZE;
    for (long number = 0; number < Long.SIZE && number <= mask; number++) {
      if (((set >>> number) & 1) != 0) {
        nearest = Math.min(nearest, Long.bitCount(number ^ now));
      }
    }
    for (long number = 0; number < Long.SIZE && number <= mask; number++) {
      if (((set >>> number) & 1) != 0 && Long.bitCount(number ^ now) == nearest) {
        give(field, mask, number);
      }
    }
  }

  private void differ(Condition.Part one, Condition.Part other, boolean to) {
    touch(one);
    touch(other);
    if (to) {
      turn(one.field(), Long.lowestOneBit(bits(one)));
      turn(other.field(), Long.lowestOneBit(bits(other)));
    } else {
      give(one, other.in(facts));
      give(other, one.in(facts));
    }
  }

  private void less(Condition.Part one, Condition.Part other, boolean to) {
    touch(one);
    touch(other);
    give(one, other.in(facts) - (to ? 1 : 0));
    give(other, one.in(facts) + (to ? 1 : 0));
  }

  /** The bits of the field that a part is made of. */
  private static long bits(Condition.Part part) {
    return shifted(part, part.mask()) & part.field().mask();
  }

  private static long shifted(Condition.Part part, long number) {
    return part.shift() < 0 ? number >>> -part.shift() : number << part.shift();
  }

  private void touch(Condition.Part part) {
    touch(part.field(), bits(part));
  }

  private void give(Condition.Part part, long number) {
    long bits = bits(part);
    long value = shifted(part, number) & bits;
    long back = (part.shift() < 0 ? value << -part.shift() : value >>> part.shift()) & part.mask();
    if (back == number) {
      give(part.field(), bits, value);
    }
  }

  private void aboveWidth(VmcsField field, long within, long mask, boolean to) {
    long above = entry.aboveAddressWidth;
    touch(field, within & (above | mask));
    touch(Capability.MAX_PHY_ADDR, ALL_BITS);
    long value = facts.value(field) & within;
    if (to) {
      turn(field, Long.lowestOneBit(mask & within & field.mask()));
      turn(field, Long.lowestOneBit(above & within & field.mask()));
      width(Long.SIZE - 1 - Long.numberOfLeadingZeros(value));
    } else {
      long wrong = value & (above | mask);
      give(field, wrong, 0);
      if ((wrong & mask) == 0) {
        width(Long.SIZE - Long.numberOfLeadingZeros(wrong));
      }
    }
  }

  private void width(int bits) {
    if (bits >= VmEntry.MIN_PHY_ADDR && bits <= VmEntry.MAX_PHY_ADDR) {
      lever(Capability.MAX_PHY_ADDR, ALL_BITS, bits);
    }
  }

  private void nonCanonical(Condition.NonCanonical of, boolean to) {
    long address = facts.value(of.field()) & of.within();
    boolean la57 = facts.holds(of.la57()) == Truth.YES;
    int width = la57 ? of.wide() : of.width();
    touch(of.field(), of.within() & (ALL_BITS << (width - 1)));
    circumstances[VmEntry.index(of.la57())] = true;
    if (to) {
      turn(of.field(), 1L << width);
    } else {
      long canonical = address << (Long.SIZE - width) >> (Long.SIZE - width);
      give(of.field(), (canonical ^ address) & of.within(), canonical);
    }
    int other = la57 ? of.width() : of.wide();
    if (Condition.NonCanonical.nonCanonical(address, Truth.NO, other, other) == to) {
      turn(of.la57());
    }
  }

  private void outside(Condition.Outside of, boolean to) {
    long allowed = facts.value(of.allowed());
    long value = facts.value(of.field());
    long judged = of.field().mask() & ~of.except();
    if (!to) {
      wrong(of.field(), 0, value & judged & ~allowed, of.allowed(), of.allowed(), 0);
      return;
    }
    touch(of.field(), judged & ~allowed);
    touch(of.allowed(), judged & value);
    each(of.field(), named(of.allowed()) & judged & ~allowed & ~value);
    each(of.allowed(), allowed & judged & value);
  }

  private void forbidden(VmcsField controls, Capability capability, boolean to) {
    long word = facts.value(capability);
    long ones = word & LOW_32;
    long may = word >>> Integer.SIZE;
    long value = facts.value(controls);
    if (!to) {
      wrong(controls, ones & ~value, value & ~(ones | may), capability, capability, Integer.SIZE);
      return;
    }
    touch(controls, ALL_BITS);
    touch(capability, ALL_BITS);
    long names = named(controls);
    each(controls, (value & ones) | (names & ~(value | ones | may)));
    each(capability, names & ~value & ~ones & may);
    each(capability, (names & value & ~ones & may) << Integer.SIZE);
  }

  private void notFixed(Condition.NotFixed of, boolean to) {
    long ones = facts.value(of.fixed0()) & ~of.free();
    long may = facts.value(of.fixed1());
    long value = facts.value(of.field());
    long judged = of.field().mask() & ~of.except();
    if (!to) {
      wrong(
          of.field(),
          ones & ~value & judged,
          value & ~(ones | may) & judged,
          of.fixed0(),
          of.fixed1(),
          0);
      return;
    }
    touch(of.field(), judged);
    touch(of.fixed0(), judged & ~of.free());
    touch(of.fixed1(), judged);
    long names = named(of.fixed1()) & judged;
    each(of.field(), judged & ((value & ones) | (names & ~(value | ones | may))));
    each(of.fixed0(), names & ~value & ~ones & may & ~of.free());
    each(of.fixed1(), names & value & ~ones & may);
  }

  /**
   * Bits of a word that are 0 and must be 1, and those that are 1 and may not: the lowest is in the way for
   * sure. It is put right, or the capability relaxed.
   *
   * @param shift how far above the bits that may be 1 stand in {@code may}
   */
  private void wrong(
      VmcsField field, long missing, long extra, Capability ones, Capability may, int shift) {
    long wrong = missing | extra;
    if (!entry.isKnown(field) || !entry.isKnown(ones) || !entry.isKnown(may)) {
      // Which of them are wrong for sure is not known.
      touch(field, wrong);
      touch(ones, ALL_BITS);
      touch(may, ALL_BITS);
      each(field, Long.bitCount(wrong) > FEW ? 0 : wrong);
      return;
    }
    long first = Long.lowestOneBit(wrong);
    touch(field, first);
    touch(ones, first);
    if (Long.bitCount(wrong) > FEW) {
      lever(field, wrong, missing);
    } else {
      turn(field, first);
    }
    if ((missing & first) != 0) {
      turn(ones, first);
    } else {
      touch(may, first << shift);
      turn(may, first << shift);
    }
  }

  private void unsupported(VmcsField controls, boolean to) {
    long refused = facts.refused(controls);
    long value = facts.value(controls);
    if (to) {
      touch(controls, refused);
      each(controls, refused & named(controls));
      return;
    }
    long wrong = value & refused;
    touch(controls, Long.lowestOneBit(wrong));
    if (Long.bitCount(wrong) > FEW) {
      lever(controls, wrong, 0);
    } else {
      turn(controls, Long.lowestOneBit(wrong));
    }
  }

  private void pat(VmcsField pat, boolean to) {
    if (to) {
      touch(pat, ALL_BITS);
      give(pat, PAT_BYTE, NO_MEMORY_TYPE);
      return;
    }
    long value = facts.value(pat);
    long first = 0;
    int wrong = 0;
    for (long of = PAT_BYTE; of != 0; of <<= Byte.SIZE) {
      if (Condition.BadPat.badPat(value & of)) {
        wrong++;
        first = first == 0 ? of : first;
      }
    }
    touch(pat, first);
    if (wrong > FEW) {
      give(pat, ALL_BITS, PAT_AT_RESET);
    } else {
      give(pat, first, WRITE_BACK << Long.numberOfTrailingZeros(first));
    }
  }

  /** Memory and the like are looked at: 0 or all ones, the revision of an eVMCS, and what is true or false. */
  private void anythingRead() {
    if (check == null) {
      return;
    }
    for (EntryFact fact : check.reads()) {
      switch (fact) {
        case VmcsField field -> touch(field, ALL_BITS);
        case Capability capability -> touch(capability, ALL_BITS);
        case Circumstance circumstance -> turn(circumstance);
      }
    }
    for (VmcsField field : check.fields()) {
      if (field == VmcsField.VMCS_LINK_POINTER) {
        give(field, ALL_BITS, ALL_BITS);
      } else if (field == VmcsField.REVISION_ID) {
        give(field, field.mask(), facts.value(field) == 1 ? 0 : 1);
      } else {
        give(field, field.mask(), facts.value(field) == 0 ? 1 : 0);
      }
    }
  }

  // What is touched, and levers.

  private void touch(VmcsField field, long mask) {
    fields[VmEntry.index(field)] |= mask & field.mask();
  }

  private void touch(Capability capability, long mask) {
    capabilities[VmEntry.index(capability)] |= mask;
  }

  /** Gives bits values: a whole field and a run of bits as a number, but for a run in which one differs. */
  private void give(VmcsField field, long mask, long value) {
    long bits = mask & field.mask();
    long changed = (facts.value(field) ^ value) & bits;
    long low = bits >>> Long.numberOfTrailingZeros(bits);
    boolean run = Long.bitCount(changed) > 1 && (low & (low + 1)) == 0;
    lever(field, changed != 0 && (run || bits == field.mask()) ? bits : changed, value);
  }

  private void each(VmcsField field, long mask) {
    for (long rest = mask & field.mask(); rest != 0; rest &= rest - 1) {
      turn(field, Long.lowestOneBit(rest));
    }
  }

  private void each(Capability capability, long mask) {
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      turn(capability, Long.lowestOneBit(rest));
    }
  }

  private void turn(VmcsField field, long bit) {
    lever(field, bit & field.mask(), ~facts.value(field));
  }

  private void turn(Capability capability, long bit) {
    if (capability == Capability.LAM) {
      lever(capability, ALL_BITS, 1 - facts.value(capability));
    } else {
      lever(capability, bit, ~facts.value(capability));
    }
  }

  private void turn(Circumstance circumstance) {
    circumstances[VmEntry.index(circumstance)] = true;
    lever(circumstance, ALL_BITS, facts.holds(circumstance) == Truth.YES ? 0 : 1);
  }

  private void lever(EntryFact fact, long mask, long value) {
    if (sink != null && mask != 0 && canBeGiven(fact)) {
      sink.lever(fact, mask, value & mask);
    }
  }

  private boolean canBeGiven(EntryFact fact) {
    return switch (fact) {
      case VmcsField field -> entry.isKnown(field) && (!entry.evmcs().isGiven() || field.takenFromEvmcs());
      case Capability capability -> entry.isKnown(capability);
      case Circumstance circumstance -> entry.isKnown(circumstance) && canBeGiven(circumstance);
    };
  }

  /** Some go with an ordinary VMCS, or with a bare CPU only. */
  private boolean canBeGiven(Circumstance circumstance) {
    return switch (circumstance) {
      case MEMORY, VMCS_POINTER -> false;
      case LAUNCHED, X2APIC -> mode != EntryMode.EVMCS;
      case SMM, TRACING, STI_BLOCKS_NMI, BLOCKS_MICROCODE_MSRS -> mode == EntryMode.BARE_CPU;
      default -> true;
    };
  }

  /** The controls of a word that have a name. */
  private static long named(VmcsField controls) {
    EvmcsField word = controls.evmcsField();
    long mask = 0;
    for (Control control : Control.values()) {
      if (control.field() == word) {
        mask |= 1L << control.bit();
      }
    }
    return mask;
  }

  /** The bits of a word that have a name of their own. */
  private static long named(Capability word) {
    return CapabilityBits.of(word).stream()
        .filter(bits -> bits.low() == bits.high())
        .mapToLong(CapabilityBits::mask)
        .reduce(0, (some, more) -> some | more);
  }
}
