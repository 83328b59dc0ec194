package io.vmxdecision.app.contract;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.util.JsonParserDelegate;

/**
 * Takes null for no value of any property, as the schemas do. Jackson can refuse null, but then it
 * refuses properties that are left out, too.
 */
final class NullRefusingParser extends JsonParserDelegate {

  NullRefusingParser(JsonParser parser) {
    super(parser);
  }

  @Override
  public @Nullable JsonToken nextToken() {
    JsonToken token = delegate.nextToken();
    if (token == JsonToken.VALUE_NULL) {
      throw new NullRefusedException(this);
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
