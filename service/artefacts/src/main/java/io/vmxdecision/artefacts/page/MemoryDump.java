package io.vmxdecision.artefacts.page;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.GivenPage;
import io.vmxdecision.artefacts.report.Artefact.PageKind;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.engine.bytes.LittleEndian;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an ELF core of QEMU's {@code dump-guest-memory}, or memory without a header, from front to back, holding
 * one page. It looks for pages that look like an eVMCS or a VP assist page.
 *
 * <p>Of ELF it reads the header and the program headers, each field checked against the others; no library that
 * is maintained does that for a stream.
 */
public final class MemoryDump {
  private static final int PAGE = 4096;
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int CORE = 4;
  private static final int LOAD = 1;
  private static final int MOST_HEADERS = 4096;
  private static final int MOST_PAGES = 256;
  private static final int EXTENDED = 0xffff;

  private final String part;
  private final InputStream in;
  private final Consumer<Artefact> found;
  private final @Nullable Long wanted;
  private long position;
  private long pages;
  private long reported;
  private boolean foundWanted;

  private record Segment(long offset, long bytes, long gpa) {}

  private MemoryDump(String part, InputStream in, @Nullable Long wanted, Consumer<Artefact> found) {
    this.part = part;
    this.in = in;
    this.wanted = wanted;
    this.found = found;
  }

  /** Whether a file begins as ELF. */
  public static boolean isElf(byte[] first, int length) {
    return length >= 4 && first[0] == 0x7f && first[1] == 'E' && first[2] == 'L' && first[3] == 'F';
  }

  /**
   * Reads the rest of an ELF file.
   *
   * @param wanted the GPA of a page to be shown whatever it looks like, or null
   */
  public static void readElf(String part, InputStream in, @Nullable Long wanted, Consumer<Artefact> found)
      throws IOException {
    new MemoryDump(part, in, wanted, found).elf();
  }

  /** Reads memory without a header, from address 0 on. */
  public static void readRaw(String part, InputStream in, @Nullable Long wanted, Consumer<Artefact> found)
      throws IOException {
    MemoryDump dump = new MemoryDump(part, in, wanted, found);
    Artefact artefact = new Artefact(Kind.MEMORY_DUMP, Place.ofBytes(part, 0, 0));
    dump.scan(new Segment(0, Long.MAX_VALUE, 0));
    dump.finish(artefact,
        "Bytes without a header of " + dump.position + " bytes, taken as pages from address 0");
  }

  private void elf() throws IOException {
    Artefact artefact = new Artefact(Kind.MEMORY_DUMP, Place.ofBytes(part, 0, 0));
    byte[] header = in.readNBytes(HEADER);
    position = header.length;
    String fault = fault(header);
    if (!fault.isEmpty()) {
      artefact.misses("program headers", fault, "dump-guest-memory FILE in QEMU's monitor, or virsh dump"
          + " --memory-only --format elf DOMAIN FILE");
      finish(artefact, "An ELF file");
      return;
    }
    long table = LittleEndian.u64(header, 32);
    int count = LittleEndian.u16(header, 56);
    boolean extended = count == EXTENDED; // the count is in the first section header
    if (!skipTo(table)) {
      artefact.misses("program headers", "They are said to lie at byte " + Long.toUnsignedString(table)
          + ", which is not in the file.", "A whole copy of the file.");
      finish(artefact, "An ELF core");
      return;
    }
    List<Segment> segments = new ArrayList<>();
    int read = 0;
    for (; read < Math.min(extended ? MOST_HEADERS : count, MOST_HEADERS); read++) {
      byte[] program = in.readNBytes(PROGRAM_HEADER);
      position += program.length;
      if (program.length < PROGRAM_HEADER) {
        break;
      }
      if (LittleEndian.u32(program, 0) == LOAD) {
        Segment segment =
            new Segment(
                LittleEndian.u64(program, 8), LittleEndian.u64(program, 32), LittleEndian.u64(program, 24));
        if (segment.offset >= 0 && segment.bytes > 0 && segment.offset + segment.bytes > 0) {
          segments.add(segment);
        }
      } else if (extended && segments.isEmpty() && read > 0) {
        break;
      }
    }
    if (read < count) {
      artefact.misses("program headers", "The header says " + count + ", " + read + " are there or are read.",
          "A whole copy of the file.");
    }
    segments.sort(Comparator.comparingLong(Segment::offset));
    long incomplete = 0;
    for (Segment segment : segments) {
      if (segment.offset < position) {
        incomplete++; // overlaps what was read
      } else if (skipTo(segment.offset)) {
        long before = position;
        scan(segment);
        incomplete += position - before < segment.bytes ? 1 : 0;
      } else {
        incomplete++;
      }
    }
    if (incomplete > 0) {
      artefact.misses("memory",
          incomplete + " of " + segments.size() + " segments are not, or not wholly, where the"
              + " headers say.",
          "A whole copy of the file.");
    }
    finish(artefact, "An ELF core with " + segments.size() + " memory segments");
  }

