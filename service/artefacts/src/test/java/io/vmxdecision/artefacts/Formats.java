package io.vmxdecision.artefacts;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/** Writes bytes as tools do. */
final class Formats {
  private static final int PAGE = 4096;
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;

  private Formats() {}

  static String xxd(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append("%08x:".formatted(at));
      for (int i = 0; i < 16; i++) {
        text.append(i % 2 == 0 ? " " : "").append("%02x".formatted(bytes[at + i]));
      }
      text.append("  ").append(characters(bytes, at)).append('\n');
    }
    return text.toString();
  }

  static String hexdump(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    String before = "";
    boolean starred = false;
    for (int at = 0; at < bytes.length; at += 16) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < 16; i++) {
        line.append(i == 8 ? "  " : " ").append("%02x".formatted(bytes[at + i]));
      }
      if (line.toString().equals(before)) {
        text.append(starred ? "" : "*\n");
        starred = true;
      } else {
        text.append("%08x ".formatted(at)).append(line).append("  |").append(characters(bytes, at))
            .append("|\n");
        starred = false;
      }
      before = line.toString();
    }
    return text.append("%08x\n".formatted(bytes.length)).toString();
  }

  static String od(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append("%07o".formatted(at));
      for (int i = 0; i < 16; i++) {
        text.append(" %02x".formatted(bytes[at + i]));
      }
      text.append('\n');
    }
    return text.append("%07o\n".formatted(bytes.length)).toString();
  }

  static String monitor(byte[] bytes, long address) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder text = new StringBuilder("(qemu) xp /512xg 0x%x\n".formatted(address));
    for (int at = 0; at < bytes.length; at += 16) {
      text.append(
          "%016x: 0x%016x 0x%016x\n".formatted(address + at, words.getLong(at), words.getLong(at + 8)));
    }
    return text.toString();
  }

  static String gdb(byte[] bytes, long address) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append(
          "0x%x <page+%d>:\t0x%08x\t0x%08x\t0x%08x\t0x%08x\n".formatted(address + at, at, words.getInt(at),
              words.getInt(at + 4), words.getInt(at + 8), words.getInt(at + 12)));
    }
    return text.toString();
  }

  static String crash(byte[] bytes, long address) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append(
          "%16x:  %016x %016x   %s\n".formatted(address + at, words.getLong(at), words.getLong(at + 8),
              characters(bytes, at)));
    }
    return text.toString();
  }

  static String bare(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at++) {
      text.append("%02x".formatted(bytes[at])).append(at % 32 == 31 ? "\n" : "");
    }
    return text.toString();
  }

  /** {@code xxd -g 4}: bytes as they lie, four by four. */
  static String grouped(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append("%08x:".formatted(at));
      for (int i = 0; i < 16; i++) {
        text.append(i % 4 == 0 ? " " : "").append("%02x".formatted(bytes[at + i]));
      }
      text.append("  ").append(characters(bytes, at)).append('\n');
    }
    return text.toString();
  }

  /** {@code xxd -i}: an array of C. */
  static String c(byte[] bytes) {
    StringBuilder text = new StringBuilder("unsigned char evmcs[] = {\n");
    for (int at = 0; at < bytes.length; at++) {
      text.append(at % 12 == 0 ? " " : "").append(" 0x%02x,".formatted(bytes[at]))
          .append(at % 12 == 11 || at + 1 == bytes.length ? "\n" : "");
    }
    return text.append("};\n").toString();
  }

  /** {@code od -A d -t x1}: decimal addresses. */
  static String decimal(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append("%07d".formatted(at));
      for (int i = 0; i < 16; i++) {
        text.append(" %02x".formatted(bytes[at + i]));
      }
      text.append('\n');
    }
    return text.append("%07d\n".formatted(bytes.length)).toString();
  }

  /** {@code dq} of WinDbg, or with {@code physical} {@code !db}. */
  static String winDbg(byte[] bytes, long address, boolean physical) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      if (physical) {
        text.append("#%8x".formatted(address + at));
        for (int i = 0; i < 16; i++) {
          text.append(i == 8 ? '-' : ' ').append("%02x".formatted(bytes[at + i]));
        }
        text.append(' ').append(characters(bytes, at));
      } else {
        text.append("%08x`%08x  %08x`%08x %08x`%08x".formatted((address + at) >>> 32, (int) (address + at),
            words.getInt(at + 4), words.getInt(at), words.getInt(at + 12), words.getInt(at + 8)));
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** {@code print_hex_dump()} of Linux. */
  static String kernel(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append("[   12.345678] evmcs: %08x:".formatted(at));
      for (int i = 0; i < 16; i++) {
        text.append(" %02x".formatted(bytes[at + i]));
      }
      text.append("  ").append(characters(bytes, at)).append('\n');
    }
    return text.toString();
  }

  private static String characters(byte[] bytes, int at) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      byte one = bytes[at + i];
      text.append(one >= ' ' && one < 0x7f ? (char) one : '.');
    }
    return text.toString();
  }

  static byte[] gzip(byte[] bytes) {
    return packed(bytes, GZIPOutputStream::new);
  }

  /** Opens a stream that packs. */
  interface Packer {
    OutputStream open(OutputStream out) throws IOException;
  }

  static byte[] packed(byte[] bytes, Packer packer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream packing = packer.open(out)) {
      packing.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * An ELF core as {@code dump-guest-memory} of QEMU writes it: a note, then memory segments, here of 16 pages
   * from GPA 0x60000 on and of 4 pages above 4 GiB.
   */
  static byte[] elf(Map<Long, byte[]> pages) {
    int notes = 64;
    long first = 0x60000;
    int firstPages = 16;
    long high = 0x1_0000_0000L;
    int highPages = 4;
    int table = HEADER + 3 * PROGRAM_HEADER;
    int data = table + notes;
    ByteBuffer file =
        ByteBuffer.allocate(data + (firstPages + highPages) * PAGE).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[]{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    file.putShort((short) 4).putShort((short) 62).putInt(1).putLong(0).putLong(HEADER).putLong(0).putInt(0)
        .putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) 3).putShort((short) 0)
        .putShort((short) 0).putShort((short) 0);
    header(file, 4, table, 0, notes);
    header(file, 1, data, first, (long) firstPages * PAGE);
    header(file, 1, data + (long) firstPages * PAGE, high, (long) highPages * PAGE);
    new TreeMap<>(pages).forEach((gpa, page) -> {
      long at = gpa >= high ? data + (long) firstPages * PAGE + gpa - high : data + gpa - first;
      file.put((int) at, page);
    });
    return file.array();
  }

  private static void header(ByteBuffer file, int type, long offset, long gpa, long bytes) {
    file.putInt(type).putInt(0).putLong(offset).putLong(0).putLong(gpa).putLong(bytes).putLong(bytes)
        .putLong(0);
  }
}
