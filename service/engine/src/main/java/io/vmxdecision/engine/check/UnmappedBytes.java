package io.vmxdecision.engine.check;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The bytes of an eVMCS page that belong to no field: padding, and the page past the structure. L1 has
 * to leave them 0 (TLFS, Nested Virtualization: the page "must be initially zeroed").
 */
public final class UnmappedBytes {
  private static final BitSet UNMAPPED = unmapped();

  private UnmappedBytes() {}

  /** Those that are not 0, from the first byte up; neighbours make one range. */
  public static List<ByteRange> nonZero(EnlightenedVmcs page) {
    return differing(page.copy(), new byte[PageView.PAGE_BYTES]);
  }

  /** Those that differ between two pages, from the first byte up; neighbours make one range. */
  public static List<ByteRange> differing(EnlightenedVmcs before, EnlightenedVmcs after) {
    return differing(before.copy(), after.copy());
  }

  private static List<ByteRange> differing(byte[] before, byte[] after) {
    BitSet differing = new BitSet();
    for (int i = UNMAPPED.nextSetBit(0); i >= 0; i = UNMAPPED.nextSetBit(i + 1)) {
      differing.set(i, before[i] != after[i]);
    }
    List<ByteRange> ranges = new ArrayList<>();
    for (int start = differing.nextSetBit(0); start >= 0;) {
      int end = differing.nextClearBit(start);
      ranges.add(new ByteRange(start, end - start));
      start = differing.nextSetBit(end);
    }
    return ranges;
  }

  private static BitSet unmapped() {
    BitSet bytes = new BitSet();
    bytes.set(0, PageView.PAGE_BYTES);
    for (EvmcsField field : EvmcsField.values()) {
      bytes.clear(field.offset(), field.offset() + field.bytes());
    }
    return bytes;
  }
}
