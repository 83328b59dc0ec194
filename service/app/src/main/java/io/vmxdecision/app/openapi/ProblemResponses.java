package io.vmxdecision.app.openapi;

import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/**
 * The problems that operations can end with: a response by status, an example by kind. The examples are
 * files in {@code resources/problem-examples}; a test provokes the problems and holds the files against them.
 */
final class ProblemResponses {
  private static final String RESPONSES = "#/components/responses/";
  private static final String EXAMPLES = "#/components/examples/";

  /** Those that an operation can end with; the others come from where there is no operation, or from a bug. */
  private static final Set<ProblemKind> OF_OPERATIONS =
      EnumSet.complementOf(
          EnumSet.of(ProblemKind.NOT_FOUND, ProblemKind.METHOD_NOT_ALLOWED, ProblemKind.INTERNAL));

  private final JsonMapper mapper;

  ProblemResponses(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /** Adds the responses to the components, and to each operation those that it can end with. */
  void addTo(OpenAPI api) {
    Components components = api.getComponents();
    ModelConverters.getInstance(true)
        .readAll(ProblemAnswer.class)
        .forEach(components::addSchemas);
    listTypes(Objects.requireNonNull(components.getSchemas().get("Problem")));
    for (ProblemKind kind : OF_OPERATIONS) {
      components.addExamples(kind.slug(), example(kind));
      components.addResponses(name(kind.status()), response(kind.status()));
    }
    api.getPaths()
        .forEach((path, item) -> item.readOperations().forEach(operation -> refer(path, operation)));
  }

  private static void listTypes(Schema<?> problem) {
    problem.setDescription(
        "A problem (RFC 9457). Its type says of which kind it is; more kinds may be added. "
            + Arrays.stream(ProblemKind.values())
                .map(
                    kind -> "`%s` (%d): %s."
                        .formatted(kind.type(), kind.status().value(), kind.title()))
                .collect(Collectors.joining(" ")));
  }

  private static void refer(String path, Operation operation) {
    boolean stream = path.endsWith("/stream"); // whose faults are told within the stream
    refer(operation, HttpStatus.UNAUTHORIZED);
    refer(operation, HttpStatus.FORBIDDEN);
    refer(operation, HttpStatus.SERVICE_UNAVAILABLE);
    if (!stream) {
      refer(operation, HttpStatus.NOT_ACCEPTABLE);
    }
    if (operation.getRequestBody() != null) {
      refer(operation, HttpStatus.UNSUPPORTED_MEDIA_TYPE);
      if (!stream) {
        refer(operation, HttpStatus.REQUEST_TIMEOUT);
        refer(operation, HttpStatus.CONTENT_TOO_LARGE);
      }
    }
    if (operation.getRequestBody() != null || operation.getParameters() != null) {
      refer(operation, HttpStatus.BAD_REQUEST);
    }
  }

  private static void refer(Operation operation, HttpStatus status) {
    operation
        .getResponses()
        .addApiResponse(
            String.valueOf(status.value()), new ApiResponse().$ref(RESPONSES + name(status)));
  }

  private static ApiResponse response(HttpStatus status) {
    List<ProblemKind> kinds =
        OF_OPERATIONS.stream().filter(kind -> kind.status() == status).toList();
    MediaType problem =
        new MediaType().schema(new Schema<>().$ref("#/components/schemas/Problem"));
    for (ProblemKind kind : kinds) {
      problem.addExamples(kind.slug(), new Example().$ref(EXAMPLES + kind.slug()));
    }
    String description =
        kinds.stream().map(ProblemKind::title).collect(Collectors.joining(", or: ", "", "."));
    ApiResponse response =
        new ApiResponse()
            .description(description)
            .content(
                new Content()
                    .addMediaType(
                        org.springframework.http.MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                        problem));
    if (status == HttpStatus.SERVICE_UNAVAILABLE) {
      response.addHeaderObject(
          HttpHeaders.RETRY_AFTER,
          new Header()
              .description("Seconds until there may be room.")
              .schema(new IntegerSchema().minimum(BigDecimal.ZERO).example(1)));
    }
    if (status == HttpStatus.UNAUTHORIZED || status == HttpStatus.FORBIDDEN) {
      response.addHeaderObject(
          HttpHeaders.WWW_AUTHENTICATE,
          new Header()
              .description("What kind of token is needed, and what is wrong with this one (RFC 6750).")
              .schema(new StringSchema().example("Bearer realm=\"vmx-decision\"")));
    }
    return response;
  }

  /** A name for the response in code that is generated, such as {@code BadRequest}. */
  private static String name(HttpStatus status) {
    return Arrays.stream(status.getReasonPhrase().split(" ", -1))
        .map(word -> word.substring(0, 1) + word.substring(1))
        .collect(Collectors.joining());
  }

  private Example example(ProblemKind kind) {
    Resource file = new ClassPathResource("problem-examples/" + kind.slug() + ".json");
    try {
      return new Example()
          .summary(kind.title())
          .value(
              mapper.convertValue(
                  mapper.readTree(file.getContentAsByteArray()).path("answer"), Map.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
