package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Truth.MAYBE;
import static io.vmxdecision.engine.entry.Truth.NO;
import static io.vmxdecision.engine.entry.Truth.YES;
import static io.vmxdecision.engine.entry.Truth.not;
import static io.vmxdecision.engine.entry.Truth.overlap;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;

/**
 * What checks are made of: statements about a {@link VmEntry}, each a {@link Truth}. Allocates nothing.
 */
final class EntryFacts {
  private static final int CAPABILITY_ALLOWED = 32;
  private static final long LOW_32 = 0xffff_ffffL;

  static final int CR0_PE = 0;
  static final int CR0_PG = 31;
  static final int CR4_PAE = 5;
  static final int RFLAGS_IF = 9;
  static final int RFLAGS_VM = 17;
  static final long LAM_BITS = 3L << 61;
  static final long PDPTE_RESERVED = 0x1e6;

  private static final VmcsField[] OF_EVMCS_FIELD = new VmcsField[EvmcsField.values().length];

  static {
    for (VmcsField field : VmcsField.values()) {
      EvmcsField there = field.evmcsField();
      if (there != null) {
        OF_EVMCS_FIELD[VmEntry.index(there)] = field;
      }
    }
  }

  private final VmEntry entry;
  private final long[] pdptes = new long[4];
  private final MsrLoadArea msrLoadArea = new MsrLoadArea();

  EntryFacts(VmEntry entry) {
    this.entry = entry;
  }

  // Fields.

  /** The value, zero-extended; 0 while it is unknown. */
  long value(VmcsField field) {
    return entry.value(field);
  }

  private long unknown(VmcsField field) {
    return entry.unknown(field);
  }

  /** Whether the value is known. */
  boolean known(VmcsField field) {
    return entry.isKnown(field);
  }

  boolean known(VmcsField one, VmcsField other) {
    return entry.isKnown(one) && entry.isKnown(other);
  }

  /** Any bit of {@code mask} is set. */
  int any(VmcsField field, long mask) {
    return overlap(value(field), unknown(field), mask, 0);
  }

  /** The bit is set. */
  int bit(VmcsField field, int bit) {
    return any(field, 1L << bit);
  }

  /** The bits of {@code mask} have these values. */
  int is(VmcsField field, long mask, long value) {
    long unknown = unknown(field);
    if (((value(field) ^ value) & mask & ~unknown) != 0) {
      return NO;
    }
    return (mask & unknown) == 0 ? YES : MAYBE;
  }

  // Controls.

  /** The control is 1, and counts: a secondary one only if the primary ones activate them. */
  int on(Control control) {
    int set = bit(ofEvmcs(control.field()), control.bit());
    return control.isSecondary() ? set & on(Control.ACTIVATE_SECONDARY_CONTROLS) : set;
  }

  static VmcsField ofEvmcs(EvmcsField field) {
    return OF_EVMCS_FIELD[VmEntry.index(field)];
  }

  // Capabilities and circumstances.

  long value(Capability capability) {
    return entry.capabilities[VmEntry.index(capability)];
  }

  boolean known(Capability capability) {
    return entry.unknownCapabilities[VmEntry.index(capability)] == 0;
  }

  int bit(Capability capability, int bit) {
    int index = VmEntry.index(capability);
    return overlap(
        entry.capabilities[index], entry.unknownCapabilities[index], 1L << bit, 0);
  }

  int holds(Circumstance circumstance) {
    return entry.circumstances[VmEntry.index(circumstance)];
  }

  /** The bits of a control word, in 31:0, that the profile's L0 refuses in an eVMCS. */
  long refused(VmcsField controls) {
    return entry.refused[indexOfControls(controls)];
  }

  static int indexOfControls(VmcsField controls) {
    return EvmcsControlChecks.WORDS.indexOf(controls);
  }

  // For compiled checks.

  /** All fields, see {@link VmcsField#word()}. */
  long[] words() {
    return entry.words;
  }

  /** All capabilities, by index. */
  long[] capabilities() {
    return entry.capabilities;
  }

  /** All circumstances, by index. */
  int[] circumstances() {
    return entry.circumstances;
  }

  /** The bits that no physical address has. */
  long aboveAddressWidth() {
    return entry.aboveAddressWidth;
  }

  /** Of each control word, by {@link #indexOfControls}, what the profile's L0 refuses in an eVMCS. */
  long[] refused() {
    return entry.refused;
  }

  boolean isBareCpu() {
    return entry.isBareCpu();
  }

  EntryInstruction instruction() {
    return entry.instruction();
  }

  boolean isEvmcsMapped() {
    return entry.isEvmcsMapped();
  }

