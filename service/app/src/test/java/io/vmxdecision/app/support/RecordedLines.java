package io.vmxdecision.app.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The recorded cases: objects with {@code id}, {@code request} and {@code expect}. */
public final class RecordedLines {
  private RecordedLines() {}

  /** The cases of a resource, {@code .ndjson} or {@code .ndjson.gz}. */
  public static List<JsonNode> of(String resource) {
    try (InputStream raw =
        Objects.requireNonNull(RecordedLines.class.getResourceAsStream(resource), resource);
        InputStream in = resource.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
