package io.vmxdecision.artefacts.page;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.GivenPage;
import io.vmxdecision.artefacts.report.Artefact.PageKind;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads dumps in hexadecimal: {@code xxd}, {@code hexdump}, {@code od}, {@code xp} and {@code x} of QEMU's monitor
 * and of gdb, {@code rd} of crash, {@code db}, {@code dd} and {@code dq} of WinDbg, those of the Linux kernel,
 * bytes of C, and lines of nothing but digits. Of a dump of any length it holds one page.
 *
 * <p>The order of bytes: words with 0x are little-endian numbers, and so are words of 4 or 8 bytes without it
 * and groups of 2 bytes after an address without a colon (od, hexdump); groups of 2 bytes after a colon are
 * bytes as they lie (xxd). After a colon, words of 4 or 8 bytes may also be bytes as they lie ({@code xxd -g 4}):
 * a page that is of no known kind in the one order is looked at in the other.
 */
public final class HexDumpReader implements TextReader {
  private static final int PAGE = 4096;
  private static final int EVMCS_BYTES = 1024;
  private static final int SPARSE_BYTES = 256;
  private static final int VP_ASSIST_FIRST = 0x20;
  private static final int VP_ASSIST_LAST = 0x38;
  private static final int FEWEST_BYTES = 16;
  private static final int FEWEST_C_BYTES = 8;
  private static final int MOST_FOREIGN_LINES = 8;

  private static final Pattern ADDRESSED = Pattern.compile(
      "^\\s{0,16}(?:0x)?([0-9a-fA-F]{4,16})(?: ?<[^<>]{1,64}>)?(:?)[ \\t]{1,8}(?=(?:0x)?[0-9a-fA-F])(.{2,400})$");
  private static final Pattern TOKEN = Pattern.compile("\\G(0x)?([0-9a-fA-F]{1,16})(?=[\\s|]|$)([ \\t]*)");
  private static final Pattern BARE = Pattern.compile("^\\s{0,8}([0-9a-fA-F]{32,})\\s*$");
  private static final Pattern BARE_BYTES =
      Pattern.compile("^\\s{0,8}((?:[0-9a-fA-F]{2} ){15,}[0-9a-fA-F]{2})\\s*$");

  private static final Pattern C_BYTES =
      Pattern.compile("^\\s{0,8}((?:0x[0-9a-fA-F]{2},?\\s{0,4}){1,4096})(?:\\};?)?$");

  /** WinDbg's marks: a number sign, grave accents in words, a dash between bytes. */
  private static final Pattern WINDBG = Pattern.compile(
      "^(?:#\\s{0,8})?(?:[0-9a-f]{8}`[0-9a-f]{8}|[0-9a-f]{1,16})\\s{1,4}(?:[0-9a-f]{8}`[0-9a-f]{8}|[0-9a-f]{2}[ -]"
          + "|[0-9a-f]{8}\\s)");

  /** What print_hex_dump() of Linux is told to put before each line. */
  private static final Pattern CALLED =
      Pattern.compile("^[A-Za-z_][\\w .()/-]{0,40}: ?(?=[0-9a-f]{8,16}:[ \\t]+[0-9a-f]{2,16}[ \\t])");

  private final Consumer<Artefact> found;
  private final byte[] page = new byte[PAGE];
  private final boolean[] known = new boolean[PAGE];
  private int knownBytes;
  private long pageAddress;
  private long next;
  private long previous;
  private int previousBytes;
  private long firstLine;
  private long lastLine;
  private long total;
  private long firstAddress;
  private boolean open;
  private boolean addressed;
  private boolean repeated;
  private boolean reported;
  private int radix = 16;
  private boolean radixKnown;
  private int foreign;

  /** The bytes of a word whose order is in doubt, or 0. */
  private int doubtfulBytes;

  private String part = "";
  private final byte[] words = new byte[1 << 15];

