package io.vmxdecision.app.contract;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/** Reads JSON of requests to the letter: nothing unknown, nothing twice, no type for another. */
final class StrictJson {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NUMBER_LENGTH = 64;

  /** Takes what it reads for UTF-8: the bytes themselves do not say otherwise. */
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_LENGTH)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
          .build();

  private StrictJson() {}

  static JsonMapper mapper() {
    JsonMapper.Builder builder =
        JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS);
    for (LogicalType type : LogicalType.values()) {
      builder.withCoercionConfig(
          type,
          config -> {
            for (CoercionInputShape shape : CoercionInputShape.values()) {
              if (!isNatural(type, shape)) {
                config.setCoercion(shape, CoercionAction.Fail);
              }
            }
          });
    }
    return builder.build();
  }

  /** Whether JSON has the type in that shape, so that nothing is coerced. */
  private static boolean isNatural(LogicalType type, CoercionInputShape shape) {
    return switch (shape) {
      case String, EmptyString -> type == LogicalType.Textual || type == LogicalType.Enum;
      case Integer -> type == LogicalType.Integer;
      case Boolean -> type == LogicalType.Boolean;
      case Array, EmptyArray -> type == LogicalType.Collection || type == LogicalType.Array;
      default -> false;
    };
  }
}