  private static String fault(byte[] header) {
    if (header.length < HEADER) {
      return "The file ends in its header.";
    }
    if (header[4] != 2 || header[5] != 1) {
      return "It is no ELF of 64 bits, little-endian.";
    }
    if (LittleEndian.u16(header, 16) != CORE) {
      return "Its type is " + LittleEndian.u16(header, 16) + ", not core (4).";
    }
    if (LittleEndian.u16(header, 54) != PROGRAM_HEADER) {
      return "It says that a program header has " + LittleEndian.u16(header, 54) + " bytes; it has 56.";
    }
    return LittleEndian.u16(header, 56) == 0 ? "It has no program headers." : "";
  }

  private boolean skipTo(long offset) throws IOException {
    if (offset < position) {
      return false;
    }
    while (position < offset) {
      long skipped = in.skip(offset - position);
      if (skipped <= 0) {
        if (in.read() < 0) {
          return false;
        }
        skipped = 1;
      }
      position += skipped;
    }
    return true;
  }

  private void scan(Segment segment) throws IOException {
    byte[] page = new byte[PAGE];
    long left = segment.bytes;
    long gpa = segment.gpa;
    long lead = gpa & (PAGE - 1);
    if (lead != 0) { // pages begin where their addresses say
      long skip = Math.min(left, PAGE - lead);
      if (!skipTo(position + skip)) {
        return;
      }
      left -= skip;
      gpa += skip;
    }
    while (left >= PAGE) {
      int read = in.readNBytes(page, 0, PAGE);
      position += read;
      if (read < PAGE) {
        return;
      }
      pages++;
      GivenPage given = PageRecogniser.inMemory(page, 0);
      boolean isWanted = wanted != null && (wanted & -(long) PAGE) == gpa;
      if (isWanted) {
        foundWanted = true;
        given = given == null ? PageRecogniser.alone(page) : given;
      }
      if (given != null && given.kind() != PageKind.VMCS12) {
        report(given, gpa);
      }
      left -= PAGE;
      gpa += PAGE;
    }
    if (left > 0) {
      skipTo(position + left);
    }
  }

  private void report(GivenPage given, long gpa) {
    if (++reported > MOST_PAGES) {
      return;
    }
    Artefact artefact = new Artefact(Kind.PAGE, Place.ofBytes(part, position - PAGE, PAGE));
    PageDescription.add(artefact, given);
    artefact.decode(Reading.having().word("gpa", gpa)
        .as("address", "The page at guest-physical address " + new Word(gpa) + ".", "ELF program headers"));
    artefact.summary("At GPA " + new Word(gpa) + ": " + artefact.summary());
    found.accept(artefact);
  }

  private void finish(Artefact artefact, String what) {
    artefact.place(Place.ofBytes(part, 0, position));
    artefact.summary(what + ". " + pages + " pages were looked at, " + reported
        + " look like an eVMCS or a VP assist page"
        + (reported > MOST_PAGES ? ", of which " + MOST_PAGES + " are shown" : "") + ".");
    if (wanted != null && !foundWanted) {
      artefact.misses("the page at " + new Word(wanted), "No segment holds it.",
          "Another gpa, or a whole dump.");
    }
    found.accept(artefact);
  }
}
