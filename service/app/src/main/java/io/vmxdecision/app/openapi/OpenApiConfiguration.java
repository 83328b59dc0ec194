package io.vmxdecision.app.openapi;

import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.HttpHeaders;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {
  private static final List<ProblemKind> OF_A_BODY =
      List.of(
          ProblemKind.INVALID_REQUEST,
          ProblemKind.PAYLOAD_TOO_LARGE,
          ProblemKind.UNSUPPORTED_MEDIA_TYPE,
          ProblemKind.UNDECIDABLE);

  private static final List<ProblemKind> OF_A_STREAM =
      List.of(ProblemKind.INVALID_REQUEST, ProblemKind.UNSUPPORTED_MEDIA_TYPE);

  @Bean
  OpenAPI openApi() {
    return new OpenAPI()
        .info(
            new Info()
                .title("VMX Decision Service")
                .version("v1")
                .description(
                    "Given serialized snapshots of the pages that Hyper-V as a guest hypervisor (L1) shares"
                        + " with the hypervisor under it (L0), and a VM-exit: who handles the exit, is the"
                        + " L2 TLB flush eligible, which TLB mutations follow, and what exit does L1 see."
                        + " The rules and their assumptions: GET /v1/rules.")
                .license(new License().name("Apache-2.0").identifier("Apache-2.0")));
  }

  @Bean
  OpenApiCustomizer completeSchemas(ContractSchemas schemas) {
    return api -> schemas.complete(api.getComponents().getSchemas());
  }

  @Bean
  OpenApiCustomizer problems() {
    return api -> {
      ModelConverters.getInstance(true)
          .readAll(ProblemAnswer.class)
          .forEach(api.getComponents()::addSchemas);
      api.getPaths()
          .forEach(
              (path, item) -> item.readOperations().forEach(operation -> addProblems(path, operation)));
    };
  }

  /** The worked examples of {@code resources/examples}, which tests post and hold to their word. */
  @Bean
  OpenApiCustomizer examples(JsonMapper mapper) {
    return api -> {
      Map<String, Example> examples = new LinkedHashMap<>();
      for (Resource resource : exampleResources()) {
        JsonNode example = read(mapper, resource);
        examples.put(
            String.valueOf(resource.getFilename()).replace(".json", ""),
            new Example()
                .summary(example.path("summary").asString())
                .value(mapper.convertValue(example.path("request"), Map.class)));
      }
      operation(api, "decide").getRequestBody().getContent().values()
          .forEach(type -> type.examples(examples));
    };
  }

  private static Operation operation(OpenAPI api, String operationId) {
    return api.getPaths().values().stream()
        .flatMap(item -> item.readOperations().stream())
        .filter(operation -> operationId.equals(operation.getOperationId()))
        .findFirst()
        .orElseThrow();
  }

  private static void addProblems(String path, Operation operation) {
    addProblem(operation, ProblemKind.OVERLOADED);
    if (path.endsWith("/stream")) { // whose faults are told within the stream
      OF_A_STREAM.forEach(kind -> addProblem(operation, kind));
    } else if (operation.getRequestBody() != null) {
      OF_A_BODY.forEach(kind -> addProblem(operation, kind));
      if (path.endsWith("/batch")) { // which says so of each request
        operation.getResponses().remove(String.valueOf(ProblemKind.UNDECIDABLE.status().value()));
      }
    } else if (path.contains("{")) {
      addProblem(operation, ProblemKind.INVALID_REQUEST);
    }
  }

  private static void addProblem(Operation operation, ProblemKind kind) {
    Content content =
        new Content()
            .addMediaType(
                org.springframework.http.MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                new MediaType().schema(new Schema<>().$ref("#/components/schemas/Problem")));
    ApiResponse response = new ApiResponse().description(kind.title() + ".").content(content);
    if (kind == ProblemKind.OVERLOADED) {
      response.addHeaderObject(
          HttpHeaders.RETRY_AFTER,
          new Header().description("Seconds until there may be room.").schema(new IntegerSchema()));
    }
    operation.getResponses().addApiResponse(String.valueOf(kind.status().value()), response);
  }

  private static Resource[] exampleResources() {
    try {
      return new PathMatchingResourcePatternResolver().getResources("classpath:examples/*.json");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode read(JsonMapper mapper, Resource resource) {
    try {
      return mapper.readTree(resource.getContentAsByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
