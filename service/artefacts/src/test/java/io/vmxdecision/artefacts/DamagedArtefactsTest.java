package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Mail;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.engine.entry.VmcsField;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Artefacts as they look after they went through mails, terminals and hands. */
class DamagedArtefactsTest {
  private static final int COLUMNS = 72;

  static Stream<String> files() {
    return Files.ARTEFACTS.stream();
  }

  static Stream<String> dumps() {
    return Files.ARTEFACTS.stream().filter(name -> name.startsWith("dump-") || name.startsWith("xen-"));
  }

  @ParameterizedTest
  @MethodSource("files")
  void quotedInMailsItSaysTheSame(String file) {
    String text = Files.text("posted/" + file);
    String quoted = text.lines().map(line -> "> > " + line + "\n").collect(Collectors.joining());
    assertSame(Files.explain(text), Files.explain(quoted));
  }

  @ParameterizedTest
  @MethodSource("files")
  void amongOtherLinesItSaysTheSame(String file) {
    String text = Files.text("posted/" + file);
    String before = "Hi all,\nsince the update my VM dies. This is what I get:\n\n";
    String after = "\nAny idea? The machine has 64 GB.\n-- \nKind regards\n";
    Report report = Files.explain(before + text + after);
    assertSame(Files.explain(text), report);
    assertThat(report.firstUnrecognised()).contains("Any idea? The machine has 64 GB.");
  }

  @ParameterizedTest
  @MethodSource("files")
  void withOtherLineEndsItSaysTheSame(String file) {
    String text = Files.text("posted/" + file);
    assertSame(Files.explain(text), Files.explain(text.replace("\n", "\r\n")));
    assertSame(Files.explain(text), Files.explain(("\ufeff" + text).getBytes(StandardCharsets.UTF_16LE)));
  }

  @ParameterizedTest
  @MethodSource("files")
  void asMailsAreStoredItSaysTheSame(String file) {
    String text = Files.text("posted/" + file);
    String stored = quotedPrintable(text);
    String headers = "Subject: help\nContent-Transfer-Encoding: quoted-printable\n\n";
    assertSame(Files.explain(text), Files.explain(headers + stored));
    assertSame(Files.explain(text),
        Files.explain("Content-Transfer-Encoding: 7bit\n\n" + text));
  }

  @Test
  void aMailWithoutItsHeadersIsRecognisedByWhatCanBeNoNumber() {
    assertThat(fields(Files.explain("""
        CR0: actual=3D0x0000000080010031, shadow=3D0x0000000080010031,
        gh_mask=3Dfffffffffffefff7
        EPT pointer =3D 0x00000000=
        1234501e
        """))).containsEntry(VmcsField.EPT_POINTER, 0x1234501eL)
        .containsEntry(VmcsField.CR0_GUEST_HOST_MASK, 0xfffffffffffefff7L);
    assertThat(Files.explain("EAX=3D000000 EBX=3D0a0b0c ECX=00000000 EDX=00000001\n").registers())
        .as("numbers that look encoded").containsEntry("rax", 0x3d000000L).containsEntry("rbx", 0x3d0a0b0cL);
  }

  @ParameterizedTest
  @MethodSource("files")
  void withTheSpacesOfBrowsersAndTheColoursOfTerminalsItSaysTheSame(String file) {
    String text = Files.text("posted/" + file);
    assertSame(Files.explain(text), Files.explain(text.replace("  ", "\u00a0 ")));
    String coloured =
        text.lines().map(line -> "\u001b[32m" + line + "\u001b[0m\n").collect(Collectors.joining());
    assertSame(Files.explain(text), Files.explain(coloured));
  }

  @ParameterizedTest
  @MethodSource("dumps")
  void wrappedAtWordsADumpHasAllItsFields(String file) {
    String text = Files.text("posted/" + file);
    assertThat(fields(Files.explain(wrappedAtWords(text)))).isEqualTo(fields(Files.explain(text)));
    assertThat(Files.faults(Files.explain(wrappedAtWords(text))))
        .isEqualTo(Files.faults(Files.explain(text)));
  }

  /** A line that is broken inside of a word may lose what the word says, and never says something else. */
  @ParameterizedTest
  @MethodSource("dumps")
  void brokenAtAnyColumnADumpSaysNothingElse(String file) {
    String text = Files.text("posted/" + file);
    Map<VmcsField, Long> whole = fields(Files.explain(text));
    for (int columns = 20; columns < 90; columns += 3) {
      Map<VmcsField, Long> broken = fields(Files.explain(broken(text, columns)));
      assertThat(whole.entrySet()).as("%d columns", columns).containsAll(broken.entrySet());
    }
    assertThat(fields(Files.explain(broken(text, COLUMNS))).size()).isGreaterThan(whole.size() * 3 / 4);
  }

