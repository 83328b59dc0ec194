package io.vmxdecision.image;

import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.SbeMessages;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Writes recorded cases as bodies of streams, for the training run and the image's test. */
final class RecordedTraffic {
  /** Of all cases one in so many is taken, from each kind of them. */
  private static final int STEP = 5;

  private RecordedTraffic() {}

  /** Writes {@code stream.ndjson} and {@code stream.sbe} into a folder. */
  static void main(String... arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    List<JsonNode> cases =
        Stream.of("ineligible", "l1-flush", "l2-flush", "routing")
            .map(kind -> RecordedLines.of("/vectors/" + kind + ".ndjson.gz"))
            .flatMap(kind -> IntStream.iterate(0, i -> i < kind.size(), i -> i + STEP).mapToObj(kind::get))
            .map(each -> each.path("request"))
            .toList();
    try (OutputStream lines = Files.newOutputStream(folder.resolve("stream.ndjson"));
        OutputStream frames = Files.newOutputStream(folder.resolve("stream.sbe"))) {
      for (int i = 0; i < cases.size(); i++) {
        lines.write((cases.get(i) + "\n").getBytes(StandardCharsets.UTF_8));
        frames.write(SbeMessages.snapshot(cases.get(i), 0));
        frames.write(SbeMessages.exit(cases.get(i), 0, i));
      }
    }
  }
}
