package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.profile.EvmcsSupport;
import java.lang.classfile.Label;
import java.util.List;
import java.util.function.Consumer;

/**
 * A statement about a VM-entry, as data. What a check refuses is one. It is written once and judged in two
 * ways: by {@link #in} where something may be unknown, and by the code of {@link #jump}, which {@link
 * CompiledChecks} puts together, where all is known. Made by {@link Conditions}. Immutable.
 */
sealed interface Condition {
  /** Whether it holds: a {@link Truth}. Allocates nothing. */
  int in(EntryFacts facts);

  /** Adds code that goes to {@code target} when the statement's truth is {@code when}, and else goes on. */
  void jump(ConditionCode code, Label target, boolean when);

  /** Every one holds. None is looked at after one that does not. */
  record All(List<Condition> parts) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      int truth = Truth.YES;
      for (int i = 0; i < parts.size() && truth != Truth.NO; i++) {
        truth &= parts.get(i).in(facts);
      }
      return truth;
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      Label end = when ? code.label() : target;
      for (int i = 0; i < parts.size(); i++) {
        boolean last = i == parts.size() - 1;
        parts.get(i).jump(code, last ? target : end, last && when);
      }
      if (when) {
        code.at(end);
      }
    }
  }

  /** At least one holds. None is looked at after one that does. */
  record Any(List<Condition> parts) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      int truth = Truth.NO;
      for (int i = 0; i < parts.size() && truth != Truth.YES; i++) {
        truth |= parts.get(i).in(facts);
      }
      return truth;
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      Label end = when ? target : code.label();
      for (int i = 0; i < parts.size(); i++) {
        boolean last = i == parts.size() - 1;
        parts.get(i).jump(code, last ? target : end, !last || when);
      }
      if (!when) {
        code.at(end);
      }
    }
  }

  /** It does not hold. */
  record Not(Condition part) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return Truth.not(part.in(facts));
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      part.jump(code, target, !when);
    }
  }

  /** The bits {@code mask} of the field are those of {@code value}. */
  record Bits(VmcsField field, long mask, long value) implements Condition {
    /** Whether it is about one bit. */
    boolean isOneBit() {
      return Long.bitCount(mask) == 1;
    }

    /** What it says of each bit alone. */
    void forEachBit(Consumer<Bits> use) {
      for (long left = mask; left != 0; left &= left - 1) {
        long bit = Long.lowestOneBit(left);
        use.accept(new Bits(field, bit, value & bit));
      }
    }

    /** The one bit is the other way. */
    Bits flip() {
      return new Bits(field, mask, value ^ mask);
    }

    /** The one bit as a number. */
    Part part() {
      return new Part(field, Long.numberOfTrailingZeros(mask), 1);
    }

    /** Whether the other is about the same field, and both can hold. */
    boolean goesWith(Bits other) {
      return field == other.field && ((value ^ other.value) & mask & other.mask) == 0;
    }

    /** Both hold. */
    Bits and(Bits other) {
      return new Bits(field, mask | other.mask, value | other.value);
    }

    @Override
    public int in(EntryFacts facts) {
      return facts.is(field, mask, value);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.ifEqual(field, mask, value, target, when);
    }
  }

  /** The field's number in the bits {@code mask}, which begin with bit 0, is one of a set of 0..63. */
  record OneOf(VmcsField field, long mask, long set) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return Truth.ifKnown(facts.known(field), contains(facts.value(field) & mask, set));
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(field).push(mask).and().push(set).ifTrue(OneOf.class, "contains", "(JJ)Z", target, when);
    }

    static boolean contains(long number, long set) {
      return number < Long.SIZE && ((set >>> number) & 1) != 0;
    }
  }

  /** Some bits of a field as a number: {@code mask} of its value shifted right, or left if negative. */
  record Part(VmcsField field, int shift, long mask) {
    long in(EntryFacts facts) {
      long value = facts.value(field);
      return (shift < 0 ? value << -shift : value >>> shift) & mask;
    }
  }

  /** Two numbers differ. */
  record Differ(Part one, Part other) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return Truth.ifKnown(facts.known(one.field, other.field), one.in(facts) != other.in(facts));
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(one).push(other).ifDiffer(target, when);
    }
  }

  /** One number, not negative, is less than another. */
  record Less(Part one, Part other) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return Truth.ifKnown(facts.known(one.field, other.field), one.in(facts) < other.in(facts));
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(one).push(other).ifLess(target, when);
    }
  }

  /** One of the field's bits {@code within} is at or above the physical-address width, or in {@code mask}. */
  record AboveWidthOr(VmcsField field, long within, long mask) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.aboveWidthOr(field, within, mask);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(field).push(within).and().pushAboveWidth().push(mask).or().and().ifZero(target, !when);
    }
  }

  /** The address in the bits {@code within} is not canonical for {@code width} bits, or for {@code wide}. */
  record NonCanonical(VmcsField field, long within, Circumstance la57, int width, int wide)
      implements
        Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.known(field)
          ? EntryFacts.nonCanonical(facts.value(field) & within, facts.holds(la57), width, wide)
          : Truth.MAYBE;
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(field).push(within).and().push(la57).push(width, wide)
          .ifTrue(NonCanonical.class, "nonCanonical", "(JIII)Z", target, when);
    }

    static boolean nonCanonical(long address, int la57, int width, int wide) {
      long high = address >> ((la57 == Truth.YES ? wide : width) - 1);
      return high != 0 && high != -1;
    }
  }

  /** The capability has that bit. */
  record Has(Capability capability, int bit) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.bit(capability, bit);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(capability).push(1L << bit).and().ifZero(target, !when);
    }
  }

  /** The circumstance holds. */
  record Holds(Circumstance circumstance) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.holds(circumstance);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(circumstance).ifYes(target, when);
    }
  }

  /** A bit outside the capability word is set, other than those of {@code except}. */
  record Outside(VmcsField field, Capability allowed, long except) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.outside(field, allowed, except);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(field).push(allowed).push(except).or().andNot().ifZero(target, !when);
    }
  }

  /** A control that the capability MSR has as 1-only is 0, or one that it has as 0-only is 1. */
  record Forbidden(VmcsField controls, Capability capability) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.forbidden(controls, capability);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(controls).push(capability).ifTrue(Forbidden.class, "forbidden", "(JJ)Z", target, when);
    }

    static boolean forbidden(long controls, long capability) {
      int ones = (int) capability;
      int may = (int) (capability >>> Integer.SIZE);
      int word = (int) controls;
      return ((ones & ~word) | (word & ~(ones | may))) != 0;
    }
  }

  /** A bit fixed to 1 is 0, or one fixed to 0 is 1. Not looked at: {@code except}; need not be 1: {@code free}. */
  record NotFixed(VmcsField field, Capability fixed0, Capability fixed1, long except, long free)
      implements
        Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.notFixed(field, fixed0, fixed1, except, free);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(field).push(fixed0).push(fixed1).push(except).push(free).ifTrue(NotFixed.class, "notFixed",
          "(JJJJJ)Z", target, when);
    }

    static boolean notFixed(long word, long fixed0, long fixed1, long except, long free) {
      long ones = fixed0 & ~free;
      return (((ones & ~word) | (word & ~(ones | fixed1))) & ~except) != 0;
    }
  }

  /** A byte of a PAT is not a memory type: 0, 1, 4, 5, 6 or 7. */
  record BadPat(VmcsField pat) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return Truth.ifKnown(facts.known(pat), badPat(facts.value(pat)));
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(pat).ifTrue(BadPat.class, "badPat", "(J)Z", target, when);
    }

    static boolean badPat(long pat) {
      long high = pat & 0xf8f8_f8f8_f8f8_f8f8L;
      long twoOrThree = (pat >>> 1) & ~(pat >>> 2) & 0x0101_0101_0101_0101L;
      return (high | twoOrThree) != 0;
    }
  }

  /** A control is 1 that the profile's L0 refuses in an eVMCS, see {@link EvmcsSupport}. */
  record Unsupported(VmcsField controls) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return facts.any(controls, facts.refused(controls));
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.push(controls).pushRefused(controls).and().ifZero(target, !when);
    }
  }

  /** Anything else: what reads memory, and what is asked seldom. */
  record Judged(Judge judge) implements Condition {
    @Override
    public int in(EntryFacts facts) {
      return judge.of(facts);
    }

    @Override
    public void jump(ConditionCode code, Label target, boolean when) {
      code.call(this).ifYes(target, when);
    }
  }

  /** Judges what no other condition can express. */
  interface Judge {
    /** A {@link Truth}. Allocates nothing. */
    int of(EntryFacts facts);
  }
}
