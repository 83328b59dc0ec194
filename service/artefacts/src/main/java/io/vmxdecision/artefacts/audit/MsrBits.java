package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;

/**
 * The bits of the MSR bitmap for reading or for writing, if its page is known: is there an MSR that L2 may access
 * without an exit? SDM vol. 3, MSR-Bitmap Address.
 */
final class MsrBits {
  /** Has no bit, so that accessing it always exits. */
  private static final long WITHOUT_BIT = 0xffff_ffffL;

  private static final long HIGH_MSRS = 0xc000_0000L;
  private static final int RANGE_BYTES = 1024;
  private static final int WRITE_OFFSET = 2048;

  private final EnlightenedVmcs evmcs = new EnlightenedVmcs();
  private boolean known;
  private long clear;

  /** Looks at the bitmap of an eVMCS that is known. */
  void of(Known state, boolean write) {
    known = false;
    clear = WITHOUT_BIT;
    if (state.evmcs == null) {
      return;
    }
    evmcs.wrap(state.evmcs, 0);
    byte[] page = state.memory.get(evmcs.value(EvmcsField.MSR_BITMAP));
    if (page == null || page.length != GuestPage.BYTES) {
      return;
    }
    known = true;
    int from = write ? WRITE_OFFSET : 0;
    for (int i = 0; i < 2 * RANGE_BYTES; i++) {
      int bits = page[from + i] & 0xff;
      if (bits != 0xff) {
        long first = i < RANGE_BYTES ? 0 : HIGH_MSRS;
        clear = first + (i % RANGE_BYTES) * (long) Byte.SIZE + Integer.numberOfTrailingZeros(~bits);
        return;
      }
    }
  }

  /** Whether the page is known. */
  boolean isKnown() {
    return known;
  }

  /** An MSR whose bit is clear, or one that has no bit where there is none. */
  long withClearBit() {
    return clear;
  }
}
