package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.zstd.ZstdOutputStream;
import io.vmxdecision.artefacts.page.Vmcs12;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.GivenPage;
import io.vmxdecision.artefacts.report.Artefact.PageKind;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Missing;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Pages, blobs and dumps of real runs are recognised without a hint. */
class PagesTest {
  private static final byte[] EVMCS = Files.bytes("pages/stage101_evmcs.bin");
  private static final byte[] VP_ASSIST = Files.bytes("pages/stage101_vp_assist.bin");

  @ParameterizedTest
  @CsvSource({
    "100_evmcs, EVMCS", "101_evmcs, EVMCS", "200_evmcs, EVMCS", "100_vp_assist, VP_ASSIST_PAGE",
    "101_vp_assist, VP_ASSIST_PAGE", "200_vp_assist, VP_ASSIST_PAGE",
    "101_partition_assist, PARTITION_ASSIST_PAGE"})
  void aPageIsRecognised(String stage, PageKind kind) {
    Report report = Files.explain(Files.bytes("pages/stage" + stage + ".bin"));
    assertThat(report.artefacts()).singleElement().satisfies(it -> {
      assertThat(it.kind()).isEqualTo(Kind.PAGE);
      assertThat(Objects.requireNonNull(it.page()).kind()).isEqualTo(kind);
    });
    assertThat(Files.faults(report)).isEmpty();
  }

  /** L0 copies the eVMCS into its vmcs12, so the fields that it loads are the same in both. */
  @Test
  void theFieldsOfABlobAreThoseOfThePageBesideIt() {
    EnlightenedVmcs evmcs = new EnlightenedVmcs();
    evmcs.wrap(EVMCS, 0);
    Map<VmcsField, Long> fields = Vmcs12.fields(Files.bytes("pages/stage101_nested_state.bin"), 128);
    assertThat(fields).hasSizeGreaterThan(120);
    Set<VmcsField> ofL0 = Set.of(VmcsField.REVISION_ID, VmcsField.GUEST_RIP);
    fields.forEach((field, value) -> {
      EvmcsField there = field.evmcsField();
      if (there != null && field.takenFromEvmcs() && !ofL0.contains(field)) {
        assertThat(value).as(field.linuxName()).isEqualTo(evmcs.value(there));
      }
    });
  }

  @ParameterizedTest
  @CsvSource({"100, 128", "101, 4224", "200, 4224"})
  void aBlobIsRecognised(String stage, int bytes) {
    byte[] blob = Files.bytes("pages/stage" + stage + "_nested_state.bin");
    assertThat(blob).hasSize(bytes);
    Report report = Files.explain(blob);
    assertThat(report.artefacts()).singleElement().extracting(Artefact::kind).isEqualTo(Kind.NESTED_STATE);
    assertThat(Files.faults(report)).isEmpty();
    assertThat(report.missing().stream().map(Missing::what).toList())
        .isEqualTo(bytes == 128 ? List.of() : List.of("eVMCS"));
  }

  @Test
  void aBlobWithoutItsVmcs12IsRefused() {
    byte[] header = Arrays.copyOf(Files.bytes("pages/stage200_nested_state.bin"), 128);
    header[4] = (byte) 128;
    header[5] = 0;
    assertThat(Files.faults(Files.explain(header))).contains("NESTED_STATE_HEADER_ONLY");
  }

  static Stream<String> dumps() {
    return Stream.of(Formats.xxd(EVMCS), Formats.hexdump(EVMCS), Formats.od(EVMCS),
        Formats.monitor(EVMCS, 0x12345000), Formats.gdb(EVMCS, 0xffff888012345000L),
        Formats.crash(EVMCS, 0xffff888012345000L), Formats.bare(EVMCS), Formats.grouped(EVMCS),
        Formats.c(EVMCS), Formats.decimal(EVMCS), Formats.winDbg(EVMCS, 0x66000, true),
        Formats.winDbg(EVMCS, 0xfffff80000066000L, false), Formats.kernel(EVMCS));
  }

