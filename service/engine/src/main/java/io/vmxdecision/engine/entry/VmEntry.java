package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A VMLAUNCH or VMRESUME and all that its checks read: the VMCS, the capabilities, the state of the
 * vCPU that executes it, and L1's memory.
 *
 * <p>The VMCS is an enlightened one, if {@link #evmcs()} wraps a page, or else an ordinary one, given
 * field by field with {@link #field}. A field that is not given is unknown.
 *
 * <p>Reused: {@link #clear} makes it as new. Nothing is allocated after construction but what {@link
 * GuestMemory} needs to grow. Not thread-safe.
 */
public final class VmEntry {
  private static final long ALL_BITS = -1L;
  private static final Circumstance[] CIRCUMSTANCES = Circumstance.values();

  /** The bits of each word of an eVMCS that L0 takes from there. */
  private static final long[] TAKEN = new long[VmcsField.EVMCS_WORDS];

  static {
    for (int i = 0; i < VmcsField.count(); i++) {
      VmcsField field = VmcsField.at(i);
      if (field.evmcsField() != null && field.takenFromEvmcs()) {
        TAKEN[field.word()] |= field.mask() << field.shift();
      }
    }
  }

  /** The narrowest physical addresses of a CPU, in bits. */
  public static final int MIN_PHY_ADDR = 36;

  /** The widest. */
  public static final int MAX_PHY_ADDR = 52;

  private final EnlightenedVmcs evmcs = new EnlightenedVmcs();
  private final GuestMemory ownMemory = new GuestMemory();
  private GuestMemory memory = ownMemory;
  private final EntryFacts facts = new EntryFacts(this);

  /** The fields, see {@link VmcsField#word()}. One that is not given is 0. */
  final long[] words = new long[VmcsField.words()];

  // Bits that are not known are 0 in the value and 1 beside it.
  final long[] capabilities = new long[Capability.count()];
  final long[] unknownCapabilities = new long[Capability.count()];
  final int[] circumstances = new int[Circumstance.count()];
  final long[] refused = new long[EvmcsControlChecks.WORDS.size()];
  /** The bits that no physical address has, and those of which it is not known. */
  long aboveAddressWidth;

  long unknownAddressWidth;
  /** The L1 GPA of the current VMCS, if {@link #vmcsPointerKnown}. */
  long vmcsPointer;

  boolean vmcsPointerKnown;

  /** The fields that are not given, a bit each by index. */
  private final long[] missing = new long[wordsForBits(VmcsField.count())];

  /** Nothing is missing, as of an eVMCS that has been taken over. */
  private boolean allGiven;

  private EntryProfile profile = EntryProfile.KVM_6_12;
  private EntryInstruction instruction = EntryInstruction.VMLAUNCH;
  private int mapped;

  /** VMLAUNCH under {@link EntryProfile#KVM_6_12}, with an ordinary VMCS of which nothing is given. */
  public VmEntry() {
    clear(EntryProfile.KVM_6_12, EntryInstruction.VMLAUNCH);
  }

  /** Forgets everything; capabilities and circumstances are those of the profile. */
  public void clear(EntryProfile profile, EntryInstruction instruction) {
    this.profile = profile;
    for (int i = 0; i < refused.length; i++) {
      refused[i] = EvmcsControlChecks.refused(profile, EvmcsControlChecks.WORDS.get(i));
    }
    this.instruction = instruction;
    evmcs.unwrap();
    ownMemory.clear();
    memory = ownMemory;
    mapped = Truth.MAYBE;
    vmcsPointerKnown = false;
    Arrays.fill(words, 0);
    Arrays.fill(missing, ALL_BITS);
    allGiven = false;
    for (int i = 0; i < capabilities.length; i++) {
      Capability capability = Capability.at(i);
      boolean bare = profile == EntryProfile.SDM;
      capabilities[i] = bare ? capability.everywhere() : capability.byDefault();
      unknownCapabilities[i] = bare ? capability.differs() : 0;
    }
    deriveAddressWidth();
    for (Circumstance circumstance : CIRCUMSTANCES) {
      circumstances[index(circumstance)] = circumstance.byDefault(profile);
    }
  }

  /** Gives a field of an ordinary VMCS, the low bits of {@code value} as wide as the field. */
  public void field(VmcsField field, long value) {
    forget(field);
    words[field.word()] |= (value & field.mask()) << field.shift();
    missing[index(field) / Long.SIZE] &= ~(1L << index(field));
  }

  /** Takes a field back: it is unknown. */
  public void forget(VmcsField field) {
    words[field.word()] &= ~(field.mask() << field.shift());
    set(missing, index(field));
    allGiven = false;
  }

  /**
   * Gives a capability.
   *
   * @throws IllegalArgumentException when {@code maxPhyAddr} is not 36..52 or {@code lam} not 0 or 1
   */
  public void capability(Capability capability, long value) {
    if ((capability == Capability.MAX_PHY_ADDR && (value < MIN_PHY_ADDR || value > MAX_PHY_ADDR))
        || (capability == Capability.LAM && (value & ~1L) != 0)) {
      throw new IllegalArgumentException(capability.label() + " " + value);
    }
    capabilities[index(capability)] = value;
    unknownCapabilities[index(capability)] = 0;
    deriveAddressWidth();
  }

  /** Gives a circumstance. */
  public void circumstance(Circumstance circumstance, boolean holds) {
    circumstances[index(circumstance)] = Truth.of(holds);
  }

  /**
   * Says whether L0 still has this eVMCS mapped from an earlier entry. Left out, it has at VMRESUME, and
   * has not at VMLAUNCH.
   */
  public void evmcsMapped(boolean value) {
    mapped = Truth.of(value);
  }

  /** Gives the physical address of the current VMCS. */
  public void vmcsPointer(long value) {
    vmcsPointer = value;
    vmcsPointerKnown = true;
    circumstances[index(Circumstance.VMCS_POINTER)] = Truth.YES;
  }

  /** The enlightened VMCS, if one is given. */
  public EnlightenedVmcs evmcs() {
    return evmcs;
  }

  /** L1's guest-physical memory, under {@link EntryProfile#SDM} physical memory. */
  public GuestMemory memory() {
    return memory;
  }

  /** Takes the memory of {@code other}, which is not copied and must not change before the decision. */
  public void memory(GuestMemory other) {
    memory = other;
  }

  /** Who checks. */
  public EntryProfile profile() {
    return profile;
  }

  /** The instruction. */
  public EntryInstruction instruction() {
    return instruction;
  }

  /** Whether the value is known; of an eVMCS it is once the entry has been decided. */
  public boolean isKnown(VmcsField field) {
    int index = index(field);
    return ((missing[index / Long.SIZE] >>> index) & 1) == 0;
  }

  /** The value, zero-extended; 0 if it is not known. */
  public long value(VmcsField field) {
    return (words[field.word()] >>> field.shift()) & field.mask();
  }

  /** The bits that are not known: all or none. */
  long unknown(VmcsField field) {
    return isKnown(field) ? 0 : field.mask();
  }

  /** Whether the whole word is known: it was given, or the profile has a default. */
  public boolean isKnown(Capability capability) {
    return unknownCapabilities[index(capability)] == 0;
  }

  /** The word. Bits that are not known are 0. */
  public long value(Capability capability) {
    return capabilities[index(capability)];
  }

  /** Whether it was given, or the profile has a default. */
  public boolean isKnown(Circumstance circumstance) {
    return circumstances[index(circumstance)] != Truth.MAYBE;
  }

  /** Whether it holds; false while it is not known. Of the address of the VMCS: whether it is given. */
  public boolean holds(Circumstance circumstance) {
    return circumstances[index(circumstance)] == Truth.YES;
  }

  /** The physical address of the current VMCS; 0 while it is not known. */
  public long vmcsPointer() {
    return vmcsPointerKnown ? vmcsPointer : 0;
  }

  /** Whether L0 has the eVMCS mapped. */
  public boolean isEvmcsMapped() {
    return mapped == Truth.MAYBE ? instruction == EntryInstruction.VMRESUME : mapped == Truth.YES;
  }

  /** Whether one of these fields, a bit each by index, is not given. */
  boolean misses(long[] fields) {
    if (allGiven) {
      return false;
    }
    long missed = 0;
    for (int i = 0; i < fields.length; i++) {
      missed |= missing[i] & fields[i];
    }
    return missed != 0;
  }

  boolean isBareCpu() {
    return profile == EntryProfile.SDM;
  }

  /** What the checks read. An eVMCS is copied first, as L0 does, so that its page may change later. */
  EntryFacts facts() {
    if (evmcs.isGiven()) {
      takeEvmcs(); // and no MSR-load area, which L0 does not take from there
    } else {
      facts.msrLoadArea().read(facts);
    }
    return facts;
  }

  /**
   * Gives a field another value, for a try: in the eVMCS, if one is given, as in what the last decision took
   * from it.
   *
   * @throws IllegalArgumentException when L0 does not take the field from an eVMCS
   */
  public void change(VmcsField field, long value) {
    if (evmcs.isGiven()) {
      EvmcsField there = field.evmcsField();
      if (there == null || !field.takenFromEvmcs()) {
        throw new IllegalArgumentException(field.linuxName());
      }
      evmcs.value(there, value);
    }
    field(field, value);
  }

  /** What the checks of the last decision read. */
  EntryFacts readFacts() {
    return facts;
  }

  /**
   * Why {@code check} did not hold in the last decision on this entry: a sentence with fields, values and
   * bits. Allocates.
   */
  public String evidence(EntryCheck check) {
    return check.evidence(facts);
  }

  /** What {@code check} reads, with the values of the last decision on this entry. Allocates. */
  public String seen(EntryCheck check) {
    return check.reads().stream().map(this::seen).distinct().collect(Collectors.joining(", "));
  }

  private String seen(EntryFact fact) {
    return switch (fact) {
      case VmcsField field -> EntryEvidence.value(field, facts);
      case Capability capability -> EntryEvidence.value(capability, facts);
      case Circumstance circumstance -> circumstance.label()
          + switch (circumstances[index(circumstance)]) {
            case Truth.YES -> circumstance == Circumstance.VMCS_POINTER
                ? " " + EntryEvidence.hex(vmcsPointer)
                : " true";
            case Truth.NO -> " false";
            default -> circumstance == Circumstance.MEMORY ? "" : " (unknown)";
          };
    };
  }

  /** What {@code check} reads and is not known, in the last decision on this entry. Allocates. */
  public List<EntryFact> unknown(EntryCheck check) {
    Stream<EntryFact> reads = check.reads().stream();
    if (check.stage() == EntryStage.CPU && !isBareCpu()) {
      reads = Stream.concat(reads, VmEntryEngine.WHETHER_THE_CPU_ENTERS.stream()).distinct();
    }
    return reads.filter(fact -> !isFactKnown(fact)).toList();
  }

  private boolean isFactKnown(EntryFact fact) {
    return switch (fact) {
      case VmcsField field -> isKnown(field);
      case Capability capability -> isKnown(capability);
      case Circumstance circumstance -> isKnown(circumstance);
    };
  }

  private void takeEvmcs() {
    for (int i = 0; i < TAKEN.length; i++) {
      words[i] = evmcs.word(i * Long.BYTES) & TAKEN[i];
    }
    if (!allGiven) {
      Arrays.fill(missing, 0);
      allGiven = true;
    }
  }

  private void deriveAddressWidth() {
    int index = index(Capability.MAX_PHY_ADDR);
    if (unknownCapabilities[index] == 0) {
      aboveAddressWidth = ALL_BITS << capabilities[index];
      unknownAddressWidth = 0;
    } else {
      aboveAddressWidth = ALL_BITS << MAX_PHY_ADDR;
      unknownAddressWidth = (ALL_BITS << MIN_PHY_ADDR) & ~aboveAddressWidth;
    }
  }

  /** How many words hold so many bits. */
  static int wordsForBits(int bits) {
    return (bits + Long.SIZE - 1) / Long.SIZE;
  }

  /** Sets a bit of many words. */
  static void set(long[] bits, int index) {
    bits[index / Long.SIZE] |= 1L << index;
  }

  @SuppressWarnings("EnumOrdinal") // the arrays are per constant, and nobody stores an index
  static int index(Enum<?> constant) {
    return constant.ordinal();
  }
}
