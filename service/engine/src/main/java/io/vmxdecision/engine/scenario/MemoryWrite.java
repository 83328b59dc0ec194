package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageField;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that software stores in L1's memory.
 *
 * @param gpa the L1 GPA of the first
 * @param bytes the bytes; used, not copied
 * @param mask of each byte the bits that are written, or null for all of them
 */
@SuppressWarnings("ArrayRecordComponent") // bytes of a caller; nobody compares writes
public record MemoryWrite(long gpa, byte[] bytes, byte @Nullable [] mask) {
  /**
   * Checks the mask.
   *
   * @throws IllegalArgumentException when it is not as long as the bytes
   */
  public MemoryWrite {
    if (mask != null && mask.length != bytes.length) {
      throw new IllegalArgumentException("a mask has as many bytes as what it masks");
    }
  }

  /** Stores all bits of {@code bytes} at {@code gpa}. */
  public static MemoryWrite bytes(long gpa, byte[] bytes) {
    return new MemoryWrite(gpa, bytes, null);
  }

  /** Stores the low bytes of {@code value}, as many as it has, in {@code field} of the page {@code page}. */
  public static MemoryWrite field(long page, PageField field, long value) {
    return bytes(page + field.offset(), low(value, field.bytes()));
  }

  /** Stores those bits of {@code value} in the field that {@code mask} has, and leaves the others. */
  public static MemoryWrite bits(long page, PageField field, long value, long mask) {
    return new MemoryWrite(page + field.offset(), low(value, field.bytes()), low(mask, field.bytes()));
  }

  private static byte[] low(long value, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      LittleEndian.u8(bytes, i, (int) (value >>> (i * Byte.SIZE)));
    }
    return bytes;
  }
}
