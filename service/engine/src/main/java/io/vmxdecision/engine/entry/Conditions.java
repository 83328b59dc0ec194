package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.vmx.Control;
import java.util.ArrayList;
import java.util.List;

/** The vocabulary of the tables: makes {@link Condition}s. */
final class Conditions {
  private static final long ALL_BITS = -1L;
  private static final long HIGH_32 = 0xffff_ffff_0000_0000L;
  private static final long PAGE_OFFSET = 0xfff;
  private static final int EFER_LMA = 10;
  private static final long INJECTED = 1L << 31;
  private static final long TYPE = 7 << 8;
  private static final int TYPE_SHIFT = 8;
  private static final int TYPES = 8;
  private static final long VECTOR = 0xff;
  private static final int UNRESTRICTED_GUEST_ALLOWED = 32 + 7;
  private static final long PE_AND_PG = 1L << EntryFacts.CR0_PE | 1L << EntryFacts.CR0_PG;

  private Conditions() {}

  /** Every one holds. What is said of bits of the same field becomes one part. */
  static Condition allOf(Condition... parts) {
    List<Condition> fewer = new ArrayList<>();
    for (Condition part : parts) {
      if (part instanceof Condition.All all) {
        all.parts().forEach(each -> add(each, fewer));
      } else {
        add(part, fewer);
      }
    }
    return fewer.size() == 1 ? fewer.getFirst() : new Condition.All(List.copyOf(fewer));
  }

  private static void add(Condition part, List<Condition> to) {
    if (part instanceof Condition.Bits bits) {
      for (int i = 0; i < to.size(); i++) {
        if (to.get(i) instanceof Condition.Bits there && there.goesWith(bits)) {
          to.set(i, there.and(bits));
          return;
        }
      }
    }
    to.add(part);
  }

  static Condition anyOf(Condition... parts) {
    return anyOf(List.of(parts));
  }

  /** At least one holds: not every one does not. */
  static Condition anyOf(List<Condition> parts) {
    Condition none = allOf(parts.stream().map(Conditions::not).toArray(Condition[]::new));
    return none instanceof Condition.All all
        ? new Condition.Any(all.parts().stream().map(Conditions::not).toList())
        : not(none);
  }

  /** It does not hold. */
  static Condition not(Condition part) {
    return switch (part) {
      case Condition.Not not -> not.part();
      case Condition.Bits bits when bits.isOneBit() -> bits.flip();
      default -> new Condition.Not(part);
    };
  }

  /** Of two statements just one holds. */
  static Condition differ(Condition one, Condition other) {
    if (one instanceof Condition.Bits bit && other instanceof Condition.Bits otherBit
        && bit.isOneBit() && otherBit.isOneBit() && (bit.value() == 0) == (otherBit.value() == 0)) {
      return new Condition.Differ(bit.part(), otherBit.part());
    }
    return anyOf(allOf(one, not(other)), allOf(not(one), other));
  }

  /** What no other condition can express. */
  static Condition judged(Condition.Judge judge) {
    return new Condition.Judged(judge);
  }

  // Fields.

  /** The bits of {@code mask} have these values. */
  static Condition is(VmcsField field, long mask, long value) {
    return new Condition.Bits(field, mask & field.mask(), value & mask & field.mask());
  }

  /** Any bit of {@code mask} is set. */
  static Condition any(VmcsField field, long mask) {
    return not(is(field, mask, 0));
  }

  /** The bit is set. */
  static Condition bit(VmcsField field, int bit) {
    return is(field, 1L << bit, 1L << bit);
  }

  static Condition isZero(VmcsField field) {
    return is(field, ALL_BITS, 0);
  }

  /** Bits 63:32 are not all 0. */
  static Condition anyHigh(VmcsField field) {
    return any(field, HIGH_32);
  }

  /** The number in the bits {@code mask}, which begin with bit 0, is one of {@code set}, a bit each. */
  static Condition oneOf(VmcsField field, long mask, long set) {
    return new Condition.OneOf(field, mask, set);
  }

  /** Two fields differ. */
  static Condition differ(VmcsField one, VmcsField other) {
    return new Condition.Differ(
        new Condition.Part(one, 0, ALL_BITS), new Condition.Part(other, 0, ALL_BITS));
  }

  // Controls, capabilities and circumstances.

  /** The control is 1, and counts: a secondary one only if the primary ones activate them. */
  static Condition on(Control control) {
    Condition set = bit(EntryFacts.ofEvmcs(control.field()), control.bit());
    return control.isSecondary() ? allOf(set, on(Control.ACTIVATE_SECONDARY_CONTROLS)) : set;
  }

  static Condition off(Control control) {
    return not(on(control));
  }

  /** L2 runs in IA-32e mode. */
  static Condition ia32e() {
    return on(Control.ENTRY_IA_32E_MODE_GUEST);
  }

  /** L1 runs in 64-bit mode after an exit. */
  static Condition host64() {
    return on(Control.EXIT_HOST_ADDRESS_SPACE_SIZE);
  }

  static Condition ept() {
    return on(Control.ENABLE_EPT);
  }

  static Condition unrestricted() {
    return on(Control.UNRESTRICTED_GUEST);
  }

  static Condition bit(Capability capability, int bit) {
    return new Condition.Has(capability, bit);
  }

  static Condition holds(Circumstance circumstance) {
    return new Condition.Holds(circumstance);
  }

  /** A control that the capability MSR has as 1-only is 0, or one that it has as 0-only is 1. */
  static Condition forbidden(VmcsField controls, Capability capability) {
    return new Condition.Forbidden(controls, capability);
  }

