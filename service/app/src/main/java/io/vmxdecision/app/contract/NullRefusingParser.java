package io.vmxdecision.app.contract;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamReadException;

/**
 * Takes null for no value of any property, as the schemas do. Jackson can refuse null, but then it
 * refuses properties that are left out, too. And reads no more tokens than it is told.
 */
final class NullRefusingParser extends MeteredParser {
  private final long mostTokens;

  NullRefusingParser(JsonParser parser, long mostTokens) {
    super(parser);
    this.mostTokens = mostTokens;
  }

  @Override
  public @Nullable JsonToken nextToken() {
    JsonToken token = super.nextToken();
    if (token == JsonToken.VALUE_NULL) {
      throw new NullRefusedException(this);
    }
    if (tokens() > mostTokens) {
      throw tooMuch(mostTokens + " tokens");
    }
    return token;
  }

  /** A null, and where it was. */
  static final class NullRefusedException extends StreamReadException {
    private static final long serialVersionUID = 1L;

    private final String pointer;

    private NullRefusedException(JsonParser parser) {
      super(parser, SchemaViolations.NULL_DETAIL);
      this.pointer = parser.streamReadContext().pathAsPointer().toString();
    }

    /** A JSON Pointer. */
    String pointer() {
      return pointer;
    }
  }
}
