package io.vmxdecision.app.openapi;

import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import io.swagger.v3.oas.models.tags.Tag;
import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.security.Scopes;
import java.util.List;
import java.util.TreeMap;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.providers.ObjectMapperProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** The document at {@code /v3/api-docs}, of which {@code api-spec/openapi.yaml} is a copy. */
@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {
  private static final String TOKEN = "bearerJwt";

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
                        + " The rules and their assumptions: GET /v1/rules. Machine words are strings"
                        + " in hexadecimal, since JSON numbers lose bits past 2^53; answers have them in"
                        + " lower case and without leading zeros. Pages and memory are base64.")
                .license(new License().name("Apache-2.0").identifier("Apache-2.0")))
        .servers(List.of(new Server().url("/").description("The service that serves this document.")))
        .components(new Components().addSecuritySchemes(TOKEN, bearerToken()))
        .security(List.of(new SecurityRequirement(), new SecurityRequirement().addList(TOKEN)))
        .tags(
            List.of(
                tag("VM-entries", "Whether VMLAUNCH or VMRESUME starts L2, and which checks do not hold."),
                tag("artefacts", "Whatever people have, recognised and explained."),
                tag("audits", "Traces of KVM, held against the rules."),
                tag("decisions", "Who handles a VM-exit, and what follows."),
                tag("evmcs", "Enlightened VMCS pages, decoded, encoded, compared and checked."),
                tag("exit reasons", "VM-exit reasons by name and by number."),
                tag("rules", "The rules that decisions are made by."),
                tag("scenarios", "Events in order over one machine, and what L0 still holds.")));
  }

  /** Completes what annotations give, in an order that is the same every time. */
  @Bean
  OpenApiCustomizer contract(
      ContractSchemas schemas, JsonMapper mapper, ObjectMapperProvider writers) {
    ((YAMLFactory) writers.yamlMapper().getFactory())
        .disable(YAMLGenerator.Feature.SPLIT_LINES) // a text in one line, to compare line by line
        .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR);
    return api -> {
      schemas.complete(api.getComponents().getSchemas());
      CapabilityParameters.addTo(api);
      new ProblemResponses(mapper).addTo(api);
      new OperationExamples(mapper).addTo(api);
      sort(api);
    };
  }

  private static SecurityScheme bearerToken() {
    return new SecurityScheme()
        .type(SecurityScheme.Type.HTTP)
        .scheme("bearer")
        .bearerFormat("JWT")
        .description(
            ("Needed where the service is told to ask for tokens, else ignored. Scopes: `%s` for whatever"
                + " takes a body, `%s` or the former for what does not.")
                .formatted(Scopes.DECIDE, Scopes.READ));
  }

  private static Tag tag(String name, String description) {
    return new Tag().name(name).description(description);
  }

  private static void sort(OpenAPI api) {
    Paths paths = new Paths();
    new TreeMap<>(api.getPaths()).forEach(paths::addPathItem);
    api.setPaths(paths);
    paths.values().stream()
        .flatMap(item -> item.readOperations().stream())
        .forEach(
            operation -> {
              ApiResponses responses = new ApiResponses();
              new TreeMap<>(operation.getResponses()).forEach(responses::addApiResponse);
              operation.setResponses(responses);
            });
    api.getComponents().setSchemas(new TreeMap<>(api.getComponents().getSchemas()));
  }
}