  @ParameterizedTest
  @MethodSource("dumps")
  void aHexDumpIsThePageThatItShows(String dump) {
    for (String text : List.of(dump, dump.replaceAll("(?m)^", "> "), "Look:\n" + dump + "\nThanks!\n")) {
      GivenPage page = page(Files.explain(text), Kind.HEX_PAGE);
      assertThat(page.kind()).isEqualTo(PageKind.EVMCS);
      assertThat(page.bytes()).isEqualTo(EVMCS);
    }
  }

  @Test
  void theFirstQuarterOfAHexDumpIsEnough() {
    String dump = Formats.monitor(EVMCS, 0x12345000);
    Report report = Files.explain(String.join("\n", dump.lines().limit(80).toList()) + "\n");
    assertThat(page(report, Kind.HEX_PAGE).bytes()).startsWith(Arrays.copyOf(EVMCS, 1024));
    assertThat(report.missing().stream().map(Missing::what)).contains("the rest of the page");
  }

  @Test
  void aHexDumpThatIsCutAnywhereIsExplained() {
    for (String dump : dumps().toList()) {
      for (int length = 1; length < dump.length(); length += 997) {
        assertThat(Files.explain(dump.substring(0, length))).isNotNull();
        assertThat(Files.explain(dump.substring(length))).isNotNull();
      }
    }
  }

  @Test
  void theEvmcsOfAnElfDumpIsFound() {
    byte[] elf = Formats.elf(Map.of(0x66000L, VP_ASSIST, 0x1_0000_2000L, EVMCS));
    Report report = Files.explain(elf);
    assertThat(report.artefacts().stream().map(Artefact::summary))
        .anyMatch(it -> it.startsWith("At GPA 0x100002000: An enlightened VMCS"))
        .anyMatch(it -> it.startsWith("At GPA 0x66000: A VP assist page"))
        .anyMatch(it -> it.startsWith("An ELF core with 2 memory segments. 20 pages were looked at"));
    assertThat(report.page(PageKind.EVMCS)).isEqualTo(EVMCS);
  }

  @Test
  void anyPageOfADumpCanBeAskedFor() throws IOException {
    Explainer explainer = new Explainer(0x63000L);
    explainer.read("core", new ByteArrayInputStream(Formats.elf(Map.of())));
    assertThat(explainer.report().artefacts()).anyMatch(it -> it.summary().startsWith("At GPA 0x63000"));
  }

