package io.vmxdecision.engine.hyperv;

/**
 * A set of virtual processors by number, 0..4,095 (TLFS, {@code HV_VP_SET}, format "sparse 4K"): a
 * mask of the banks that are there, then for each of those 64 bits. A plain 64-bit processor mask is
 * the set with bank 0 alone.
 *
 * <p>Reused by its owner; allocates nothing after construction. Not thread-safe.
 */
public final class VpSet {
  private static final int BANK_SHIFT = 6;

  /** Virtual processors per bank. */
  public static final int BANK_SIZE = 1 << BANK_SHIFT;

  /** The most banks that a set can have. */
  public static final int MAX_BANKS = 64;

  private final long[] banks = new long[MAX_BANKS];
  private long validBanksMask;

  /** Makes this the set of a 64-bit processor mask. */
  public void wrapProcessorMask(long mask) {
    validBanksMask = 1;
    banks[0] = mask;
  }

  /** Sets the mask of the banks that are there. Their contents are for {@link #banks()}. */
  public void validBanksMask(long mask) {
    validBanksMask = mask;
  }

  /** The mask of the banks that are there, bit n for the processors 64n..64n+63. */
  public long validBanksMask() {
    return validBanksMask;
  }

  /** How many banks are there, 0..64. */
  public int bankCount() {
    return Long.bitCount(validBanksMask);
  }

  /** The banks that are there, in ascending order, from index 0; to be filled by the owner. */
  public long[] banks() {
    return banks;
  }

  /**
   * Whether the set has the processor {@code vp} (32 bits, unsigned); never for one past 4,095. KVM
   * {@code hv_is_vp_in_sparse_set()}.
   */
  public boolean contains(int vp) {
    int bank = vp >>> BANK_SHIFT;
    if (bank >= MAX_BANKS) {
      return false;
    }
    long bit = 1L << bank;
    if ((validBanksMask & bit) == 0) {
      return false;
    }
    int rank = Long.bitCount(validBanksMask & (bit - 1));
    return ((banks[rank] >>> (vp & (BANK_SIZE - 1))) & 1) != 0;
  }
}
