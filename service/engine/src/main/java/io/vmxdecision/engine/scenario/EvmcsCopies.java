package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.profile.EvmcsSupport;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;

/** Which fields L0 copies between an eVMCS page and vmcs12, and when. Immutable. */
final class EvmcsCopies {
  /** Clean-field bits 15:0. */
  static final int ALL_CLEAN = 0xffff;

  private static final int GROUPS = 16;
  private static final int WORDS = 0x400 / Long.BYTES;

  /** The fields that L0 saves to and restores from its shadow VMCS: damaged by a save after a restore. */
  private static final List<EvmcsField> SHADOWED =
      List.of(
          EvmcsField.HOST_FS_SELECTOR, EvmcsField.HOST_GS_SELECTOR, EvmcsField.CPU_BASED_VM_EXEC_CONTROL,
          EvmcsField.PIN_BASED_VM_EXEC_CONTROL, EvmcsField.EXCEPTION_BITMAP,
          EvmcsField.VM_ENTRY_EXCEPTION_ERROR_CODE, EvmcsField.VM_ENTRY_INTR_INFO_FIELD,
          EvmcsField.VM_ENTRY_INSTRUCTION_LEN, EvmcsField.TPR_THRESHOLD,
          EvmcsField.GUEST_INTERRUPTIBILITY_INFO, EvmcsField.GUEST_RIP, EvmcsField.GUEST_RSP,
          EvmcsField.GUEST_CR0, EvmcsField.GUEST_CR3, EvmcsField.GUEST_CR4, EvmcsField.GUEST_RFLAGS,
          EvmcsField.CR0_GUEST_HOST_MASK, EvmcsField.CR0_READ_SHADOW, EvmcsField.CR4_READ_SHADOW,
          EvmcsField.HOST_FS_BASE, EvmcsField.HOST_GS_BASE);

  private final EvmcsSupport support;
  private final List<List<EvmcsField>> groups = new ArrayList<>();
  private final List<EvmcsField> always = new ArrayList<>();
  private final List<EvmcsField> loaded = new ArrayList<>();
  private final List<EvmcsField> stored = new ArrayList<>();

  /** A bit for each bit of the page that is loaded; in the second without the fields that are stored too. */
  private final long[] loadedBits = new long[WORDS];

  private final long[] loadedOnlyBits = new long[WORDS];

  EvmcsCopies(EvmcsSupport support) {
    this.support = support;
    for (int i = 0; i < GROUPS; i++) {
      groups.add(new ArrayList<>());
    }
    for (EvmcsField field : EvmcsField.values()) {
      if (support.stores(field)) {
        stored.add(field);
      }
      if (support.loads(field)) {
        loaded.add(field);
        int bit = field.cleanGroup().bit();
        (bit < 0 ? always : groups.get(bit)).add(field);
        mark(field, loadedBits);
        if (!support.stores(field)) {
          mark(field, loadedOnlyBits);
        }
      }
    }
  }

  private static void mark(EvmcsField field, long[] bits) {
    int shift = field.offset() % Long.BYTES * Byte.SIZE;
    bits[field.offset() / Long.BYTES] |= field.mask() << shift;
  }

  /** Loads the groups whose bit in {@code clean} is clear, and what is always loaded. */
  void load(EnlightenedVmcs page, int clean, EnlightenedVmcs vmcs12) {
    copy(always, page, vmcs12);
    for (int bit = 0; bit < GROUPS; bit++) {
      if ((clean >>> bit & 1) == 0) {
        copy(groups.get(bit), page, vmcs12);
      }
    }
  }

  /** Notes what storing vmcs12 changes in the page. */
  void store(EnlightenedVmcs vmcs12, EnlightenedVmcs page, EvmcsWrites writes) {
    for (int i = 0; i < stored.size(); i++) {
      EvmcsField field = stored.get(i);
      writes.write(page, field, vmcs12.value(field));
    }
  }

  /** Copies the fields of a shadow VMCS that nobody has filled, zeros, into vmcs12. */
  static void damage(EnlightenedVmcs vmcs12) {
    for (EvmcsField field : SHADOWED) {
      vmcs12.value(field, 0);
    }
  }

  /** Whether any field that is loaded differs; with {@code notStored} those that are stored do not count. */
  boolean differs(EnlightenedVmcs page, EnlightenedVmcs vmcs12, boolean notStored) {
    long[] bits = notStored ? loadedOnlyBits : loadedBits;
    long difference = 0;
    for (int i = 0; i < WORDS; i++) {
      difference |= (page.word(i * Long.BYTES) ^ vmcs12.word(i * Long.BYTES)) & bits[i];
    }
    return difference != 0;
  }

  /** The fields that are loaded, by offset. */
  List<EvmcsField> loaded() {
    return loaded;
  }

  boolean stores(EvmcsField field) {
    return support.stores(field);
  }

  private static void copy(List<EvmcsField> fields, EnlightenedVmcs from, EnlightenedVmcs to) {
    for (int i = 0; i < fields.size(); i++) {
      EvmcsField field = fields.get(i);
      to.value(field, from.value(field));
    }
  }
}
