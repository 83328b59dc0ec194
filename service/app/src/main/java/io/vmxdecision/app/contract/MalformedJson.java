package io.vmxdecision.app.contract;

import io.vmxdecision.app.contract.MeteredParser.TooMuchJsonException;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/** Says where a body stops being JSON, or is more of it than is read. */
final class MalformedJson {

  /** What Jackson's messages end in: remarks on its own configuration. */
  private static final Pattern REMARKS =
      Pattern.compile(" [(\\[].*|: (?:was expecting|enable `).*", Pattern.DOTALL);

  /** What is said of a number that is none, such as 0x12: the rest of it is no comma. */
  private static final Pattern GOES_ON = Pattern.compile("Unexpected character \\('[0-9A-Za-z.+_-]'");

  private static final String DUPLICATE = "Duplicate Object property";

  static final String EMPTY_DETAIL = "the body is empty";
  static final String AFTER_DETAIL = "content after the JSON value";

  private MalformedJson() {}

  /**
   * Walks over the one JSON value that {@code body} has to be.
   *
   * @param isWhole whether it is all that the client sent, so that lines and columns are those of its text
   * @return how many tokens it has
   * @throws RejectedRequestException when it is not one JSON value, or more than is read
   */
  static int countTokens(JsonMapper mapper, byte[] body, boolean isWhole) {
    MeteredParser parser;
    try {
      parser = new MeteredParser(mapper.createParser(body));
    } catch (JacksonException e) {
      throw rejection(null, e, isWhole);
    }
    try (parser) {
      if (parser.nextToken() == null) {
        throw rejection(parser, EMPTY_DETAIL, isWhole);
      }
      passOver(parser);
      if (parser.nextToken() != null) {
        throw rejection(parser, AFTER_DETAIL, isWhole);
      }
      return parser.tokens();
    } catch (JacksonException e) {
      throw rejection(parser, e, isWhole);
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
   * Refuses a body that is not in UTF-8, with the place; or for the fault before it, if it has one.
   *
   * @throws RejectedRequestException when it has a byte that begins no character of UTF-8
   */
  static void requireUtf8(JsonFactory json, byte[] body) {
    int fault = Utf8.firstFault(body);
    if (fault >= 0) {
      throw notUtf8(json, body, fault);
    }
  }

  private static RejectedRequestException notUtf8(JsonFactory json, byte[] body, int fault) {
    String pointer = "";
    try (MeteredParser parser =
        new MeteredParser(json.createParser(ObjectReadContext.empty(), body, 0, fault))) {
      try {
        while (parser.nextToken() != null) {
          parser.finishToken();
        }
      } catch (UnexpectedEndOfInputException e) {
        pointer = parser.pointer();
      } catch (JacksonException e) {
        return rejection(parser, e, true);
      }
    }
    int line = 1;
    int column = 1;
    for (int i = 0; i < fault; i++) {
      column++;
      if (body[i] == '\n') {
        line++;
        column = 1;
      }
    }
    String detail = "invalid UTF-8: byte 0x%02x begins no character".formatted(body[fault]);
    return rejection(ProblemKind.MALFORMED_JSON, pointer, place(line, column), detail);
  }

  /** What stopped {@code parser}, or kept it from being made. */
  static RejectedRequestException rejection(
      @Nullable MeteredParser parser, JacksonException e, boolean isWhole) {
    if (e instanceof TooMuchJsonException) {
      return rejection(
          ProblemKind.PAYLOAD_TOO_LARGE, "", place(e.getLocation(), isWhole), e.getOriginalMessage());
    }
    if (e instanceof StreamConstraintsException) {
      // "Document nesting depth (33) exceeds the maximum allowed (32, ...)"
      String said = e.getOriginalMessage().replaceFirst(" \\(.*", " is past the limit");
      TokenStreamLocation where =
          e.getLocation() == null && parser != null ? parser.currentLocation() : e.getLocation();
      return rejection(pointer(parser, e), place(where, isWhole), said);
    }
    return rejection(pointer(parser, e), place(e.getLocation(), isWhole), e.getOriginalMessage());
  }

  /** What is wrong with the token that {@code parser} is at. */
  static RejectedRequestException rejection(JsonParser parser, String message, boolean isWhole) {
    return rejection(path(parser), place(parser.currentTokenLocation(), isWhole), message);
  }

  private static String pointer(@Nullable MeteredParser parser, JacksonException e) {
    if (parser == null) {
      return "";
    }
    String said = e.getOriginalMessage();
    boolean isOfProperty =
        said.startsWith(DUPLICATE) || (parser.isAfterNumber() && GOES_ON.matcher(said).lookingAt());
    return isOfProperty ? path(parser) : parser.pointer();
  }

  private static String path(JsonParser parser) {
    return parser.streamReadContext().pathAsPointer().toString();
  }

  /** What begins a detail; nothing of an item of a batch, whose pointer says enough. */
  private static String place(@Nullable TokenStreamLocation where, boolean isWhole) {
    return where == null || !isWhole ? "" : place(where.getLineNr(), where.getColumnNr());
  }

  private static String place(int line, int column) {
    return "line %d, column %d: ".formatted(line, column);
  }

  private static RejectedRequestException rejection(String pointer, String place, String message) {
    String said = REMARKS.matcher(message.lines().findFirst().orElse("")).replaceFirst("");
    return rejection(ProblemKind.MALFORMED_JSON, pointer, place, said);
  }

  private static RejectedRequestException rejection(
      ProblemKind kind, String pointer, String place, String detail) {
    return RejectedRequestException.of(kind, List.of(new Violation(pointer, place + detail)));
  }
}
