package io.vmxdecision.artefacts;

import io.vmxdecision.artefacts.report.Mail;
import io.vmxdecision.artefacts.report.Report;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/**
 * Explains hostile inputs, and prints what of the heap each takes: to be run with a small heap. The first argument
 * says how many MiB packed files unpack to, the second how many KiB texts have. By hand: {@code java -Xmx64m -cp ...
 * io.vmxdecision.artefacts.Bombs 1024 262144}.
 */
final class Bombs {
  private static final int MIB = 1 << 20;

  private Bombs() {}

  /** Explains them all; ends with 0 if each was explained. */
  public static void main(String[] arguments) throws IOException {
    long bytes = Long.parseLong(arguments[0]) * MIB;
    long text = Long.parseLong(arguments[1]) * MIB / 1024;
    for (Map.Entry<String, InputStream> bomb : all(bytes, text).entrySet()) {
      peaks().forEach(MemoryPoolMXBean::resetPeakUsage);
      long start = System.nanoTime();
      Explainer explainer = new Explainer(null, bytes);
      explainer.read("", bomb.getValue());
      Report report = explainer.report();
      int mail = Mail.of(report, List.of()).length();
      long peak = peaks().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
      System.out.printf(
          "%-14s: heap at most %2d MiB, %5d ms, %3d artefacts, %d more, %d missing, mail %d%n",
          bomb.getKey(), peak / MIB, (System.nanoTime() - start) / 1_000_000,
          report.artefacts().size(),
          report.more(), report.missing().size(), mail);
    }
  }

  private static List<MemoryPoolMXBean> peaks() {
    return ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  static Map<String, InputStream> all(long bytes, long textBytes) throws IOException {
    Map<String, InputStream> bombs = new LinkedHashMap<>();
    bombs.put("gzip", packed(4 * bytes, GZIPOutputStream::new));
    bombs.put("xz", packed(2 * bytes, out -> new XZOutputStream(out, new LZMA2Options(0))));
    bombs.put("xz-dictionary", packed(MIB, out -> {
      LZMA2Options options = new LZMA2Options(0);
      options.setMode(LZMA2Options.MODE_UNCOMPRESSED); // so that writing it takes less than reading it
      options.setDictSize(64 * MIB);
      return new XZOutputStream(out, options);
    }));
    bombs.put("laughs", text(textBytes, i -> i == 0
        ? "<!DOCTYPE a [<!ENTITY l0 'ha'>\n"
        : i < 100
            ? "<!ENTITY l" + i + " '&l" + (i - 1) + ";&l" + (i - 1) + ";'>\n"
            : i == 100 ? "]><domain><features><hyperv>" : "<vapic state='on'>&l99;</vapic>\n"));
    bombs.put("hex",
        text(textBytes,
            i -> "%016x: 0x%016x 0x%016x\n".formatted(16L * i, i * 0x9e3779b97f4a7c15L, (long) i)));
    bombs.put("line", text(bytes, i -> "CR0: actual=0x"));
    bombs.put("elf", elf(bytes));
    bombs.put("dumps",
        text(textBytes, i -> "CR0: actual=0x%016x, shadow=0x0000000000000000, gh_mask=0000000000000000\n"
            .formatted((long) i)));
    bombs.put("trace",
        text(textBytes, i -> ("q-%d [000] 1.5: kvm_nested_vmexit: vcpu %d reason VMCALL rip 0x%x info1 0x%x"
            + " info2 0x0 intr_info 0x0 error_code 0x0\n").formatted(i, i, i, i)));
    bombs.put("cpuid",
        text(textBytes, i -> "0x0000000d 0x%x: eax=0x%08x ebx=0x0 ecx=0x0 edx=0x0\n".formatted(i, i)
            .replace("=0x0 ", "=0x00000000 ").replace("=0x0\n", "=0x00000000\n")));
    bombs.put("registers", text(textBytes, i -> "RAX=%016x RBX=%016x\n".formatted((long) i, (long) i)));
    bombs.put("numbers", text(textBytes, i -> "exit reason " + i + "\n"));
    bombs.put("capabilities", text(textBytes, i -> "0x48d: %x\n".formatted(i)));
    bombs.put("mail", text(textBytes, i -> i == 0
        ? "Content-Transfer-Encoding: quoted-printable\n"
        : i % 1000 == 999 ? "=3D\n" : "=\n"));
    bombs.put("base64", text(textBytes,
        i -> "AQAAAAAAAAAQABgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"));
    bombs.put("exit-counts",
        text(textBytes, i -> (i == 0 ? "VM-EXIT Samples\n" : "") + "R%d 9 1.00%%\n".formatted(i)));
    bombs.put("cpuid-text",
        text(textBytes, i -> "   hypervisor nested (0x4000000a):\n      enlightened VMCS version"
            + " (low) = 0x%x (1)\n".formatted(i % 256)));
    bombs.put("cpuinfo", text(textBytes, i -> "flags\t\t: fpu vme de pse tsc msr pae mce %s f%d\n".formatted(
        i % 2 == 0 ? "vmx" : "svm", i)));
    return bombs;
  }

  private static InputStream packed(long bytes, Formats.Packer packer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] zeros = new byte[MIB];
    try (OutputStream packing = packer.open(out)) {
      for (long i = 0; i < bytes; i += zeros.length) {
        packing.write(zeros);
      }
    }
    return new ByteArrayInputStream(out.toByteArray());
  }

  /** A core whose headers promise the whole address space, more headers than there are, and overlap. */
  private static InputStream elf(long bytes) {
    int headers = 4000;
    ByteBuffer file = ByteBuffer.wrap(new byte[64 + 56 * headers]).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[]{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    file.putShort((short) 4).putShort((short) 62).putInt(1).putLong(0).putLong(64).putLong(0).putInt(0)
        .putShort((short) 64).putShort((short) 56).putShort((short) 0xfffe).putShort((short) 0).putLong(0);
    for (int i = 0; i < headers; i++) {
      file.position(64 + 56 * i);
      file.putInt(1).putInt(0).putLong(i % 3 == 0 ? Long.MAX_VALUE : i).putLong(0).putLong((long) i << 52)
          .putLong(i % 2 == 0 ? -1 : Long.MAX_VALUE).putLong(-1).putLong(0);
    }
    return new java.io.SequenceInputStream(new ByteArrayInputStream(file.array()),
        text(bytes, i -> "\1\0\0\0\0\0\0\0"));
  }

  /** A text of so many bytes, made as it is read. */
  private static InputStream text(long bytes, IntFunction<String> line) {
    return new InputStream() {
      private byte[] now = new byte[0];
      private int at;
      private int number;
      private long left = bytes;

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) {
        if (left <= 0) {
          return -1;
        }
        if (at == now.length) {
          now = line.apply(number++).getBytes(StandardCharsets.ISO_8859_1);
          at = 0;
        }
        int count = (int) Math.min(Math.min(length, now.length - at), left);
        System.arraycopy(now, at, buffer, offset, count);
        at += count;
        left -= count;
        return count;
      }
    };
  }
}
