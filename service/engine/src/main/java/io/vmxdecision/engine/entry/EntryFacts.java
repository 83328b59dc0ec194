package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Truth.MAYBE;
import static io.vmxdecision.engine.entry.Truth.NO;
import static io.vmxdecision.engine.entry.Truth.YES;
import static io.vmxdecision.engine.entry.Truth.not;
import static io.vmxdecision.engine.entry.Truth.overlap;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.InterruptionInfo;

/**
 * What checks are made of: statements about a {@link VmEntry}, each a {@link Truth}. Allocates nothing.
 */
final class EntryFacts {
  private static final long PAGE_OFFSET = 0xfff;
  private static final int CAPABILITY_ALLOWED = 32;
  private static final long LOW_32 = 0xffff_ffffL;
  private static final long HIGH_32 = ~LOW_32;

  /** Primary bit 31: the secondary controls count. */
  private static final int ACTIVATED = 31;

  static final int CR0_PE = 0;
  static final int CR0_PG = 31;
  static final int CR4_PAE = 5;
  static final int RFLAGS_IF = 9;
  static final int RFLAGS_VM = 17;
  static final long LAM_BITS = 3L << 61;

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
  private final long[] words = new long[2];
  private final MsrLoadArea msrLoadArea = new MsrLoadArea();

  // The control words; of the secondary ones those that count. Bits that are not known are 0.
  private long pin;
  private long unknownPin;
  private long primary;
  private long unknownPrimary;
  private long secondary;
  private long unknownSecondary;
  private long exit;
  private long unknownExit;
  private long entryControls;
  private long unknownEntry;

  EntryFacts(VmEntry entry) {
    this.entry = entry;
  }

  // Fields.

  /** The value, zero-extended; 0 while it is unknown. */
  long value(VmcsField field) {
    return entry.values[VmEntry.index(field)];
  }

  /** Whether the value is known. */
  boolean known(VmcsField field) {
    return entry.unknowns[VmEntry.index(field)] == 0;
  }

  boolean known(VmcsField one, VmcsField other) {
    return (entry.unknowns[VmEntry.index(one)] | entry.unknowns[VmEntry.index(other)]) == 0;
  }

  /** Any bit of {@code mask} is set. */
  int any(VmcsField field, long mask) {
    int index = VmEntry.index(field);
    return overlap(entry.values[index], entry.unknowns[index], mask, 0);
  }

  /** The bit is set. */
  int bit(VmcsField field, int bit) {
    return any(field, 1L << bit);
  }

  /** The bits of {@code mask} have these values. */
  int is(VmcsField field, long mask, long value) {
    int index = VmEntry.index(field);
    long unknown = entry.unknowns[index];
    if (((entry.values[index] ^ value) & mask & ~unknown) != 0) {
      return NO;
    }
    return (mask & unknown) == 0 ? YES : MAYBE;
  }

  int isZero(VmcsField field) {
    return not(any(field, -1L));
  }

  /** Bits 63:32 are not all 0. */
  int anyHigh(VmcsField field) {
    return any(field, HIGH_32);
  }

  // Controls.

  /** Looks at the control words once per decision: nearly every check asks them. */
  void readControls() {
    pin = value(PIN_BASED_VM_EXEC_CONTROL);
    unknownPin = unknown(PIN_BASED_VM_EXEC_CONTROL);
    primary = value(CPU_BASED_VM_EXEC_CONTROL);
    unknownPrimary = unknown(CPU_BASED_VM_EXEC_CONTROL);
    exit = value(VM_EXIT_CONTROLS);
    unknownExit = unknown(VM_EXIT_CONTROLS);
    entryControls = value(VM_ENTRY_CONTROLS);
    unknownEntry = unknown(VM_ENTRY_CONTROLS);
    int activated = overlap(primary, unknownPrimary, 1L << ACTIVATED, 0);
    long word = value(SECONDARY_VM_EXEC_CONTROL);
    long unknown = unknown(SECONDARY_VM_EXEC_CONTROL);
    secondary = activated == YES ? word : 0;
    unknownSecondary = activated == YES ? unknown : activated == NO ? 0 : word | unknown;
  }

  private long unknown(VmcsField field) {
    return entry.unknowns[VmEntry.index(field)];
  }

  /** The control is 1, and counts: a secondary one only if the primary ones activate them. */
  int on(Control control) {
    long bit = 1L << control.bit();
    return switch (control.field()) {
      case PIN_BASED_VM_EXEC_CONTROL -> overlap(pin, unknownPin, bit, 0);
      case CPU_BASED_VM_EXEC_CONTROL -> overlap(primary, unknownPrimary, bit, 0);
      case SECONDARY_VM_EXEC_CONTROL -> overlap(secondary, unknownSecondary, bit, 0);
      case VM_EXIT_CONTROLS -> overlap(exit, unknownExit, bit, 0);
      default -> overlap(entryControls, unknownEntry, bit, 0);
    };
  }

