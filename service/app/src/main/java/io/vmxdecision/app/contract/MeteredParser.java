package io.vmxdecision.app.contract;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.util.JsonParserDelegate;

/**
 * Counts tokens, and reads no more different names of properties than a body can have use for. Jackson keeps each
 * name, to find it again, and each property that it does not know, until it has read the object: 8 MB of names were
 * 100 MB of heap.
 */
class MeteredParser extends JsonParserDelegate {
  /** Thirty times as many as the contract has. */
  private static final int MAX_NAMES = 10_000;

  private final Set<String> names = new HashSet<>();
  private int tokens;
  private @Nullable String nameBefore;
  private boolean nameIsDue;
  private boolean isAfterNumber;

  MeteredParser(JsonParser parser) {
    super(parser);
  }

  @Override
  public @Nullable JsonToken nextToken() {
    TokenStreamContext context = delegate.streamReadContext();
    nameBefore = context.currentName();
    JsonToken before = delegate.currentToken();
    nameIsDue = context.inObject() && before != JsonToken.PROPERTY_NAME;
    isAfterNumber = before != null && before.isNumeric();
    JsonToken token = delegate.nextToken();
    nameIsDue = false;
    if (token != null) {
      tokens++;
    }
    if (token == JsonToken.PROPERTY_NAME
        && names.add(delegate.currentName())
        && names.size() > MAX_NAMES) {
      throw tooMuch(MAX_NAMES + " different property names");
    }
    return token;
  }

  /** How many have been read. */
  final int tokens() {
    return tokens;
  }

  /** Whether it stopped at what comes after a number. */
  final boolean isAfterNumber() {
    return isAfterNumber;
  }

  /**
   * A JSON Pointer to the value that was being read: the object where it stopped at a name or where one is due, since
   * Jackson still has the name before then.
   */
  final String pointer() {
    TokenStreamContext context = delegate.streamReadContext();
    boolean hasNoName = nameIsDue && Objects.equals(nameBefore, context.currentName());
    TokenStreamContext of = hasNoName ? context.getParent() : context;
    return of == null ? "" : of.pathAsPointer().toString();
  }

  /** What to throw when there is more than {@code most} of something. */
  final TooMuchJsonException tooMuch(String most) {
    return new TooMuchJsonException("more than " + most, delegate.currentLocation());
  }

  /** More JSON than is read. */
  static final class TooMuchJsonException extends StreamConstraintsException {
    private static final long serialVersionUID = 1L;

    private TooMuchJsonException(String message, TokenStreamLocation where) {
      super(message, where);
    }
  }
}
