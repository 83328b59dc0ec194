package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Mail;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.engine.entry.VmcsField;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Artefacts as they look after they went through mails, terminals and hands. */
class DamagedArtefactsTest {
  private static final int COLUMNS = 72;

  /** How many fuzzed inputs; {@code -Dartefacts.fuzz=N} for more. */
  private static final int FUZZED = Integer.getInteger("artefacts.fuzz", 800);

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

  @Test
  void twoDumpsStayTwo() {
    String one = Files.text("posted/dump-vmcs-accessed-bit.txt");
    String other = Files.text("posted/dump-vmcs-three-faults.txt");
    Report report = Files.explain(one + other + one);
    assertThat(report.artefacts()).hasSize(3);
    assertThat(report.artefacts().stream().map(it -> it.place().line())).containsExactly(
        1L, one.lines().count() + 1, one.lines().count() + other.lines().count() + 1);
  }

  @Test
  void whateverIsChangedItIsExplained() {
    Random random = new Random(16);
    List<byte[]> seeds = new ArrayList<>();
    Files.ARTEFACTS.forEach(name -> seeds.add(Files.bytes("posted/" + name)));
    for (String page : List.of("100_evmcs", "101_nested_state", "100_vp_assist")) {
      seeds.add(Files.bytes("pages/stage" + page + ".bin"));
    }
    seeds.add(Formats.xxd(Files.bytes("pages/stage101_evmcs.bin")).getBytes(StandardCharsets.UTF_8));
    seeds.add(Formats.elf(Map.of(0x66000L, Files.bytes("pages/stage101_evmcs.bin"))));
    seeds.add(Formats.gzip(Files.bytes("posted/dump-vmcs-healthy.txt")));
    for (int i = 0; i < FUZZED; i++) {
      explained(changed(seeds.get(random.nextInt(seeds.size())), random));
    }
  }

  private static byte[] changed(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    int changes = 1 + random.nextInt(12);
    for (int i = 0; i < changes && bytes.length > 1; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] = (byte) "0x9af=:[] \n*<>,-|"
            .charAt(random.nextInt(17));
        case 2 -> bytes = Arrays.copyOf(bytes, at + 1);
        case 3 -> bytes = Arrays.copyOfRange(bytes, at, bytes.length);
        default -> {
          int length = Math.min(random.nextInt(64), bytes.length - at);
          System.arraycopy(bytes, at, bytes, random.nextInt(bytes.length - length + 1), length);
        }
      }
    }
    return bytes;
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