  @Test
  void anElfWhoseHeadersLieIsReadAsFarAsItIs() {
    byte[] whole = Formats.elf(Map.of(0x66000L, EVMCS));
    for (int at = 0; at < 64 + 3 * 56; at++) {
      for (int value : new int[]{0, 0x7f, 0xff}) {
        byte[] elf = whole.clone();
        elf[at] = (byte) value;
        assertThat(Files.explain(elf).artefacts().size() + Files.explain(elf).missing().size()).isPositive();
      }
    }
    byte[] cut = Arrays.copyOf(whole, whole.length - 5 * 4096);
    Report report = Files.explain(cut);
    assertThat(report.page(PageKind.EVMCS)).isEqualTo(EVMCS);
    assertThat(report.missing().stream().map(Missing::what)).contains("memory");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 64, 76})
  void aPageInBase64IsAPage(int width) {
    String encoded = width == 0
        ? Base64.getEncoder().encodeToString(EVMCS) + "\n"
        : Base64.getMimeEncoder(width, new byte[]{'\n'}).encodeToString(EVMCS) + "\n";
    Report report = Files.explain("the page:\n" + encoded + "\nwhat is it?\n");
    assertThat(report.page(PageKind.EVMCS)).isEqualTo(EVMCS);
    assertThat(report.artefacts()).hasSize(1);
    assertThat(report.unrecognisedLines()).isEqualTo(2);
    assertThat(Files.kinds(Files.explain(
        Base64.getEncoder().encodeToString(Files.bytes("pages/stage101_nested_state.bin")))))
        .containsExactly(Kind.NESTED_STATE);
  }

  /** The lines of zeros are left out, and each page begins at 0 again. */
  @Test
  void sparseDumpsOfSeveralPagesAreTold() {
    String text = "[evmcs]\n" + sparse(EVMCS) + "[vp_assist]\n" + sparse(VP_ASSIST)
        + "[evmcs]\n" + sparse(EVMCS);
    Report report = Files.explain(text);
    assertThat(report.artefacts().stream().map(Artefact::kind))
        .containsExactly(Kind.HEX_PAGE, Kind.HEX_PAGE, Kind.HEX_PAGE);
    assertThat(report.page(PageKind.EVMCS)).isEqualTo(EVMCS);
    assertThat(report.page(PageKind.VP_ASSIST_PAGE)).isEqualTo(VP_ASSIST);
    assertThat(report.missing().stream().map(Missing::what)).contains("the rest of the page");
  }

  private static String sparse(byte[] page) {
    return Formats.xxd(page).lines().filter(line -> line.startsWith("00000000") || !line.contains(
        " 0000 0000 0000 0000 0000 0000 0000 0000 ")).map(line -> line + "\n").collect(Collectors.joining());
  }

  @Test
  void compressedFilesGoInAsTheyAre() {
    for (Formats.Packer packer : List.<Formats.Packer>of(
        java.util.zip.GZIPOutputStream::new,
        ZstdOutputStream::new,
        out -> new XZOutputStream(out, new LZMA2Options(0)))) {
      byte[] packed = Formats.packed(EVMCS, packer);
      assertThat(page(Files.explain(packed), Kind.PAGE).bytes()).isEqualTo(EVMCS);
      assertThat(page(Files.explain(Formats.gzip(packed)), Kind.PAGE).bytes()).isEqualTo(EVMCS);
      Report cut = Files.explain(Arrays.copyOf(packed, packed.length - 7));
      assertThat(cut.missing().stream().map(Missing::what)).contains("the rest of the file");
    }
  }

  @Test
  void ofAFileThatCannotBeUnpackedToItsEndWhatComesBeforeIsRead() {
    String dump = Files.text("posted/dump-vmcs-healthy.txt");
    byte[] packed = Formats.gzip((dump + "x = 1\n".repeat(20_000)).getBytes(StandardCharsets.UTF_8));
    packed[packed.length - 6] ^= 1; // the checksum
    Report report = Files.explain(packed);
    assertThat(report.vmcs()).isEqualTo(Files.explain(dump).vmcs());
    assertThat(report.missing().stream().map(Missing::what)).contains("the rest of the file");
  }

  /** Unpacked it has 100 MB in one line. */
  @Test
  void aBombIsReadInBoundedMemory() {
    byte[] zeros = new byte[1 << 20];
    Arrays.fill(zeros, (byte) 'z');
    byte[] bomb = Formats.packed(new byte[0], out -> {
      java.util.zip.GZIPOutputStream packing = new java.util.zip.GZIPOutputStream(out);
      for (int i = 0; i < 100; i++) {
        packing.write(zeros);
      }
      return packing;
    });
    Report report = Files.explain(bomb);
    assertThat(report.unrecognisedLines()).isOne();
    assertThat(report.missing().stream().map(Missing::what)).contains("the rest of 1 lines");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "<!DOCTYPE d [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n<domain><hyperv><evmcs state=\"on\"/>&b;</hyperv>",
    "<hyperv><evmcs state=\"on\"/><!DOCTYPE x SYSTEM \"file:///etc/passwd\">&x;</hyperv>"})
  void noEntityOfAnXmlFileIsLookedAt(String xml) {
    Report report = Files.explain(xml + "\n");
    assertThat(Files.kinds(report)).contains(Kind.VM_CONFIG);
    assertThat(report.cpuid().get("nestedEax")).isEqualTo(0x0101);
    assertThat(report.toString()).doesNotContain("root:");
  }

  @Test
  void textInOtherEncodingsIsRead() {
    byte[] text = ("\ufeff" + Files.text("posted/number-umwait.txt")).getBytes(StandardCharsets.UTF_16LE);
    assertThat(Files.kinds(Files.explain(text))).contains(Kind.NUMBER);
  }

  private static GivenPage page(Report report, Kind kind) {
    return report.artefacts().stream().filter(it -> it.kind() == kind && it.page() != null)
        .map(Artefact::page).map(Objects::requireNonNull).findFirst().orElseThrow();
  }
}
