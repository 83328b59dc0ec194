package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.number.NumberReader;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Mail;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.Lines;
import io.vmxdecision.artefacts.text.TextReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Inputs of each format, changed at random: all readers get them, and the reader of that format alone. {@code
 * -Dartefacts.fuzz=N} takes N of each format, {@code -Dartefacts.fuzz.seed=N} others.
 */
class FuzzTest {
  private static final int FUZZED = Integer.getInteger("artefacts.fuzz", 80);
  private static final long SEED = Long.getLong("artefacts.fuzz.seed", 16);

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final Map<Class<?>, List<byte[]>> SEEDS = Seeds.all();

  static Stream<Class<?>> formats() {
    return SEEDS.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("formats")
  void eachFormatIsFuzzedFromInputsThatItsReaderKnows(Class<?> format) {
    for (byte[] seed : SEEDS.getOrDefault(format, List.of())) {
      assertThat(Files.explain(seed).artefacts().stream().map(Artefact::kind))
          .containsAnyElementsOf(Seeds.kinds(format));
    }
  }

  @Test
  void noReaderIsLeftOut() {
    List<Class<?>> readers = new ArrayList<>();
    Explainer.readers(FuzzTest::drop).forEach(reader -> readers.add(reader.getClass()));
    readers.add(new NumberReader(FuzzTest::drop).getClass());
    assertThat(SEEDS.keySet()).containsAll(readers);
  }

  @ParameterizedTest
  @MethodSource("formats")
  void whateverIsChangedItIsExplained(Class<?> format) {
    Random random = new Random(SEED * 1009 + format.getSimpleName().hashCode());
    List<byte[]> seeds = SEEDS.getOrDefault(format, List.of());
    long slowest = 0;
    int known = 0;
    for (int i = 0; i < FUZZED; i++) {
      byte[] input = Mutations.of(seeds, random);
      long start = THREADS.getCurrentThreadCpuTime();
      try {
        Report report = Files.explain(input);
        String mail = Mail.of(report, List.of());
        assertThat(mail.lines()).allMatch(line -> line.length() <= Mail.COLUMNS);
        known +=
            report.artefacts().stream().map(Artefact::kind).anyMatch(Seeds.kinds(format)::contains) ? 1 : 0;
        alone(format, input);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("input " + i + " of seed " + SEED + ": " + HexFormat.of().formatHex(input),
            e);
      }
      slowest = Math.max(slowest, THREADS.getCurrentThreadCpuTime() - start);
    }
    System.out.printf(
        "%-18s %7d fuzzed inputs of seed %d, %3d %% still known, the slowest took %d ms of a CPU%n",
        format.getSimpleName(), FUZZED, SEED, 100L * known / FUZZED, slowest / 1_000_000);
    assertThat(known).as("inputs that the reader still knows").isGreaterThan(FUZZED / 200);
  }

  /** Lets the reader of a text read it without the others. */
  private static void alone(Class<?> format, byte[] input) {
    TextReader reader = reader(format);
    if (reader == null) {
      return;
    }
    Lines lines = new Lines("", new StringReader(new String(input, StandardCharsets.UTF_8)));
    try {
      Line line;
      while ((line = lines.next()) != null) {
        reader.take(line);
      }
      reader.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable TextReader reader(Class<?> format) {
    Consumer<Artefact> sink = FuzzTest::drop;
    return format == NumberReader.class
        ? new NumberReader(sink)
        : Explainer.readers(sink).stream().filter(format::isInstance).findFirst().orElse(null);
  }

  private static void drop(Artefact artefact) {
    assertThat(artefact.summary()).isNotNull();
  }
}