  /** A control that the capability MSR has as 1-only is 0, or one that it has as 0-only is 1. */
  int forbidden(VmcsField field, Capability capability) {
    int index = VmEntry.index(capability);
    long word = entry.capabilities[index];
    long unknown = entry.unknownCapabilities[index];
    return notFixed(
        field,
        word & LOW_32,
        unknown & LOW_32,
        word >>> CAPABILITY_ALLOWED,
        unknown >>> CAPABILITY_ALLOWED,
        0);
  }

  /**
   * A bit that is fixed to 1 is 0, or one fixed to 0 is 1.
   *
   * @param except bits that are not looked at
   * @param free bits that need not be 1
   */
  int notFixed(VmcsField field, Capability fixed0, Capability fixed1, long except, long free) {
    int zero = VmEntry.index(fixed0);
    int one = VmEntry.index(fixed1);
    return notFixed(
        field,
        entry.capabilities[zero] & ~free,
        entry.unknownCapabilities[zero] & ~free,
        entry.capabilities[one],
        entry.unknownCapabilities[one],
        except);
  }

  private int notFixed(
      VmcsField field, long ones, long unknownOnes, long may, long unknownMay, long except) {
    long word = value(field);
    long unknown = unknown(field);
    long inField = field.mask() & ~except;
    long zeros = ~(word | unknown) & inField;
    long unknownMask = (unknownOnes | unknownMay) & ~(ones | may);
    int cleared = overlap(zeros, unknown & inField, ones, unknownOnes);
    int set =
        overlap(
            word & inField,
            unknown & inField,
            ~(ones | may | unknownOnes | unknownMay),
            unknownMask);
    return cleared | set;
  }

  /** A bit outside the capability word is set, other than those of {@code except}. */
  int outside(VmcsField field, Capability capability, long except) {
    int word = VmEntry.index(capability);
    long allowed = entry.capabilities[word];
    long unknown = entry.unknownCapabilities[word];
    return overlap(
        value(field),
        unknown(field),
        ~(allowed | unknown | except),
        unknown & ~except);
  }

  // Addresses.

  /** Of the bits {@code within} one at or above the physical-address width is set, or one of {@code mask}. */
  int aboveWidthOr(VmcsField field, long within, long mask) {
    return aboveWidthOr(value(field) & within, unknown(field) & within, mask);
  }

  private int aboveWidthOr(long word, long unknown, long mask) {
    return overlap(
        word, unknown, entry.aboveAddressWidth | mask, entry.unknownAddressWidth & ~mask);
  }

  /** The MSR area of that count and address is not aligned to 16 bytes or not within the width. */
  int badMsrArea(VmcsField count, VmcsField address) {
    int start = aboveWidthOr(address, -1L, 0xf);
    int end = MAYBE;
    if (known(count, address)) {
      end = aboveWidthOr(value(address) + value(count) * 16 - 1, 0, 0);
    }
    return start | end;
  }

  /** Bits 63:{@code width}-1 are not all equal; with {@code la57} bits 63:{@code wide}-1. */
  static int nonCanonical(long address, int la57, int width, int wide) {
    return Truth.of(!canonical(address, wide)) | (Truth.of(!canonical(address, width)) & not(la57));
  }

  private static boolean canonical(long address, int width) {
    long high = address >> (width - 1);
    return high == 0 || high == -1;
  }

  // Values of registers.

  /** A present PDPTE has a reserved bit. */
  private int badPdpte(long pdpte) {
    return overlap(pdpte, 0, 1, 0) & aboveWidthOr(pdpte, 0, PDPTE_RESERVED);
  }

  /** The PDPTEs at guest CR3 cannot be read, or one is bad. */
  int badPdptesInMemory() {
    if (!known(GUEST_CR3)) {
      return MAYBE;
    }
    if (!entry.memory().read(value(GUEST_CR3) & ~0x1fL, pdptes, pdptes.length)) {
      return unreadable();
    }
    int bad = NO;
    for (int i = 0; i < pdptes.length; i++) {
      bad |= badPdpte(pdptes[i]);
    }
    return bad;
  }

  // Memory.

  /** What it means that bytes are not there: KVM cannot read them; of a CPU they are unknown. */
  int unreadable() {
    return isBareCpu() ? MAYBE : YES;
  }

  /** The unsigned 32 bits at {@code gpa}, or -1. */
  long u32(long gpa) {
    return entry.memory().u32(gpa);
  }

  /** The byte at {@code gpa}, or -1. */
  int u8(long gpa) {
    return entry.memory().u8(gpa);
  }

  /** The VM-entry MSR-load area as it was read for this decision. */
  MsrLoadArea msrLoadArea() {
    return msrLoadArea;
  }

  /** L1's memory. */
  GuestMemory memory() {
    return entry.memory();
  }

  /** The VMCS pointer equals the link pointer. */
  int linkIsCurrent() {
    return Truth.ifKnown(
        entry.vmcsPointerKnown && known(VMCS_LINK_POINTER),
        entry.vmcsPointer == value(VMCS_LINK_POINTER));
  }
}
