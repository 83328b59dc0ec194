package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.CapabilityBits;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryFact;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The single changes to what a check of a VM-entry says that it reads, as far as it is known:
 *
 * <ul>
 *   <li>controls, CR0, CR4, IA32_EFER, IA32_DEBUGCTL, IA32_PERF_GLOBAL_CTRL, RFLAGS, access rights, the injected
 *       event, interruptibility and pending debug exceptions: a bit that has a name is turned over, another that
 *       is set is cleared
 *   <li>selectors: a bit of RPL, TI or the lowest of the index is turned over
 *   <li>other fields of 64 bits: 0; the nearest canonical address; the page, within the physical-address width
 *   <li>other fields of 16 or 32 bits: 0; a bit that is set is cleared
 *   <li>by themselves: revision_id 1; the activity state 0 to 3; the instruction length 0 or 1; a limit 0x67,
 *       0xffff, 0xfffff or 0xffffffff; IA32_PAT 0x0007040600070406; the VPID 1; the link pointer all ones; the
 *       EPT pointer with a memory type of 6 and a page-walk length of 4
 *   <li>capabilities: what is demanded and need not be, what could be allowed and is not; maxPhyAddr 52
 *   <li>circumstances: the other way
 * </ul>
 */
final class EntryVocabulary {
  private static final long RFLAGS = 1 << 1 | 1 << 8 | 1 << 9 | 1 << 17;
  private static final long ACCESS_RIGHTS = 0x1_f0ff;
  private static final long SELECTOR = 0xf;
  private static final long EVENT = 0x8000_0fffL;
  private static final long INTERRUPTIBILITY = 0x1f;
  private static final long PENDING_DEBUG = 0x1_500f;
  private static final long PAT_AT_RESET = 0x0007_0406_0007_0406L;
  private static final long WRITE_BACK_BY_4_LEVELS = 0x1e;
  private static final int EPT_ACCESSED_DIRTY = 6;
  private static final int CANONICAL_BITS = 48;

  private final VmEntry entry;
  private final Set<Change<EntryPlace>> changes = new LinkedHashSet<>();

  private EntryVocabulary(VmEntry entry) {
    this.entry = entry;
  }

  /** The changes to what {@code check} reads of {@code entry}, which was decided on and is not changed now. */
  static List<Change<EntryPlace>> of(EntryCheck check, VmEntry entry) {
    EntryVocabulary vocabulary = new EntryVocabulary(entry);
    check.reads().forEach(vocabulary::add);
    return List.copyOf(vocabulary.changes);
  }

  private void add(EntryFact fact) {
    switch (fact) {
      case VmcsField field -> {
        if (entry.isKnown(field) && (!entry.evmcs().isGiven() || field.takenFromEvmcs())) {
          field(field, entry.value(field));
        }
      }
      case Capability capability -> {
        if (entry.isKnown(capability)) {
          capability(capability, entry.value(capability));
        }
      }
      case Circumstance circumstance -> {
        if (entry.isKnown(circumstance) && mayBeGiven(circumstance)) {
          long value = entry.holds(circumstance) ? 1 : 0;
          change(new EntryPlace.Condition(circumstance), Change.WHOLE, value, 1 - value);
        }
      }
    }
  }

  /** Some go with an ordinary VMCS, or with a bare CPU only. */
  private boolean mayBeGiven(Circumstance circumstance) {
    boolean bare = entry.profile() == EntryProfile.SDM;
    return switch (circumstance) {
      case MEMORY, VMCS_POINTER -> false;
      case LAUNCHED, X2APIC -> bare || !entry.evmcs().isGiven();
      case SMM, TRACING, STI_BLOCKS_NMI, BLOCKS_MICROCODE_MSRS -> bare;
      default -> true;
    };
  }

