package io.vmxdecision.artefacts;

import io.vmxdecision.artefacts.machine.CapabilitiesReader;
import io.vmxdecision.artefacts.machine.ConfigReader;
import io.vmxdecision.artefacts.machine.CpuidReader;
import io.vmxdecision.artefacts.machine.CpuidTextReader;
import io.vmxdecision.artefacts.machine.CpuinfoReader;
import io.vmxdecision.artefacts.machine.RegistersReader;
import io.vmxdecision.artefacts.number.ExitCountsReader;
import io.vmxdecision.artefacts.number.NumberReader;
import io.vmxdecision.artefacts.number.SuberrorReader;
import io.vmxdecision.artefacts.page.Base64Reader;
import io.vmxdecision.artefacts.page.HexDumpReader;
import io.vmxdecision.artefacts.page.MemoryDump;
import io.vmxdecision.artefacts.page.NestedState;
import io.vmxdecision.artefacts.page.PageDescription;
import io.vmxdecision.artefacts.page.PageRecogniser;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Contradictions;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Missing;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.Lines;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.artefacts.unpack.Unpacker;
import io.vmxdecision.artefacts.vmcs.EntryFailureReader;
import io.vmxdecision.artefacts.vmcs.VmcsDumpReader;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.entry.Capability;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Explains what people have in their hands: give it the files with {@link #read}, then ask for the {@link
 * #report}.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>Memory is bounded whatever the size of the input: a few buffers, {@value #MOST_ARTEFACTS} artefacts, and
 *       of a line its first 65,536 characters. What is dropped is counted.
 *   <li>Malformed input is never an exception: what could be read is reported, and what is missing.
 *   <li>Of one file at most {@value #MOST_UNPACKED} bytes are read when it is compressed.
 *   <li>One explainer explains one input, by one thread.
 * </ol>
 */
public final class Explainer {
  /** The most artefacts of a report. */
  public static final int MOST_ARTEFACTS = 500;

  /** The most bytes that a compressed file may unpack to: 16 GiB. */
  public static final long MOST_UNPACKED = 1L << 34;

  /** What the artefacts of a report weigh at most, in bytes of heap, estimated: 4 MiB. */
  public static final long MOST_WEIGHT = 1L << 22;

  private static final int SNIFFED = 1 << 14;
  private static final int SHOWN_LINES = 20;

  private final @Nullable Long gpa;
  private final long mostUnpacked;
  private final List<Artefact> artefacts = new ArrayList<>();
  private final List<Missing> missing = new ArrayList<>();
  private final List<String> unrecognised = new ArrayList<>();
  private long unrecognisedLines;
  private long more;
  private long weight;

  /** @param gpa the guest-physical address of a page of a memory dump that is to be shown, or null */
  public Explainer(@Nullable Long gpa) {
    this(gpa, MOST_UNPACKED);
  }

  /**
   * An explainer with a bound of its own.
   *
   * @param mostUnpacked the most bytes that a file may unpack to
   */
  public Explainer(@Nullable Long gpa, long mostUnpacked) {
    this.gpa = gpa;
    this.mostUnpacked = mostUnpacked;
  }

  /**
   * Reads a file to its end.
   *
   * @param part its name; empty if it has none
   * @throws IOException when the stream itself throws it
   */
  public void read(String part, InputStream in) throws IOException {
    Source source = new Source(in);
    try {
      Limited limited = new Limited(Unpacker.open(source), source, mostUnpacked);
      readUnpacked(part, limited);
      IOException fault = limited.fault();
      if (fault != null) {
        cannotUnpack(part, fault);
      }
    } catch (IOException e) {
      if (source.failed()) {
        throw e;
      }
      cannotUnpack(part, e);
    }
  }

  private void cannotUnpack(String part, IOException fault) {
    missing.add(new Missing("the rest of the file" + (part.isEmpty() ? "" : " " + part),
        "It is compressed, and it cannot be unpacked: " + fault.getMessage() + ".",
        "The file as it was, or unpacked."));
  }

  private void readUnpacked(String part, Limited limited) throws IOException {
    BufferedInputStream in = new BufferedInputStream(limited, SNIFFED);
    in.mark(SNIFFED);
    byte[] first = in.readNBytes(SNIFFED - 1);
    in.reset();
    if (first.length == 0 && limited.fault() != null) {
      return;
    }
    if (MemoryDump.isElf(first, first.length)) {
      MemoryDump.readElf(part, in, gpa, this::found);
    } else if (NestedState.is(first)) {
      found(NestedState.read(part, first));
    } else if (isText(first)) {
      text(part, in, first);
    } else if (first.length == PageView.PAGE_BYTES) {
      page(part, first);
    } else {
      binary(part, in, first);
    }
    if (limited.ended()) {
      missing.add(new Missing("the rest of the file", "It unpacks to more than " + mostUnpacked + " bytes.",
          "The part that matters."));
    }
  }

  private void page(String part, byte[] bytes) {
    Artefact artefact = new Artefact(Kind.PAGE, Place.ofBytes(part, 0, bytes.length));
    PageDescription.add(artefact, PageRecogniser.alone(bytes));
    found(artefact);
  }

  private void binary(String part, InputStream in, byte[] first) throws IOException {
    String magic = new String(first, 0, Math.min(first.length, 8), StandardCharsets.ISO_8859_1);
    if (magic.startsWith("KDUMP") || magic.startsWith("DISKDUMP") || magic.startsWith("makedump")) {
      Artefact artefact = new Artefact(Kind.MEMORY_DUMP, Place.ofBytes(part, 0, first.length));
      artefact.summary("A dump in the format of kdump, which is not read here.");
      artefact.misses("memory", "The pages of this format are compressed one by one.",
          "virsh dump --memory-only --format elf DOMAIN FILE, or dump-guest-memory FILE without -z, -l, -s.");
      found(artefact);
    } else if (first.length >= PageView.PAGE_BYTES) {
      MemoryDump.readRaw(part, in, gpa, this::found);
    } else {
      missing.add(new Missing("a known kind of file",
          (part.isEmpty() ? "The input" : part) + " has " + first.length
              + " bytes that are neither text nor a page nor a nested-state blob"
              + (first.length == 0 ? "" : " of 128, 4,224 or 8,320 bytes") + ".",
          "A page has 4,096 bytes: pmemsave ADDRESS 4096 FILE in QEMU's monitor."));
    }
  }

  /** Few control characters, or UTF-16 with its mark. */
  private static boolean isText(byte[] first) {
    if (first.length >= 2 && isMark(first)) {
      return true;
    }
    int control = 0;
    for (byte one : first) {
      if (one >= 0 && one < ' ' && one != '\n' && one != '\r' && one != '\t' && one != '\f' && one != 0x1b) {
        control++;
      }
    }
    return control * 64 <= first.length && first.length > 0 && (first.length < 8 ? control == 0 : true);
  }

  private static boolean isMark(byte[] first) {
    return (first[0] == (byte) 0xff && first[1] == (byte) 0xfe)
        || (first[0] == (byte) 0xfe && first[1] == (byte) 0xff);
  }

  private void text(String part, InputStream in, byte[] first) throws IOException {
    Charset charset = first.length >= 2 && isMark(first) ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    Lines lines = new Lines(part, new InputStreamReader(in, charset));
    int before = artefacts.size();
    List<TextReader> readers = readers(this::found);
    NumberReader numbers = new NumberReader(this::found);
    Line line;
    while ((line = lines.next()) != null) {
      boolean taken = false;
      for (TextReader reader : readers) {
        taken |= reader.take(line);
        if (reader instanceof TraceTextReader traces && traces.tookEvent()) {
          break; // of no other format, and there may be millions
        }
      }
      if (!taken && !line.text().isBlank() && !numbers.take(line)) {
        unrecognisedLines++;
        if (unrecognised.size() < SHOWN_LINES) {
          unrecognised.add(line.shown());
        }
      }
    }
    readers.forEach(TextReader::end);
    numbers.end();
    // Readers hand on what they found when it ends.
    artefacts.subList(before, artefacts.size()).sort(Comparator.comparingLong(it -> it.place().line()));
    if (lines.shortened() > 0) {
      missing.add(new Missing("the rest of " + lines.shortened() + " lines",
          "Of a line its first 65,536 characters are read.", "The text with its line ends."));
    }
  }

  /** A reader of each format, without that of numbers, which sees what no other takes. */
  static List<TextReader> readers(Consumer<Artefact> found) {
    return List.of(
        new TraceTextReader(found),
        new VmcsDumpReader(found),
        new EntryFailureReader(found),
        new SuberrorReader(found),
        new RegistersReader(found),
        new CpuidReader(found),
        new CpuidTextReader(found),
        new CpuinfoReader(found),
        new CapabilitiesReader(found),
        new ConfigReader(found),
        new ExitCountsReader(found),
        new HexDumpReader(found),
        new Base64Reader(found));
  }

  private void found(Artefact artefact) {
    long heavier = weight + artefact.weight();
    if (artefacts.size() >= MOST_ARTEFACTS || (heavier > MOST_WEIGHT && !artefacts.isEmpty())) {
      more++;
    } else {
      weight = heavier;
      artefacts.add(artefact);
    }
  }

  /** The text may say the CPU's capabilities before a dump or after it. */
  private void judgeDumps() {
    Map<Capability, Long> capabilities = new EnumMap<>(Capability.class);
    artefacts.forEach(artefact -> artefact.capabilities().forEach(capabilities::putIfAbsent));
    for (Artefact artefact : artefacts) {
      if (artefact.kind() == Kind.VMCS_DUMP && artefact.verdict() == null) {
        VmcsDumpReader.judge(artefact, capabilities);
      }
    }
  }

  /** What was found. */
  public Report report() {
    judgeDumps();
    Contradictions.find(artefacts);
    Set<Missing> all = new LinkedHashSet<>(missing);
    boolean hasDump = artefacts.stream().anyMatch(artefact -> artefact.kind() == Kind.VMCS_DUMP);
    for (Artefact artefact : artefacts) {
      for (Missing one : artefact.missing()) {
        if (!(hasDump && one.what().equals("VMCS"))) {
          all.add(one);
        }
      }
    }
    return new Report(artefacts, more, new ArrayList<>(all), unrecognisedLines, unrecognised);
  }

  /** Remembers whether it was the source that failed, and not what unpacks it. */
  private static final class Source extends InputStream {
    private final InputStream in;
    private boolean failed;

    Source(InputStream in) {
      this.in = in;
    }

    boolean failed() {
      return failed;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      boolean done = false;
      try {
        int read = in.read(buffer, offset, length);
        done = true;
        return read;
      } finally {
        failed |= !done;
      }
    }
  }

  /** Ends after so many bytes, and where what is packed is malformed: what comes before it can be read. */
  private static final class Limited extends InputStream {
    private final InputStream in;
    private final Source source;
    private long left;
    private @Nullable IOException fault;

    Limited(InputStream in, Source source, long most) {
      this.in = in;
      this.source = source;
      left = most;
    }

    boolean ended() {
      return left <= 0;
    }

    @Nullable
    IOException fault() {
      return fault;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left <= 0 || fault != null) {
        return -1;
      }
      int read;
      try {
        read = in.read(buffer, offset, (int) Math.min(length, left));
      } catch (IOException e) {
        if (source.failed()) {
          throw e;
        }
        fault = e;
        return -1;
      }
      left -= Math.max(0, read);
      return read;
    }
  }
}
