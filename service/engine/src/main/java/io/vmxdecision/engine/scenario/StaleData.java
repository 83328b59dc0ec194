package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.ScenarioStep.MsrBitmapUse;
import io.vmxdecision.engine.scenario.StaleDatum.Reread;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Comparator;
import java.util.List;

/** Rule T8: what is stale. */
final class StaleData {
  /** {@code hv_enlightenments_control} bit 1: L0 may keep the merged MSR bitmap. */
  static final int ENLIGHTENED_MSR_BITMAP = 2;

  /** The clean-field bits of the controls, without which the MSR bitmap has to be merged anew. */
  static final int CONTROLS_CLEAN =
      1 << CleanFieldGroup.CONTROL_GRP2.bit() | 1 << CleanFieldGroup.CONTROL_GRP1.bit()
          | 1 << CleanFieldGroup.CONTROL_PROC.bit();

  private static final int MSR_BITMAP_CLEAN = 1 << CleanFieldGroup.MSR_BITMAP.bit();

  private static final Comparator<StaleDatum> BY_ADDRESS =
      Comparator.comparing(StaleDatum::inMemory, Comparator.reverseOrder())
          .thenComparing(StaleDatum::gpa, Long::compareUnsigned);

  private final EvmcsCopies copies;
  private final GuestMemory memory;
  private final EnlightenedVmcs bitmapPage = new EnlightenedVmcs();

  StaleData(EvmcsCopies copies, GuestMemory memory) {
    this.copies = copies;
    this.memory = memory;
  }

  /** Adds what is stale for the vCPU of index {@code index}. */
  void find(int index, VcpuState vcpu, List<StaleDatum> stale) {
    if (!vcpu.isMapped()) {
      return;
    }
    int first = stale.size();
    findAssistCopy(index, vcpu, stale);
    if (copies.differs(vcpu.referenced, vcpu.vmcs12, vcpu.writeBackPending)) {
      findFields(index, vcpu, stale);
    }
    findBitmap(index, vcpu, stale);
    if (stale.size() - first > 1) {
      stale.subList(first, stale.size()).sort(BY_ADDRESS);
    }
  }

  private static void findAssistCopy(int index, VcpuState vcpu, List<StaleDatum> stale) {
    boolean given = vcpu.vpAssistPage.isGiven();
    long page = vcpu.vpAssistMsr & -GuestPage.BYTES;
    compare(index, VpAssistField.FEATURES, given, page, vcpu.directHypercall ? 1 : 0,
        given && vcpu.vpAssistPage.directHypercall() ? 1 : 0, stale);
    compare(index, VpAssistField.ENLIGHTEN_VMENTRY, given, page, vcpu.enlightenVmentry,
        given ? vcpu.vpAssistPage.enlightenVmentry() : 0, stale);
    compare(index, VpAssistField.CURRENT_NESTED_VMCS, given, page, vcpu.currentNestedVmcs,
        given ? vcpu.vpAssistPage.currentNestedVmcs() : 0, stale);
  }

  private static void compare(
      int index, VpAssistField field, boolean given, long page, long held, long now,
      List<StaleDatum> stale) {
    if (!given) {
      stale.add(new StaleDatum(index, field, false, 0, held, 0, Reread.NEXT_VM_ENTRY));
    } else if (held != now) {
      stale.add(
          new StaleDatum(index, field, true, page + field.offset(), held, now, Reread.NEXT_VM_ENTRY));
    }
  }

  private void findFields(int index, VcpuState vcpu, List<StaleDatum> stale) {
    long page = vcpu.pointer & -GuestPage.BYTES;
    for (EvmcsField field : copies.loaded()) {
      long held = vcpu.vmcs12.value(field);
      long now = vcpu.referenced.value(field);
      boolean stored = copies.stores(field);
      if (held != now && !(stored && vcpu.writeBackPending)) {
        Reread reread = reread(vcpu, field, stored);
        stale.add(new StaleDatum(index, field, true, page + field.offset(), held, now, reread));
      }
    }
  }

  private static Reread reread(VcpuState vcpu, EvmcsField field, boolean stored) {
    if (stored && vcpu.level == Level.L2) {
      return Reread.OVERWRITTEN_AT_EXIT;
    }
    int bit = field.cleanGroup().bit();
    boolean clean = bit >= 0 && (vcpu.referenced.cleanFields() >>> bit & 1) != 0;
    return clean ? Reread.AFTER_CLEAN_BIT_CLEARED : Reread.NEXT_VM_ENTRY;
  }

  private void findBitmap(int index, VcpuState vcpu, List<StaleDatum> stale) {
    boolean merged =
        vcpu.bitmapUse == MsrBitmapUse.MERGED || vcpu.bitmapUse == MsrBitmapUse.KEPT;
    if (merged && memory.view(vcpu.mergedFrom, bitmapPage) && !bitmapPage.hasBytes(vcpu.mergedBitmap)) {
      int needed = MSR_BITMAP_CLEAN | CONTROLS_CLEAN;
      boolean clean = (vcpu.referenced.cleanFields() & needed) == needed;
      Reread reread =
          clean && mayKeep(vcpu) ? Reread.AFTER_CLEAN_BIT_CLEARED : Reread.NEXT_VM_ENTRY;
      stale.add(new StaleDatum(index, null, true, vcpu.mergedFrom, 0, 0, reread));
    }
  }

  /** Whether L0 would keep the merged bitmap, as far as L1 has nothing to say: T4.4. */
  static boolean mayKeep(VcpuState vcpu) {
    return !vcpu.mustMerge
        && vcpu.referenced.isGiven()
        && (vcpu.referenced.enlightenmentsControl() & ENLIGHTENED_MSR_BITMAP) != 0
        && (vcpu.referenced.cleanFields() & MSR_BITMAP_CLEAN) != 0;
  }

  /** The page of L1's MSR bitmap. */
  static long bitmapPage(VcpuState vcpu) {
    return vcpu.vmcs12.value(EvmcsField.MSR_BITMAP) & -GuestPage.BYTES;
  }

  /** Whether L1 uses an MSR bitmap. */
  static boolean usesBitmap(VcpuState vcpu) {
    return vcpu.vmcs12.has(Control.USE_MSR_BITMAPS);
  }
}
