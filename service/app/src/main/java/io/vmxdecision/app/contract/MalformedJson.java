package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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

  private static final char NAME_FILLER = 0xff;

  static final String EMPTY_DETAIL = "the body is empty";
  static final String AFTER_DETAIL = "content after the JSON value";

  private MalformedJson() {}

  /**
   * Walks over the one JSON value that {@code body} has to be.
   *
   * @param start where the value starts in the text that the client sent
   * @return how many tokens it has
   * @throws RejectedRequestException when it is not one JSON value
   */
  static int countTokens(JsonMapper mapper, byte[] body, TextPosition start) {
    JsonParser parser;
    try {
      parser = mapper.createParser(body);
    } catch (JacksonException e) {
      throw rejection(null, e, start);
    }
    try (parser) {
      int count = 0;
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (count > 0 && depth == 0) {
          throw rejection(parser, AFTER_DETAIL, start);
        }
        parser.finishToken(); // a text is decoded only when asked for, and may not be UTF-8
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        count++;
      }
      if (count == 0) {
        throw rejection(parser, EMPTY_DETAIL, start);
      }
      return count;
    } catch (JacksonException e) {
      throw rejection(parser, e, start);
    }
  }

  /**
   * Refuses a text that was read, but has the byte 0xff, which UTF-8 lacks. Jackson finds other such
   * bytes, and this one outside of names; but it fills up the last four bytes of a name with 0xff, and so
   * takes a name with the byte itself for one without it that it has seen.
   *
   * @param parser what read {@code body}
   * @throws RejectedRequestException when the body has the byte
   */
  static void requireNoFiller(JsonParser parser, byte[] body, TextPosition start) {
    String text = new String(body, StandardCharsets.ISO_8859_1);
    int place = text.indexOf(NAME_FILLER);
    if (place >= 0 && parser.currentLocation().getByteOffset() >= 0) { // else it is no UTF-8 at all
      int line = 1 + (int) text.chars().limit(place).filter(c -> c == '\n').count();
      TextPosition position = start.plus(line, place - text.lastIndexOf('\n', place));
      throw rejection("", position, "Invalid UTF-8 byte 0xff in a name");
    }
  }

  /** What stopped {@code parser}, or kept it from being made. */
  static RejectedRequestException rejection(
      @Nullable JsonParser parser, JacksonException e, TextPosition start) {
    TextPosition position = position(e.getLocation(), start);
    if (e instanceof StreamConstraintsException) {
      // "Document nesting depth (33) exceeds the maximum allowed (32, ...)"
      String said = e.getOriginalMessage().replaceFirst(" \\(.*", " is past the limit");
      return rejection("", position, said);
    }
    return rejection(pointer(parser), position, e.getOriginalMessage());
  }

  /** What is wrong with the token that {@code parser} is at. */
  static RejectedRequestException rejection(JsonParser parser, String message, TextPosition start) {
    TextPosition position = position(parser.currentTokenLocation(), start);
    return rejection(pointer(parser), position, message);
  }

  private static String pointer(@Nullable JsonParser parser) {
    TokenStreamContext where = parser == null ? null : parser.streamReadContext();
    return where == null ? "" : where.pathAsPointer().toString();
  }

  private static @Nullable TextPosition position(
      @Nullable TokenStreamLocation where, TextPosition start) {
    return where == null ? null : start.plus(where.getLineNr(), where.getColumnNr());
  }

  private static RejectedRequestException rejection(
      String pointer, @Nullable TextPosition position, String message) {
    String place =
        position == null ? "" : "line %d, column %d: ".formatted(position.line(), position.column());
    String said = REMARKS.matcher(message.lines().findFirst().orElse("")).replaceFirst("");
    return RejectedRequestException.of(
        ProblemKind.MALFORMED_JSON, List.of(new Violation(pointer, place + said)));
  }
}
