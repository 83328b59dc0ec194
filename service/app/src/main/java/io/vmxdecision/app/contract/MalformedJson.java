package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.json.JsonMapper;

/** Says where a body stops being JSON. */
final class MalformedJson {
  /** What Jackson's messages end in: remarks on its own configuration. */
  private static final Pattern REMARKS =
      Pattern.compile(" [(\\[].*|: (?:was expecting|enable `).*", Pattern.DOTALL);

  private MalformedJson() {}

  /**
   * Walks over the one JSON value that {@code body} has to be.
   *
   * @return how many tokens it has
   * @throws RejectedRequestException when it is not one JSON value
   */
  static int countTokens(JsonMapper mapper, byte[] body) {
    JsonParser parser;
    try {
      parser = mapper.createParser(body);
    } catch (JacksonException e) {
      throw malformed("", e.getLocation(), e.getOriginalMessage());
    }
    try (parser) {
      int count = 0;
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (count > 0 && depth == 0) {
          throw malformed("", parser.currentTokenLocation(), "content after the JSON value");
        }
        parser.finishToken(); // a text is decoded only when asked for, and may not be UTF-8
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        count++;
      }
      if (count == 0) {
        throw malformed("", parser.currentLocation(), "the body is empty");
      }
      return count;
    } catch (StreamConstraintsException e) {
      // "Document nesting depth (33) exceeds the maximum allowed (32, ...)"
      throw malformed("", e.getLocation(),
          e.getOriginalMessage().replaceFirst(" \\(.*", " is past the limit"));
    } catch (JacksonException e) {
      TokenStreamContext where = parser.streamReadContext();
      String pointer = where == null ? "" : where.pathAsPointer().toString();
      throw malformed(pointer, e.getLocation(), e.getOriginalMessage());
    }
  }

  private static RejectedRequestException malformed(
      String pointer, TokenStreamLocation where, String message) {
    String place =
        where == null ? "" : "line %d, column %d: ".formatted(where.getLineNr(), where.getColumnNr());
    String said = REMARKS.matcher(message.lines().findFirst().orElse("")).replaceFirst("");
    return RejectedRequestException.of(
        ProblemKind.MALFORMED_JSON, List.of(new Violation(pointer, place + said)));
  }
}