  int off(Control control) {
    return not(on(control));
  }

  static VmcsField ofEvmcs(EvmcsField field) {
    return OF_EVMCS_FIELD[VmEntry.index(field)];
  }

  /** L2 runs in IA-32e mode. */
  int ia32e() {
    return on(Control.ENTRY_IA_32E_MODE_GUEST);
  }

  /** L1 runs in 64-bit mode after an exit. */
  int host64() {
    return on(Control.EXIT_HOST_ADDRESS_SPACE_SIZE);
  }

  int ept() {
    return on(Control.ENABLE_EPT);
  }

  int unrestricted() {
    return on(Control.UNRESTRICTED_GUEST);
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

  /** A bit that is fixed to 1 is 0, or one fixed to 0 is 1; not of the bits {@code except}. */
  int notFixed(VmcsField field, Capability fixed0, Capability fixed1, long except) {
    int zero = VmEntry.index(fixed0);
    int one = VmEntry.index(fixed1);
    return notFixed(
        field,
        entry.capabilities[zero],
        entry.unknownCapabilities[zero],
        entry.capabilities[one],
        entry.unknownCapabilities[one],
        except);
  }

  private int notFixed(
      VmcsField field, long ones, long unknownOnes, long may, long unknownMay, long except) {
    int index = VmEntry.index(field);
    long word = entry.values[index];
    long unknown = entry.unknowns[index];
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

  /**
   * {@link #notFixed} of guest CR0: PE and PG are free in an unrestricted guest, if L1 was offered one.
   *
   * @param except bits that are not looked at
   */
  int guestCr0NotFixed(long except) {
    int free = unrestricted() & bit(Capability.VMX_PROCBASED_CTLS2, CAPABILITY_ALLOWED + 7);
    long protectedAndPaged = 1L << CR0_PE | 1L << CR0_PG;
    int index = VmEntry.index(Capability.VMX_CR0_FIXED0);
    int may = VmEntry.index(Capability.VMX_CR0_FIXED1);
    long ones = entry.capabilities[index];
    long unknownOnes = entry.unknownCapabilities[index];
    if (free != NO) {
      unknownOnes = free == YES
          ? unknownOnes & ~protectedAndPaged
          : unknownOnes | (ones & protectedAndPaged);
      ones &= ~protectedAndPaged;
    }
    return notFixed(
        GUEST_CR0,
        ones,
        unknownOnes,
        entry.capabilities[may],
        entry.unknownCapabilities[may],
        except);
  }

  /** A bit outside the capability word is set, other than those of {@code except}. */
  int outside(VmcsField field, Capability capability, long except) {
    int index = VmEntry.index(field);
    int word = VmEntry.index(capability);
    long allowed = entry.capabilities[word];
    long unknown = entry.unknownCapabilities[word];
    return overlap(
        entry.values[index],
        entry.unknowns[index],
        ~(allowed | unknown | except),
        unknown & ~except);
  }

  // Addresses.

  /** A bit at or above the physical-address width is set, or one of {@code mask}. */
  int aboveWidthOr(VmcsField field, long mask) {
    int index = VmEntry.index(field);
    return aboveWidthOr(entry.values[index], entry.unknowns[index], mask);
  }

  int aboveWidthOr(long word, long unknown, long mask) {
    return overlap(
        word, unknown, entry.aboveAddressWidth | mask, entry.unknownAddressWidth & ~mask);
  }

  /** No address of a page: bits 11:0 are not 0, or one at or above the physical-address width. */
  int badPage(VmcsField field) {
    return aboveWidthOr(field, PAGE_OFFSET);
  }

  /** CR3 has a bit at or above the physical-address width; with LAM not 62:61. */
  int badCr3(VmcsField field) {
    int lam = bit(Capability.LAM, 0);
    int index = VmEntry.index(field);
    long word = entry.values[index];
    long unknown = entry.unknowns[index];
    int below = aboveWidthOr(word & ~LAM_BITS, unknown & ~LAM_BITS, 0);
    return below | (not(lam) & any(field, LAM_BITS));
  }

  /** The MSR area of that count and address is not aligned to 16 bytes or not within the width. */
  int badMsrArea(VmcsField count, VmcsField address) {
    int some = not(isZero(count));
    int start = aboveWidthOr(address, 0xf);
    int end = MAYBE;
    if (known(count, address)) {
      end = aboveWidthOr(value(address) + value(count) * 16 - 1, 0, 0);
    }
    return some & (start | end);
  }

  /** Not canonical for the CPU's linear-address width: 48, with 5-level paging 57. */
  int nonCanonical(VmcsField field) {
    return nonCanonical(field, holds(Circumstance.HOST_LA57), 48, 57);
  }

  /** Bits 63:47 are not all equal; with {@code la57} bits 63:56. */
  int nonCanonical(VmcsField field, int la57, int width, int wide) {
    if (!known(field)) {
      return MAYBE;
    }
    return nonCanonical(value(field), la57, width, wide);
  }

  static int nonCanonical(long address, int la57, int width, int wide) {
    return Truth.of(!canonical(address, wide)) | (Truth.of(!canonical(address, width)) & not(la57));
  }

  private static boolean canonical(long address, int width) {
    long high = address >> (width - 1);
    return high == 0 || high == -1;
  }

  // Values of registers.

  /** A byte of a PAT is not a memory type: 0, 1, 4, 5, 6 or 7. */
  int badPat(VmcsField field) {
    if (!known(field)) {
      return MAYBE;
    }
    long word = value(field);
    long high = word & 0xf8f8_f8f8_f8f8_f8f8L;
    long twoOrThree = (word >>> 1) & ~(word >>> 2) & 0x0101_0101_0101_0101L;
    return Truth.of((high | twoOrThree) != 0);
  }

  int virtual8086() {
    return bit(GUEST_RFLAGS, RFLAGS_VM);
  }

  int interruptsEnabled() {
    return bit(GUEST_RFLAGS, RFLAGS_IF);
  }

  /** L2 uses PAE paging. KVM looks at the EFER that is loaded, a CPU at the control. */
  int paePaging() {
    int longMode = ia32e();
    if (!isBareCpu()) {
      int loads = on(Control.ENTRY_LOAD_IA32_EFER);
      longMode = (loads & bit(GUEST_IA32_EFER, 10)) | (not(loads) & longMode);
    }
    return bit(GUEST_CR0, CR0_PG) & bit(GUEST_CR4, CR4_PAE) & not(longMode);
  }

  /** A present PDPTE has a reserved bit. */
  int badPdpte(long pdpte, long unknown) {
    int present = overlap(pdpte, unknown, 1, 0);
    return present & aboveWidthOr(pdpte, unknown, 0x1e6);
  }

  int badPdpte(VmcsField field) {
    return badPdpte(value(field), entry.unknowns[VmEntry.index(field)]);
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
      bad |= badPdpte(pdptes[i], 0);
    }
    return bad;
  }

  // Event injection.

  /** An event is injected whose type, 0..7, is one of {@code types}, a bit each. */
  int injects(int types) {
    if (!known(VM_ENTRY_INTR_INFO_FIELD)) {
      return MAYBE;
    }
    int info = (int) value(VM_ENTRY_INTR_INFO_FIELD);
    return Truth.of(
        InterruptionInfo.isValid(info) && ((types >>> InterruptionInfo.type(info)) & 1) != 0);
  }

  /** An event of that type is injected. */
  int injectsType(int type) {
    return injects(1 << type);
  }

  /** Any event is injected. */
  int injects() {
    return bit(VM_ENTRY_INTR_INFO_FIELD, 31);
  }

  /** The vector is one of the first 64 of {@code vectors}, a bit each. */
  int vectorIn(long vectors) {
    if (!known(VM_ENTRY_INTR_INFO_FIELD)) {
      return MAYBE;
    }
    int vector = InterruptionInfo.vector((int) value(VM_ENTRY_INTR_INFO_FIELD));
    return Truth.of(vector < Long.SIZE && ((vectors >>> vector) & 1) != 0);
  }

  // Memory.

  /** What it means that bytes are not there: KVM cannot read them; of a CPU they are unknown. */
  int unreadable() {
    return isBareCpu() ? MAYBE : YES;
  }

  /** The unsigned 32 bits at {@code gpa}, or -1. */
  long u32(long gpa) {
    long word = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      int one = u8(gpa + i);
      if (one < 0) {
        return -1;
      }
      word |= (long) one << (i * Byte.SIZE);
    }
    return word;
  }

  /** The byte at {@code gpa}, or -1. */
  int u8(long gpa) {
    return entry.memory().u8(gpa);
  }

  /** The VM-entry MSR-load area as it was read for this decision. */
  MsrLoadArea msrLoadArea() {
    return msrLoadArea;
  }

  /** Reads the 16 bytes at {@code gpa}. */
  boolean readMsrEntry(long gpa) {
    return entry.memory().read(gpa, words, words.length);
  }

  /** The index of the entry that was read last, 32 bits. */
  long msrIndex() {
    return words[0] & LOW_32;
  }

  /** The reserved word of the entry that was read last, 32 bits. */
  long msrReserved() {
    return words[0] >>> Integer.SIZE;
  }

  /** The VMCS pointer equals the link pointer. */
  int linkIsCurrent() {
    return Truth.ifKnown(
        entry.vmcsPointerKnown && known(VMCS_LINK_POINTER),
        entry.vmcsPointer == value(VMCS_LINK_POINTER));
  }
}
