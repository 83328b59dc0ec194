package io.vmxdecision.artefacts;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Changes inputs: bytes of all, and of texts their lines, words and numbers. */
final class Mutations {
  private static final int MOST_CHANGES = 12;
  private static final int MOST_BYTES = 64;
  private static final String TELLING = "0x9af=:[] \n*<>,-|()\t.`#'\"";
  private static final Pattern NUMBER = Pattern.compile("(?:0x)?[0-9a-fA-F]{2,16}");
  private static final List<String> NUMBERS = List.of("0", "0x0", "-1", "ffffffffffffffff",
      "0x7fffffffffffffff", "0x8000000000000000", "18446744073709551616", "99999999999999999999",
      "0xfffffffff", "-2147483648", "80000021", "0x", "4294967296", "٣٣", "１", "0x10000000000000000");

  private Mutations() {}

  /** One of these, changed. */
  static byte[] of(List<byte[]> seeds, Random random) {
    byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
    boolean text = bytes.length > 0 && (bytes[0] >= ' ' || bytes[0] == '\t' || bytes[0] == '\n');
    int changes = 1 + random.nextInt(MOST_CHANGES);
    for (int i = 0; i < changes && bytes.length > 1; i++) {
      bytes = text && random.nextBoolean()
          ? ofText(bytes, seeds.get(random.nextInt(seeds.size())), random)
          : ofBytes(bytes, random);
    }
    return bytes;
  }

  private static byte[] ofBytes(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(6)) {
      case 0 -> bytes[at] = (byte) random.nextInt();
      case 1 -> bytes[at] = (byte) TELLING.charAt(random.nextInt(TELLING.length()));
      case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 3 -> {
        int cut = Math.min(bytes.length - 1, random.nextInt(256));
        return Arrays.copyOf(bytes, bytes.length - cut);
      }
      case 4 -> {
        int cut = Math.min(bytes.length - 1, random.nextInt(256));
        return Arrays.copyOfRange(bytes, cut, bytes.length);
      }
      default -> {
        int length = Math.min(random.nextInt(MOST_BYTES), bytes.length - at);
        System.arraycopy(bytes, at, bytes, random.nextInt(bytes.length - length + 1), length);
      }
    }
    return bytes;
  }

  private static byte[] ofText(byte[] bytes, byte[] other, Random random) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
    int at = random.nextInt(lines.size());
    String line = lines.get(at);
    switch (random.nextInt(7)) {
      case 0 -> lines.remove(at);
      case 1 -> lines.add(random.nextInt(lines.size() + 1), line);
      case 2 -> lines.set(at, line + line);
      case 3 -> {
        String[] others = new String(other, StandardCharsets.UTF_8).split("\n", -1);
        lines.add(at, others[random.nextInt(others.length)]);
      }
      case 4 -> {
        int column = random.nextInt(line.length() + 1);
        lines.set(at, line.substring(0, column));
        lines.add(at + 1, line.substring(column));
      }
      case 5 -> {
        String[] words = line.split("(?<=\\s)", -1);
        String word = words[random.nextInt(words.length)];
        lines.set(at, line + word.repeat(random.nextInt(300)));
      }
      default -> {
        Matcher number = NUMBER.matcher(line);
        lines.set(at, number.replaceAll(match -> random.nextInt(3) == 0
            ? NUMBERS.get(random.nextInt(NUMBERS.size()))
            : Matcher.quoteReplacement(match.group())));
      }
    }
    String changed = String.join("\n", lines);
    return changed.substring(0, Math.min(changed.length(), 1 << 16)).getBytes(StandardCharsets.UTF_8);
  }
}
