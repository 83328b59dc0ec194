package io.vmxdecision.app.contract;

import io.vmxdecision.app.contract.MeteredParser.TooMuchJsonException;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.json.JsonMapper;

/** Says where a body stops being JSON, or is more of it than is read. */
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
   * @throws RejectedRequestException when it is not one JSON value, or more than is read
   */
  static int countTokens(JsonMapper mapper, byte[] body, TextPosition start) {
    MeteredParser parser;
    try {
      parser = new MeteredParser(mapper.createParser(body));
    } catch (JacksonException e) {
      throw rejection(null, e, start);
    }
    try (parser) {
      if (parser.nextToken() == null) {
        throw rejection(parser, EMPTY_DETAIL, start);
      }
      passOver(parser);
      if (parser.nextToken() != null) {
        throw rejection(parser, AFTER_DETAIL, start);
      }
      return parser.tokens();
    } catch (JacksonException e) {
      throw rejection(parser, e, start);
    }
  }

  /** From the start of a value to its end. */
  static void passOver(JsonParser parser) {
    int depth = 0;
    JsonToken token = Objects.requireNonNull(parser.currentToken());
    while (true) {
      parser.finishToken(); // a text is decoded only when asked for, and may not be UTF-8
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        return;
      }
      token = Objects.requireNonNull(parser.nextToken());
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
    if (e instanceof TooMuchJsonException) {
      TextPosition position = position(e.getLocation(), start);
      return rejection(ProblemKind.PAYLOAD_TOO_LARGE, "", position, e.getOriginalMessage());
    }
    if (e instanceof StreamConstraintsException) {
      // "Document nesting depth (33) exceeds the maximum allowed (32, ...)"
      String said = e.getOriginalMessage().replaceFirst(" \\(.*", " is past the limit");
      return rejection("", position(e.getLocation(), start), said);
    }
    return rejection(pointer(parser), position(e.getLocation(), start), e.getOriginalMessage());
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
    String said = REMARKS.matcher(message.lines().findFirst().orElse("")).replaceFirst("");
    return rejection(ProblemKind.MALFORMED_JSON, pointer, position, said);
  }

  private static RejectedRequestException rejection(
      ProblemKind kind, String pointer, @Nullable TextPosition position, String detail) {
    String place =
        position == null ? "" : "line %d, column %d: ".formatted(position.line(), position.column());
    return RejectedRequestException.of(kind, List.of(new Violation(pointer, place + detail)));
  }
}
