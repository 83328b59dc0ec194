package io.vmxdecision.app.openapi;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * No test, and run only when asked for (see api-spec/README.md): writes the answers of the examples as the
 * service gives them, where more than the ids of decisions differs, and then the contract.
 */
@RunningService
@TestPropertySource(properties = "springdoc.cache.disabled=true") // the examples change between two looks
class ContractWriter {
  static final Path CONTRACT = Path.of("../../api-spec/openapi.yaml");

  private final ServiceClient service;

  ContractWriter(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @Test
  void write() throws IOException {
    JsonNode document = service.get("/v3/api-docs").ok().json();
    for (ExampleFile example : ExampleFile.ofOperations()) {
      JsonNode said = example.ask(service, document);
      if (!example.isAnswered(said)) {
        example.write(said);
      }
    }
    for (ExampleFile example : ExampleFile.ofProblems()) {
      if (example.canBeProvoked()) {
        example.write(example.provoke(service));
      }
    }
    Files.writeString(CONTRACT, service.get("/v3/api-docs.yaml").ok().body());
  }
}