  /** A reader that hands on what it finds. */
  public HexDumpReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = plain(line.text());
    if (open && text.strip().equals("*")) {
      repeated = true;
      return true;
    }
    Matcher match = ADDRESSED.matcher(text);
    boolean hasAddress = match.find();
    String address = hasAddress ? match.group(1) : "";
    int count = hasAddress
        ? words(match.group(3), !match.group(2).isEmpty(), line.whole())
        : bare(text);
    if (!hasAddress && open && !addressed && count == 0) {
      count = cBytes(text); // the last line may be short
    }
    if (count < (hasAddress ? 4 : open ? 1 : FEWEST_C_BYTES)
        || (!open && hasAddress && !starts(text, count))) {
      if (open && isEndAddress(text)) {
        long last = address(text.strip());
        if (repeated && last > next && previousBytes > 0) {
          repeat(last);
          next = last;
        }
        repeated = false;
        return true;
      }
      if (open && !text.isBlank() && ++foreign > MOST_FOREIGN_LINES) {
        end();
      }
      return false;
    }
    foreign = 0;
    radixKnown |= hasAddress && !match.group(2).isEmpty(); // od puts no colon behind its octal addresses
    add(line, hasAddress, address, count);
    return true;
  }

  /** hexdump and od end with the address after the last byte. */
  private boolean isEndAddress(String text) {
    String digits = text.strip();
    return addressed && digits.length() >= 6 && digits.length() <= 16
        && digits.chars().allMatch(it -> Character.digit(it, 16) >= 0);
  }

  /** A dump begins with a line of 8 bytes at least, so that other lines of numbers are not taken for one. */
  private static boolean starts(String text, int count) {
    return count >= 8 && (text.indexOf(':') >= 0 || count >= FEWEST_BYTES);
  }

  /** Puts the bytes of the words of a line into {@link #words}: how many, or 0 if they are none. */
  private int words(String text, boolean colon, boolean whole) {
    Matcher token = TOKEN.matcher(text);
    int width = 0;
    int count = 0;
    while (token.find() && count + 8 <= words.length) {
      boolean number = token.group(1) != null;
      String digits = token.group(2);
      int bytes = digits.length() / 2;
      if (width == 0) {
        width = digits.length();
        if ((width != 2 && width != 4 && width != 8 && width != 16) || (width == 2 && number && !colon)) {
          return 0;
        }
      } else if (digits.length() != width) {
        break; // the characters after the bytes, or a cut word
      }
      if (token.end() == text.length() && !whole && token.group(3).isEmpty() && width < 2) {
        break;
      }
      long value = Long.parseUnsignedLong(digits, 16);
      doubtfulBytes = colon && !number && width >= 8 ? bytes : 0;
      boolean little = number || width >= 8 || (width == 4 && !colon);
      for (int i = 0; i < bytes; i++) {
        int shift = little ? i : bytes - 1 - i;
        words[count++] = (byte) (value >>> (shift * 8));
      }
      boolean asIs = !number && width <= 4 && count >= FEWEST_BYTES;
      if ((asIs || (!number && width >= 8 && count >= FEWEST_BYTES)) && token.group(3).length() > 1) {
        break; // what follows are characters
      }
      if (!number && width == 2 && count == FEWEST_BYTES) {
        break;
      }
    }
    return count;
  }

  private static String plain(String text) {
    String plain = text;
    if (text.indexOf('`') >= 0 || text.startsWith("#") || text.indexOf('-') > 0) {
      if (WINDBG.matcher(text).find()) {
        plain = text.replace("`", "").replaceFirst("^#\\s*", "")
            .replaceFirst("(?<= [0-9a-f]{2})-(?=[0-9a-f]{2} )", " ");
        int digits = 0;
        while (digits < plain.length() && Character.digit(plain.charAt(digits), 16) >= 0) {
          digits++;
        }
        plain = "0".repeat(Math.max(0, 8 - digits)) + plain;
      }
    }
    return text.indexOf(": ") > 0 ? CALLED.matcher(plain).replaceFirst("") : plain;
  }

  private int bare(String text) {
    int count = Math.max(digits(BARE.matcher(text)), digits(BARE_BYTES.matcher(text)));
    return count > 0 ? count : cBytes(text);
  }

  private int cBytes(String text) {
    Matcher bytes = C_BYTES.matcher(text);
    int count = 0;
    if (bytes.find()) {
      for (int at = text.indexOf("0x"); at >= 0 && count < words.length; at = text.indexOf("0x", at + 2)) {
        words[count++] = (byte) Integer.parseInt(text, at + 2, at + 4, 16);
      }
    }
    return count;
  }

  private int digits(Matcher bare) {
    if (!bare.find() || bare.group(1).chars().noneMatch(Character::isDigit)) {
      return 0; // zeros in Base64 are letters A
    }
    int count = 0;
    String digits = bare.group(1).replace(" ", "");
    for (int i = 0; i + 1 < digits.length() && count < words.length; i += 2) {
      words[count++] = (byte) Integer.parseInt(digits, i, i + 2, 16);
    }
    return count;
  }

  private void add(Line line, boolean hasAddress, String digits, int count) {
    long address = hasAddress ? address(digits) : next;
    boolean back = hasAddress && previousBytes > 0 && Long.compareUnsigned(address, previous) <= 0;
    if (open && (hasAddress != addressed || back)) {
      end(); // this line begins another dump
      address = hasAddress ? address(digits) : next;
    }
    if (!open) {
      begin(line, hasAddress, address);
    }
    if (repeated && hasAddress && address > next && previousBytes > 0) {
      repeat(address);
    }
    repeated = false;
    previous = address;
    previousBytes = count;
    lastLine = line.number();
    for (int i = 0; i < count; i++) {
      put(address + i, words[i]);
    }
    next = address + count;
  }

  /** od prints octal addresses unless it is told otherwise, or decimal ones: the second line shows it. */
  private long address(String digits) {
    long hexadecimal = Long.parseUnsignedLong(digits, 16);
    boolean octal = digits.chars().allMatch(it -> it >= '0' && it <= '7');
    if (open && !radixKnown && !repeated) {
      radixKnown = true;
      if (octal && hexadecimal != next && Long.parseLong(digits, 8) == next) {
        radix = 8;
      } else if (hexadecimal != next && isDecimal(digits) && Long.parseLong(digits) == next) {
        radix = 10;
      }
    }
    if ((radix == 8 && !octal) || (radix == 10 && !isDecimal(digits))) {
      radix = 16;
    }
    return radix == 16 ? hexadecimal : Long.parseLong(digits, radix);
  }

  private static boolean isDecimal(String digits) {
    return digits.chars().allMatch(it -> it >= '0' && it <= '9');
  }

  private void begin(Line line, boolean hasAddress, long address) {
    open = true;
    addressed = hasAddress;
    part = line.part();
    firstLine = line.number();
    firstAddress = address;
    pageAddress = hasAddress ? address & -(long) PAGE : address;
  }

  /** A line of an asterisk: the line before it repeats up to this address. */
  private void repeat(long address) {
    byte[] pattern = new byte[previousBytes];
    for (int i = 0; i < previousBytes; i++) {
      pattern[i] = at(previous + i);
    }
    long from = next;
    if (address - from > 2L * PAGE) { // whole pages of one line are no page that is known here
      long skip = (address - from) / PAGE * PAGE - PAGE;
      for (long i = from; i < ((from + PAGE) & -(long) PAGE); i++) {
        put(i, pattern[(int) ((i - from) % pattern.length)]);
      }
      total += skip;
      from = Math.max(from, address & -(long) PAGE);
    }
    for (long i = from; i < address; i++) {
      put(i, pattern[(int) ((i - next) % pattern.length)]);
    }
  }

  private byte at(long address) {
    return (address & -(long) PAGE) == pageAddress ? page[(int) (address - pageAddress)] : 0;
  }

  private void put(long address, byte value) {
    long base = addressed ? address & -(long) PAGE : pageAddress;
    if (!addressed && address - pageAddress >= PAGE) {
      base = pageAddress + PAGE;
    }
    if (base != pageAddress) {
      turn();
      pageAddress = base;
    }
    int offset = (int) (address - pageAddress);
    page[offset] = value;
    if (!known[offset]) {
      known[offset] = true;
      knownBytes++;
    }
    total++;
  }

  /** The page that was being read has ended. */
  private void turn() {
    if (knownBytes == PAGE || isEvmcsPart() || isSparse()) {
      GivenPage given = knownBytes == PAGE && total == PAGE && pageAddress == (firstAddress & -(long) PAGE)
          ? null
          : inMemory();
      if (given != null) {
        report(given);
      }
    }
    clearPage();
  }

  private @Nullable GivenPage inMemory() {
    GivenPage given = PageRecogniser.inMemory(page, 0);
    byte[] other = given == null ? swapped() : null;
    return other == null ? given : PageRecogniser.inMemory(other, 0);
  }

  /** The page with the other order of bytes in its words; null where the order is beyond doubt. */
  private byte @Nullable [] swapped() {
    if (doubtfulBytes == 0) {
      return null;
    }
    byte[] other = new byte[PAGE];
    for (int i = 0; i < PAGE; i++) {
      other[i] = page[(i / doubtfulBytes + 1) * doubtfulBytes - 1 - i % doubtfulBytes];
    }
    return other;
  }

  private boolean isEvmcsPart() {
    for (int i = 0; i < EVMCS_BYTES; i++) {
      if (!known[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Some leave lines of zeros out without a mark. What is there must be enough: of a VMCS some lines, of a VP assist
   * page those that it is known by.
   */
  private boolean isSparse() {
    if (!addressed || !known[0]) {
      return false;
    }
    for (int i = VP_ASSIST_FIRST; i < VP_ASSIST_LAST && knownBytes < SPARSE_BYTES; i++) {
      if (!known[i]) {
        return false;
      }
    }
    return true;
  }

  private void clearPage() {
    Arrays.fill(page, (byte) 0);
    Arrays.fill(known, false);
    knownBytes = 0;
  }

  private void report(GivenPage given) {
    Artefact artefact = new Artefact(Kind.HEX_PAGE, Place.ofLines(part, firstLine, lastLine));
    PageDescription.add(artefact, given);
    String address = addressed ? " at address " + new Word(pageAddress) : "";
    artefact.summary(
        "A hex dump" + address + (knownBytes < PAGE ? ", of which " + knownBytes + " bytes are there" : "")
            + ". " + artefact.summary());
    if (knownBytes < PAGE) {
      artefact.misses("the rest of the page",
          knownBytes + " of 4,096 bytes are there; the others are taken as 0.",
          "xp /512xg ADDRESS in QEMU's monitor");
    }
    found.accept(artefact);
    reported = true;
  }

  @Override
  public void end() {
    if (open) {
      boolean alone = total == knownBytes && knownBytes > 0;
      if (alone && knownBytes == PAGE) {
        GivenPage given = PageRecogniser.alone(page);
        report(given.kind() == PageKind.UNKNOWN && swapped() != null
            ? PageRecogniser.alone(Objects.requireNonNull(swapped()))
            : given);
      } else if (knownBytes == PAGE || isEvmcsPart() || isSparse()) {
        GivenPage given = inMemory();
        if (given != null) {
          report(given);
        }
      }
      if (!reported && total >= FEWEST_BYTES) {
        Artefact artefact = new Artefact(Kind.HEX_PAGE, Place.ofLines(part, firstLine, lastLine));
        artefact.summary("A hex dump of " + total + " bytes"
            + (addressed ? " from address " + new Word(firstAddress) : "")
            + "; no whole page of a kind that is known here is in it.");
        if (total < PAGE) {
          artefact.misses("a whole page", "A page has 4,096 bytes.", "xp /512xg ADDRESS in QEMU's monitor");
        }
        found.accept(artefact);
      }
    }
    open = false;
    repeated = false;
    reported = false;
    radix = 16;
    radixKnown = false;
    previousBytes = 0;
    total = 0;
    next = 0;
    foreign = 0;
    pageAddress = 0;
    clearPage();
  }
}
