package io.vmxdecision.app.decisionlog;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes entries as lines of JSON. Lines are ASCII: whatever a client puts into its id, no tool takes a
 * part of it for the end of a line.
 */
final class DecisionLines {
  private static final int USUAL_BYTES = 4096;

  private static final DateTimeFormatter MICROSECONDS =
      new DateTimeFormatterBuilder().appendInstant(6).toFormatter();

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
          JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build())
          .build();

  private final boolean pages;

  /** Lines with pages and memory, or with their digests. */
  DecisionLines(boolean pages) {
    this.pages = pages;
  }

  /** The line of {@code entry}, with its end. */
  byte[] line(Entry entry, Instant time) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(USUAL_BYTES);
    try (JsonGenerator out = MAPPER.createGenerator(line)) {
      out.writeStartObject();
      out.writeStringProperty("time", MICROSECONDS.format(time));
      out.writeStringProperty("decisionId", entry.decisionId());
      out.writeStringProperty("engine", EngineVersion.CURRENT);
      out.writePOJOProperty("kind", entry.question().kind());
      out.writePOJOProperty("via", entry.source().via());
      if (entry.source().traceId() != null) {
        out.writeStringProperty("traceId", entry.source().traceId());
      }
      if (entry.correlationId() != null) {
        out.writePOJOProperty("correlationId", entry.correlationId());
      }
      out.writePOJOProperty("outcome", entry.outcome());
      if (entry.rules() != null) {
        out.writePOJOProperty("rules", entry.rules());
      }
      out.writeNumberProperty("latencyNanos", entry.latencyNanos());
      out.writePOJOProperty("options", new Options(entry.explain(), entry.include()));
      out.writeStringProperty("answerSha256", entry.answerSha256());
      out.writeName("request");
      out.writeRawValue(request(entry));
      out.writeEndObject();
    }
    line.write('\n');
    return line.toByteArray();
  }

  private String request(Entry entry) {
    ByteArrayOutputStream request = new ByteArrayOutputStream(USUAL_BYTES);
    String id = entry.question().id();
    try (CanonicalJson out = new CanonicalJson(request)) {
      CanonicalRequest.write(
          entry.question(),
          id == null ? null : MAPPER.writeValueAsBytes(id),
          pages ? new GuestBytes.Whole() : new GuestBytes.Digested(),
          out);
    }
    return request.toString(StandardCharsets.US_ASCII);
  }

  /** The query parameters. */
  private record Options(boolean explain, List<String> include) {}
}