  /** A control that the profile's L0 refuses in an eVMCS is 1, whether it counts or not. */
  static Condition unsupported(VmcsField controls) {
    return new Condition.Unsupported(controls);
  }

  /** A bit that is fixed to 1 is 0, or one fixed to 0 is 1; not of the bits {@code except}. */
  static Condition notFixed(VmcsField field, Capability fixed0, Capability fixed1, long except) {
    return new Condition.NotFixed(field, fixed0, fixed1, except, 0);
  }

  /**
   * {@link #notFixed} of guest CR0: PE and PG are free in an unrestricted guest, if L1 was offered one.
   *
   * @param except bits that are not looked at
   */
  static Condition guestCr0NotFixed(long except) {
    Condition free =
        allOf(unrestricted(), bit(Capability.VMX_PROCBASED_CTLS2, UNRESTRICTED_GUEST_ALLOWED));
    Condition fixed =
        new Condition.NotFixed(
            GUEST_CR0, Capability.VMX_CR0_FIXED0, Capability.VMX_CR0_FIXED1, except, 0);
    Condition partly =
        new Condition.NotFixed(
            GUEST_CR0, Capability.VMX_CR0_FIXED0, Capability.VMX_CR0_FIXED1, except, PE_AND_PG);
    // The first: what is wrong either way is wrong, even where it is not known which of the two holds.
    return anyOf(allOf(partly, fixed), allOf(partly, free), allOf(fixed, not(free)));
  }

  /** A bit outside the capability word is set, other than those of {@code except}. */
  static Condition outside(VmcsField field, Capability capability, long except) {
    return new Condition.Outside(field, capability, except);
  }

  // Addresses.

  /** A bit at or above the physical-address width is set, or one of {@code mask}. */
  static Condition aboveWidthOr(VmcsField field, long mask) {
    return new Condition.AboveWidthOr(field, ALL_BITS, mask);
  }

  /** No address of a page: bits 11:0 are not 0, or one at or above the physical-address width. */
  static Condition badPage(VmcsField field) {
    return aboveWidthOr(field, PAGE_OFFSET);
  }

  /** CR3 has a bit at or above the physical-address width; with LAM not 62:61. */
  static Condition badCr3(VmcsField field) {
    return anyOf(
        new Condition.AboveWidthOr(field, ~EntryFacts.LAM_BITS, 0),
        allOf(not(bit(Capability.LAM, 0)), any(field, EntryFacts.LAM_BITS)));
  }

  /** Not canonical for the CPU's linear-address width: 48, with 5-level paging 57. */
  static Condition nonCanonical(VmcsField field) {
    return nonCanonical(field, ALL_BITS, Circumstance.HOST_LA57, 48, 57);
  }

  /** Bits 63:width-1 of the bits {@code within} are not all equal; where {@code la57} holds, 63:wide-1. */
  static Condition nonCanonical(
      VmcsField field, long within, Circumstance la57, int width, int wide) {
    return new Condition.NonCanonical(field, within, la57, width, wide);
  }

  // Values of registers.

  /** A byte of a PAT is not a memory type. */
  static Condition badPat(VmcsField pat) {
    return new Condition.BadPat(pat);
  }

  static Condition virtual8086() {
    return bit(GUEST_RFLAGS, EntryFacts.RFLAGS_VM);
  }

  static Condition interruptsEnabled() {
    return bit(GUEST_RFLAGS, EntryFacts.RFLAGS_IF);
  }

  /** L2 uses PAE paging, for KVM: it looks at the EFER that is loaded, if one is. */
  static Condition paePagingForKvm() {
    Condition loads = on(Control.ENTRY_LOAD_IA32_EFER);
    return paePaging(anyOf(allOf(loads, bit(GUEST_IA32_EFER, EFER_LMA)), allOf(not(loads), ia32e())));
  }

  /** L2 uses PAE paging, for a CPU. */
  static Condition paePaging() {
    return paePaging(ia32e());
  }

  private static Condition paePaging(Condition longMode) {
    return allOf(
        bit(GUEST_CR0, EntryFacts.CR0_PG), bit(GUEST_CR4, EntryFacts.CR4_PAE), not(longMode));
  }

  /** A present PDPTE has a reserved bit. */
  static Condition badPdpte(VmcsField field) {
    return allOf(bit(field, 0), aboveWidthOr(field, EntryFacts.PDPTE_RESERVED));
  }

  // Event injection.

  /** An event is injected whose type, 0..7, is one of {@code types}, a bit each. */
  static Condition injects(int types) {
    List<Condition> each = new ArrayList<>();
    for (int type = 0; type < TYPES; type++) {
      if (((types >>> type) & 1) != 0) {
        each.add(injectsType(type));
      }
    }
    return allOf(injects(), anyOf(each));
  }

  /** An event of that type, 0..7, is injected. */
  static Condition injectsType(int type) {
    return is(VM_ENTRY_INTR_INFO_FIELD, INJECTED | TYPE, INJECTED | (long) type << TYPE_SHIFT);
  }

  /** Any event is injected. */
  static Condition injects() {
    return is(VM_ENTRY_INTR_INFO_FIELD, INJECTED, INJECTED);
  }

  /** The vector is one of the first 64 of {@code vectors}, a bit each. */
  static Condition vectorIn(long vectors) {
    return oneOf(VM_ENTRY_INTR_INFO_FIELD, VECTOR, vectors);
  }
}