  @ParameterizedTest
  @MethodSource("dumps")
  void cutAnywhereADumpSaysNothingElse(String file) {
    String text = Files.text("posted/" + file);
    Map<VmcsField, Long> whole = fields(Files.explain(text));
    for (int length = 0; length < text.length(); length += 2) {
      Map<VmcsField, Long> head = fields(Files.explain(text.substring(0, length)));
      assertThat(whole.entrySet()).as("the first %d", length).containsAll(head.entrySet());
    }
    List<String> lines = text.lines().toList();
    for (int i = 1; i < lines.size(); i++) {
      String tail = String.join("\n", lines.subList(i, lines.size())) + "\n";
      String head = String.join("\n", lines.subList(0, i)) + "\n";
      assertThat(fields(Files.explain(head)).size() + fields(Files.explain(tail)).size())
          .as("cut at line %d", i).isGreaterThanOrEqualTo(whole.size() - 2);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void cutAnywhereItIsExplained(String file) {
    byte[] bytes = Files.bytes("posted/" + file);
    for (int length = 0; length <= bytes.length; length += 11) {
      explained(Arrays.copyOf(bytes, length));
      explained(Arrays.copyOfRange(bytes, length, bytes.length));
    }
  }

  /** Of the readers that nobody's posted artefact is for, too. */
  @ParameterizedTest
  @MethodSource("texts")
  void eachFormatIsReadInMailsAndAmongOtherLines(Class<?> reader) {
    for (byte[] seed : Seeds.all().getOrDefault(reader, List.of())) {
      String text = new String(seed, StandardCharsets.UTF_8);
      Report whole = Files.explain(text);
      assertSame(whole, Files.explain(text.replace("\n", "\r\n")));
      assertSame(whole,
          Files.explain("Hi all,\nthis is what I get:\n\n" + text + "\nAny idea?\n-- \nRegards\n"));
      assertSame(whole,
          Files.explain(text.lines().map(line -> "> " + line + "\n").collect(Collectors.joining())));
    }
  }

  @ParameterizedTest
  @MethodSource("texts")
  void eachFormatIsExplainedCutAtEachLineAndWrapped(Class<?> reader) {
    for (byte[] seed : Seeds.all().getOrDefault(reader, List.of())) {
      String text = new String(seed, StandardCharsets.UTF_8);
      explained(wrappedAtWords(text).getBytes(StandardCharsets.UTF_8));
      explained(broken(text, COLUMNS).getBytes(StandardCharsets.UTF_8));
      List<String> lines = text.lines().toList();
      int cuts = Math.clamp(1_000_000 / text.length(), 4, 40); // of a long trace fewer
      int step = Math.max(1, lines.size() / cuts);
      for (int i = 1; i < lines.size(); i += step) {
        explained((String.join("\n", lines.subList(0, i)) + "\n").getBytes(StandardCharsets.UTF_8));
        explained(
            (String.join("\n", lines.subList(i, lines.size())) + "\n").getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  static Stream<Class<?>> texts() {
    return Seeds.all().keySet().stream()
        .filter(reader -> TextReader.class.isAssignableFrom(reader));
  }

  @Test
  void twoDumpsStayTwo() {
    String one = Files.text("posted/dump-vmcs-accessed-bit.txt");
    String other = Files.text("posted/dump-vmcs-three-faults.txt");
    Report report = Files.explain(one + other + one);
    assertThat(report.artefacts()).hasSize(3);
    assertThat(report.artefacts().stream().map(it -> it.place().line())).containsExactly(
        1L, one.lines().count() + 1, one.lines().count() + other.lines().count() + 1);
  }

  private static void explained(byte[] bytes) {
    Report report = Files.explain(bytes);
    String mail = Mail.of(report, List.of());
    assertThat(mail.lines()).allMatch(line -> line.length() <= Mail.COLUMNS);
  }

  private static void assertSame(Report expected, Report actual) {
    assertThat(kindsInOrder(actual)).isEqualTo(kindsInOrder(expected));
    assertThat(Files.faults(actual)).isEqualTo(Files.faults(expected));
    assertThat(actual.exit()).isEqualTo(expected.exit());
    assertThat(fields(actual)).isEqualTo(fields(expected));
    assertThat(actual.cpuid()).isEqualTo(expected.cpuid());
  }

  private static Set<String> kindsInOrder(Report report) {
    return report.artefacts().stream().map(it -> it.kind().name()).collect(Collectors.toSet());
  }

  private static Map<VmcsField, Long> fields(Report report) {
    return report.artefacts().stream().map(Artefact::fields).map(Map::entrySet).flatMap(Set::stream)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (one, other) -> one));
  }

  private static String broken(String text, int columns) {
    StringBuilder broken = new StringBuilder();
    text.lines().forEach(line -> {
      for (int at = 0; at == 0 || at < line.length(); at += columns) {
        broken.append(line, at, Math.min(line.length(), at + columns)).append('\n');
      }
    });
    return broken.toString();
  }

  /** The encoding of mails, with soft breaks after 76 characters. */
  private static String quotedPrintable(String text) {
    StringBuilder encoded = new StringBuilder();
    int column = 0;
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      if (one == '\n') {
        encoded.append('\n');
        column = 0;
        continue;
      }
      String piece = one == '=' || one < ' ' ? "=%02X".formatted(one) : String.valueOf((char) one);
      if (column + piece.length() > 75) {
        encoded.append("=\n");
        column = 0;
      }
      encoded.append(piece);
      column += piece.length();
    }
    return encoded.toString();
  }

  private static String wrappedAtWords(String text) {
    return text.lines().map(line -> {
      StringBuilder wrapped = new StringBuilder();
      int column = 0;
      for (String word : line.split("(?<= )", -1)) {
        if (column + word.stripTrailing().length() > COLUMNS && column > 0) {
          wrapped.append('\n');
          column = 0;
        }
        wrapped.append(word);
        column += word.length();
      }
      return wrapped.append('\n').toString();
    }).collect(Collectors.joining());
  }
}
