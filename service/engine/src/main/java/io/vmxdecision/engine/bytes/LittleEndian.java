package io.vmxdecision.engine.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Words of 16, 32 and 64 bits in a byte array, least significant byte first, at any alignment, as
 * every structure that L0, L1 and the CPU share has them.
 *
 * <p>Allocates nothing; safe for use by any thread. Every method throws {@link
 * IndexOutOfBoundsException} when the word does not lie inside the array.
 */
public final class LittleEndian {
  private static final VarHandle U16 =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle U32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle U64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  /** The unsigned 8-bit value at {@code offset}, 0..255. */
  public static int u8(byte[] buffer, int offset) {
    return buffer[offset] & 0xff;
  }

  /** The unsigned 16-bit value at {@code offset}, 0..65,535. */
  public static int u16(byte[] buffer, int offset) {
    return (short) U16.get(buffer, offset) & 0xffff;
  }

  /** The 32 bits at {@code offset}; unsigned, so a set bit 31 shows as a negative number. */
  public static int u32(byte[] buffer, int offset) {
    return (int) U32.get(buffer, offset);
  }

  /** The 64 bits at {@code offset}; unsigned, so a set bit 63 shows as a negative number. */
  public static long u64(byte[] buffer, int offset) {
    return (long) U64.get(buffer, offset);
  }

  /** Stores the low 8 bits of {@code value}. */
  public static void u8(byte[] buffer, int offset, int value) {
    buffer[offset] = (byte) value;
  }

  /** Stores the low 16 bits of {@code value}. */
  public static void u16(byte[] buffer, int offset, int value) {
    U16.set(buffer, offset, (short) value);
  }

  /** Stores 32 bits. */
  public static void u32(byte[] buffer, int offset, int value) {
    U32.set(buffer, offset, value);
  }

  /** Stores 64 bits. */
  public static void u64(byte[] buffer, int offset, long value) {
    U64.set(buffer, offset, value);
  }
}