  private void field(VmcsField field, long value) {
    Capability word = new EntryPlace.Field(field).word();
    if (word != null) {
      bits(field, value, named(word));
      return;
    }
    switch (field) {
      case PIN_BASED_VM_EXEC_CONTROL, CPU_BASED_VM_EXEC_CONTROL, SECONDARY_VM_EXEC_CONTROL, VM_EXIT_CONTROLS,
          VM_ENTRY_CONTROLS ->
        bits(field, value, controls(field));
      case GUEST_RFLAGS -> bits(field, value, RFLAGS);
      case GUEST_ES_AR_BYTES, GUEST_CS_AR_BYTES, GUEST_SS_AR_BYTES, GUEST_DS_AR_BYTES, GUEST_FS_AR_BYTES,
          GUEST_GS_AR_BYTES,
          GUEST_LDTR_AR_BYTES,
          GUEST_TR_AR_BYTES ->
        bits(field, value, ACCESS_RIGHTS);
      case GUEST_ES_SELECTOR, GUEST_CS_SELECTOR, GUEST_SS_SELECTOR, GUEST_DS_SELECTOR, GUEST_FS_SELECTOR,
          GUEST_GS_SELECTOR,
          GUEST_LDTR_SELECTOR,
          GUEST_TR_SELECTOR,
          HOST_ES_SELECTOR,
          HOST_CS_SELECTOR,
          HOST_SS_SELECTOR,
          HOST_DS_SELECTOR,
          HOST_FS_SELECTOR,
          HOST_GS_SELECTOR,
          HOST_TR_SELECTOR ->
        turn(field, value, SELECTOR);
      case GUEST_ES_LIMIT, GUEST_CS_LIMIT, GUEST_SS_LIMIT, GUEST_DS_LIMIT, GUEST_FS_LIMIT, GUEST_GS_LIMIT,
          GUEST_LDTR_LIMIT,
          GUEST_TR_LIMIT,
          GUEST_GDTR_LIMIT,
          GUEST_IDTR_LIMIT ->
        values(field, value, 0x67, 0xffff, 0xf_ffff, 0xffff_ffffL);
      case VM_ENTRY_INTR_INFO_FIELD -> bits(field, value, EVENT);
      case GUEST_INTERRUPTIBILITY_INFO -> bits(field, value, INTERRUPTIBILITY);
      case GUEST_PENDING_DBG_EXCEPTIONS -> bits(field, value, PENDING_DEBUG);
      case GUEST_ACTIVITY_STATE -> values(field, value, 0, 1, 2, 3);
      case VM_ENTRY_INSTRUCTION_LEN -> values(field, value, 0, 1);
      case VIRTUAL_PROCESSOR_ID -> values(field, value, 1);
      case VMCS_LINK_POINTER -> values(field, value, -1L);
      case REVISION_ID -> values(field, value, EnlightenedVmcs.REVISION_EVMCS_1);
      case GUEST_IA32_PAT, HOST_IA32_PAT -> values(field, value, PAT_AT_RESET);
      case EPT_POINTER -> {
        turn(field, value, 1 << EPT_ACCESSED_DIRTY);
        values(field, value, page(value) | WRITE_BACK_BY_4_LEVELS);
      }
      default -> number(field, value);
    }
  }

  private void number(VmcsField field, long value) {
    values(field, value, 0);
    if (field.mask() == -1L) {
      values(field, value, canonical(value), page(value));
    } else {
      turn(field, value, value);
    }
  }

  private static long canonical(long address) {
    return address << (Long.SIZE - CANONICAL_BITS) >> (Long.SIZE - CANONICAL_BITS);
  }

  /** The page of an address within the narrowest physical addresses. */
  private long page(long address) {
    long width = entry.isKnown(Capability.MAX_PHY_ADDR)
        ? entry.value(Capability.MAX_PHY_ADDR)
        : VmEntry.MIN_PHY_ADDR;
    return address & ~(-1L << width) & -GuestPage.BYTES;
  }

  private static long controls(VmcsField field) {
    EvmcsField word = field.evmcsField();
    long mask = 0;
    for (Control control : Control.values()) {
      if (control.field() == word) {
        mask |= 1L << control.bit();
      }
    }
    return mask;
  }

  private static long named(Capability word) {
    return CapabilityBits.of(word).stream()
        .filter(bits -> bits.low() == bits.high())
        .mapToLong(CapabilityBits::mask)
        .reduce(0, (some, more) -> some | more);
  }

  private void capability(Capability capability, long value) {
    EntryPlace place = new EntryPlace.Word(capability);
    switch (capability) {
      case VMX_TRUE_PINBASED_CTLS, VMX_TRUE_PROCBASED_CTLS, VMX_PROCBASED_CTLS2, VMX_TRUE_EXIT_CTLS,
          VMX_TRUE_ENTRY_CTLS -> {
        long controls = named(capability);
        turn(place, value, (value & controls) | (~value & controls << Integer.SIZE));
      }
      case VMX_CR0_FIXED0, VMX_CR4_FIXED0 -> turn(place, value, value & named(capability));
      case VMX_MISC, VMX_EPT_VPID_CAP, VMX_BASIC -> turn(place, value, named(capability));
      case MAX_PHY_ADDR -> change(place, Change.WHOLE, value, VmEntry.MAX_PHY_ADDR);
      case LAM -> change(place, Change.WHOLE, value, 1 - value);
      default -> turn(place, value, ~value & named(capability));
    }
  }

  /** Turns over the bits of {@code named}, and clears the others that are set. */
  private void bits(VmcsField field, long value, long named) {
    turn(field, value, (named | value) & field.mask());
  }

  private void turn(VmcsField field, long value, long mask) {
    turn(new EntryPlace.Field(field), value, mask);
  }

  private void turn(EntryPlace place, long value, long mask) {
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      long bit = Long.lowestOneBit(rest);
      change(place, bit, value & bit, ~value & bit);
    }
  }

  private void values(VmcsField field, long before, long... after) {
    for (long value : after) {
      change(new EntryPlace.Field(field), field.mask(), before, value & field.mask());
    }
  }

  private void change(EntryPlace place, long mask, long from, long to) {
    if (from != to) {
      changes.add(new Change<>(place, mask, from, to));
    }
  }
}
