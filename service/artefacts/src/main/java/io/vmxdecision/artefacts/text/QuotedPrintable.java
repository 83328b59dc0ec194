package io.vmxdecision.artefacts.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Undoes the encoding of mails as they are stored (RFC 2045, 6.7): {@code CR3 =3D 0x1000} is {@code CR3 = 0x1000}, and
 * a line that ends with {@code =} goes on in the next. The header says where a mail has it; of a mail without its
 * headers, an encoded sign of equality that can be nothing else.
 */
final class QuotedPrintable {
  private static final Pattern HEADER =
      Pattern.compile("(?i)^content-transfer-encoding:\\s{0,8}([a-z0-9-]{1,24})\\s*$");
  /** What a decoder puts for bytes that are no UTF-8. */
  private static final char REPLACEMENT = '\ufffd';

  private static final String NEW_MAIL = "From ";

  /** No number follows a sign of equality so. */
  private static final Pattern DOUBTLESS = Pattern.compile("=3D0x|[A-Za-z0-9\\]] =3D |=3D\"");

  private boolean on;

  /** Looks at a line as it is stored, from that character on: it may begin or end what is encoded. */
  void look(StringBuilder line, int from) {
    if (from == line.length()) {
      return;
    }
    char first = line.charAt(from);
    if (first == 'C' || first == 'c') {
      Matcher header = HEADER.matcher(line).region(from, line.length());
      if (header.find()) {
        on = header.group(1).equalsIgnoreCase("quoted-printable");
        return;
      }
    }
    if (on) {
      on = line.indexOf(NEW_MAIL, from) != from;
    } else {
      on = line.indexOf("=3D", from) >= 0 && DOUBTLESS.matcher(line).region(from, line.length()).find();
    }
  }

  /** Whether the line goes on in the next; then its last character is taken off. */
  boolean takeSoftBreak(StringBuilder line) {
    int last = line.length() - 1;
    if (!on || last < 0 || line.charAt(last) != '=') {
      return false;
    }
    line.setLength(last);
    return true;
  }

  /** The line, decoded; as it is where that gives no text, since then it is not encoded. */
  String decode(String line) {
    if (!on || line.indexOf('=') < 0) {
      return line;
    }
    StringBuilder text = new StringBuilder(line.length());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int at = 0;
    while (at < line.length()) {
      int value = line.charAt(at) == '=' && at + 2 < line.length() ? byteAt(line, at + 1) : -1;
      if (value >= 0) {
        bytes.write(value);
        at += 3;
      } else {
        flush(bytes, text);
        text.append(line.charAt(at++));
      }
    }
    flush(bytes, text);
    return text.chars().allMatch(QuotedPrintable::isText) ? text.toString() : line;
  }

  private static boolean isText(int character) {
    return character == '\t' || (!Character.isISOControl(character) && character != REPLACEMENT);
  }

  private static void flush(ByteArrayOutputStream bytes, StringBuilder text) {
    if (bytes.size() > 0) {
      text.append(bytes.toString(StandardCharsets.UTF_8));
      bytes.reset();
    }
  }

  /** The byte that two digits are, or -1; the encoding has capital ones only. */
  private static int byteAt(String line, int at) {
    int high = digit(line.charAt(at));
    int low = digit(line.charAt(at + 1));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static int digit(char character) {
    return character >= '0' && character <= '9'
        ? character - '0'
        : character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
  }
}
