package io.vmxdecision.app.stream;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The FIX Simple Open Framing Header: 32 bits length of the frame, itself included, and 16 bits encoding
 * type, both in network byte order.
 */
final class SbeFrames {
  /** The header's size in bytes. */
  static final int HEADER_BYTES = 6;

  /** The encoding type of SBE 1.0, little-endian. */
  static final int ENCODING_SBE_LITTLE_ENDIAN = 0xeb50;

  private static final int ENCODING_OFFSET = 4;

  private SbeFrames() {}

  /** The length of the frame, 0..2^32-1. */
  static long length(DirectBuffer buffer, int offset) {
    return Integer.toUnsignedLong(buffer.getInt(offset, ByteOrder.BIG_ENDIAN));
  }

  /** The encoding type, 0..65,535. */
  static int encoding(DirectBuffer buffer, int offset) {
    return Short.toUnsignedInt(buffer.getShort(offset + ENCODING_OFFSET, ByteOrder.BIG_ENDIAN));
  }

  /** Writes the header of a frame with a message of {@code messageBytes}. */
  static void write(MutableDirectBuffer buffer, int offset, int messageBytes) {
    buffer.putInt(offset, HEADER_BYTES + messageBytes, ByteOrder.BIG_ENDIAN);
    buffer.putShort(
        offset + ENCODING_OFFSET, (short) ENCODING_SBE_LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
  }
}
