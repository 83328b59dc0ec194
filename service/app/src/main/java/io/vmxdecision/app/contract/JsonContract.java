package io.vmxdecision.app.contract;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialects;
import io.swagger.v3.core.util.Json31;
import io.vmxdecision.app.contract.MeteredParser.TooMuchJsonException;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import java.math.BigDecimal;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.util.function.SingletonSupplier;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.BigIntegerNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NumericNode;

/**
 * Reads bodies of one type, in two ways. The fast one binds the JSON and stops at the first fault.
 * When there is one, the slow one holds the whole body against the type's schema in the contract, so
 * that the client is told of every fault at once.
 *
 * <p>Safe for use by any thread.
 */
public final class JsonContract<T> {
  /** The most faults that are listed; a body of 8 MiB could hold millions. */
  static final int MAX_VIOLATIONS = 1000;

  /** Values of more bytes are held against their schemas one after another: a tree has twenty times as many. */
  private static final int LARGE_BYTES = 100_000;

  private static final ReentrantLock LARGE = new ReentrantLock();

  private static final String OPENAPI_SCHEMAS = "#/components/schemas/";
  private static final String JSON_SCHEMAS = "#/$defs/";

  private static final JsonMapper MAPPER = StrictJson.mapper();

  /** Makes the trees that the validator reads. */
  private static final ObjectReader TREES =
      MAPPER.readerFor(JsonNode.class).with(new WholeNumbers());

  /** Speaks English wherever the service runs. */
  private static final SchemaRegistry SCHEMAS =
      SchemaRegistry.withDialect(
          Dialects.getOpenApi31(),
          registry -> registry.schemaRegistryConfig(
              SchemaRegistryConfig.builder().locale(Locale.ROOT).build()));

  private final ObjectReader reader;
  private final SingletonSupplier<Schema> schema;
  private final long mostTokens;

  private JsonContract(ObjectReader reader, SingletonSupplier<Schema> schema, long mostTokens) {
    this.reader = reader;
    this.schema = schema;
    this.mostTokens = mostTokens;
  }

  /** The contract of {@code type}, whose schema has the name {@code schemaName}. */
  public static <T> JsonContract<T> of(Class<T> type, String schemaName, ContractSchemas schemas) {
    // Made when the first fault is found: it is the longest part of the start.
    return new JsonContract<>(
        MAPPER.readerFor(type), SingletonSupplier.of(() -> schema(schemas.of(type), schemaName)),
        schemas.mostTokens());
  }

  private static Schema schema(
      Map<String, io.swagger.v3.oas.models.media.Schema<?>> schemas, String schemaName) {
    String document =
        Json31.pretty(Map.of("$ref", OPENAPI_SCHEMAS + schemaName, "$defs", schemas))
            .replace(OPENAPI_SCHEMAS, JSON_SCHEMAS);
    return SCHEMAS.getSchema(document, InputFormat.JSON);
  }

  /**
   * Reads a value.
   *
   * @throws RejectedRequestException when it is no JSON, or does not fit the contract; its pointers lead
   *     from the value on
   */
  public T read(JsonPart part) {
    byte[] body = part.bytes();
    try (JsonParser parser = new NullRefusingParser(MAPPER.createParser(body), mostTokens)) {
      T value = reader.readValue(parser);
      if (value != null) {
        return value;
      }
    } catch (TooMuchJsonException e) {
      throw MalformedJson.rejection(null, e, part.isWhole());
    } catch (JacksonException e) {
      throw rejection(body, part.isWhole(), BindingFaults.violation(e));
    }
    throw rejection(body, part.isWhole(), new Violation("", "the body is empty"));
  }

  /**
   * Why {@code part} cannot be taken: every place where it departs from the schema.
   *
   * @param firstFault what to say when the schema finds nothing, or is not asked
   */
  public RejectedRequestException rejection(JsonPart part, Violation firstFault) {
    return rejection(part.bytes(), part.isWhole(), firstFault);
  }

  private RejectedRequestException rejection(
      byte[] body, boolean isWhole, Violation firstFault) {
    if (MalformedJson.countTokens(MAPPER, body, isWhole) > mostTokens) {
      return RejectedRequestException.of(
          ProblemKind.PAYLOAD_TOO_LARGE,
          List.of(new Violation("", "more than " + mostTokens + " tokens"), firstFault));
    }
    List<Violation> violations;
    if (body.length > LARGE_BYTES) {
      LARGE.lock();
      try {
        violations = violations(body);
      } finally {
        LARGE.unlock();
      }
    } else {
      violations = violations(body);
    }
    return invalid(violations.isEmpty() ? List.of(firstFault) : violations);
  }

  private List<Violation> violations(byte[] body) {
    List<Error> errors =
        schema.obtain()
            .validate(TREES.readTree(body), context -> context.setErrors(new FirstErrors()));
    return errors.stream().limit(MAX_VIOLATIONS).map(SchemaViolations::violation).toList();
  }

  private static RejectedRequestException invalid(List<Violation> violations) {
    return RejectedRequestException.of(ProblemKind.INVALID_REQUEST, violations);
  }

  /**
   * Keeps a whole number past 64 bits whole, however it is written: the validator asks a {@code double} without a
   * fraction for a {@code long}, and fails when it does not fit one.
   */
  private static final class WholeNumbers extends JsonNodeFactory {
    private static final long serialVersionUID = 1L;
    private static final double PAST_LONG = 0x1p63;

    @Override
    public NumericNode numberNode(double value) {
      return Math.abs(value) >= PAST_LONG && Double.isFinite(value)
          ? BigIntegerNode.valueOf(new BigDecimal(value).toBigInteger())
          : super.numberNode(value);
    }
  }

  /** As many errors as are told, however many there are. */
  private static final class FirstErrors extends AbstractList<Error> {
    private final List<Error> errors = new ArrayList<>();

    @Override
    public boolean add(Error error) {
      return errors.size() < MAX_VIOLATIONS && errors.add(error);
    }

    @Override
    public Error get(int index) {
      return errors.get(index);
    }

    @Override
    public int size() {
      return errors.size();
    }
  }
}
