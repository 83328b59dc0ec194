package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;

/** The snapshots that the engine is asked with: all that is known, and of the rest one value or another. */
final class Worlds {
  private static final byte[] ZEROS = new byte[GuestPage.BYTES];
  private static final List<EvmcsField> BITMAPS =
      List.of(EvmcsField.IO_BITMAP_A, EvmcsField.IO_BITMAP_B, EvmcsField.MSR_BITMAP);

  /** No pages at all. */
  final Snapshot nothing = new Snapshot();

  /** What is not known of memory is 0. */
  final Snapshot low = new Snapshot();

  /** As {@link #low}, without the memory that is known. */
  final Snapshot blank = new Snapshot();

  /** What is not known of memory is unreadable, which counts as set bits. */
  final Snapshot high = new Snapshot();

  /** What is not known is such that the L2 TLB flush is eligible. */
  final Snapshot flush = new Snapshot();

  private Known known = Known.NOTHING;

  /** Of {@link Known#NOTHING}. */
  Worlds() {
    fill();
  }

  /** Makes them those of {@code state}. */
  void fill(Known state) {
    if (known != state) {
      known = state;
      fill();
    }
  }

  private void fill() {
    pages(low);
    pages(blank);
    blank.memory().clear();
    pages(high);
    pages(flush);
    if (known.evmcs == null) {
      flush.evmcs().wrap(new byte[GuestPage.BYTES], 0);
      flush.evmcs().value(EvmcsField.REVISION_ID, EnlightenedVmcs.REVISION_EVMCS_1);
      flush.evmcs().value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, EnlightenedVmcs.NESTED_FLUSH_HYPERCALL);
    } else {
      zeroBitmaps(low);
      zeroBitmaps(blank);
    }
    if (known.cpuid.nestedEax() == null) {
      flush.cpuid().nestedEax(Cpuid.NESTED_DIRECT_FLUSH);
    }
  }

  private static void zeroBitmaps(Snapshot snapshot) {
    for (EvmcsField bitmap : BITMAPS) {
      zero(snapshot, snapshot.evmcs().value(bitmap));
    }
    zero(snapshot, 0); // VMREAD and VMWRITE bitmaps
  }

  private static void zero(Snapshot snapshot, long gpa) {
    if (Long.compareUnsigned(gpa, -GuestPage.BYTES) <= 0) {
      snapshot.memory().add(gpa, ZEROS, 0, GuestPage.BYTES);
    }
  }

  private void pages(Snapshot snapshot) {
    snapshot.clear();
    if (known.evmcs != null) {
      snapshot.evmcs().wrap(known.evmcs, 0);
    }
    if (known.vpAssist != null) {
      snapshot.vpAssistPage().wrap(known.vpAssist, 0);
    } else {
      // That L2 runs by an eVMCS, which is given, or might be.
      VpAssistPage page = snapshot.vpAssistPage();
      page.wrap(new byte[GuestPage.BYTES], 0);
      page.enlightenVmentry(1);
      page.directHypercall(true);
    }
    if (known.partitionAssist != null) {
      snapshot.partitionAssistPage().wrap(known.partitionAssist, 0);
    }
    known.cpuid.fill(snapshot.cpuid());
    known.memory.forEach((gpa, bytes) -> snapshot.memory().add(gpa, bytes, 0, bytes.length));
  }
}
