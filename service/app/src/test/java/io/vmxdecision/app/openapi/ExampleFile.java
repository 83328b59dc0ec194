package io.vmxdecision.app.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.ServiceClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.core.util.Separators.Spacing;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A file of {@code resources/examples} or {@code resources/problem-examples}. */
record ExampleFile(Path path, ObjectNode json) {
  static final Path RESOURCES = Path.of("src/main/resources");

  /** To this many elements an array of a shortened answer is cut. */
  private static final int SHORT = 3;

  private static final String BOUNDARY = "example-boundary";

  /** Every change of the engine changes these, and no other part of an example. */
  private static final Pattern DECISION_ID =
      Pattern.compile("decisionId(\\\\?\":\\\\?\")sha256:[0-9a-f]{64}");

  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** The examples of operations, by folder and name. */
  static List<ExampleFile> ofOperations() {
    return in("examples");
  }

  /** The examples of problems. */
  static List<ExampleFile> ofProblems() {
    return in("problem-examples");
  }

  private static List<ExampleFile> in(String folder) {
    try (Stream<Path> files = Files.walk(RESOURCES.resolve(folder))) {
      return files.filter(Files::isRegularFile).sorted().map(ExampleFile::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ExampleFile read(Path path) {
    return new ExampleFile(path, (ObjectNode) MAPPER.readTree(path.toFile()));
  }

  /** The operation it is an example of. */
  String operationId() {
    return String.valueOf(path.getName(path.getNameCount() - 2));
  }

  String name() {
    return String.valueOf(path.getFileName()).replace(".json", "");
  }

  /** What the file says that the service answers; missing before it was ever written. */
  JsonNode answer() {
    return json.path("answer");
  }

  /** What the service answers to the request of an operation's example. */
  JsonNode ask(ServiceClient service, JsonNode document) {
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
        if (method.getValue().path("operationId").asString().equals(operationId())) {
          return ask(service, path.getKey(), method);
        }
      }
    }
    throw new AssertionError("no operation " + operationId());
  }

  private JsonNode ask(
      ServiceClient service, String template, Map.Entry<String, JsonNode> operation) {
    String path = template;
    for (Map.Entry<String, JsonNode> parameter : json.path("parameters").properties()) {
      String place = "{" + parameter.getKey() + "}";
      String value = parameter.getValue().asString();
      path = path.contains(place)
          ? path.replace(place, value)
          : path + (path.contains("?") ? "&" : "?") + parameter.getKey() + "=" + value;
    }
    HttpRequest.Builder request = service.request(path);
    JsonNode body = json.path("request");
    if (body.isMissingNode()) {
      request.GET();
    } else {
      JsonNode contents = operation.getValue().path("requestBody").path("content");
      String mediaType = contents.propertyNames().iterator().next();
      if (mediaType.equals("multipart/form-data")) {
        mediaType += "; boundary=" + BOUNDARY;
        request.POST(BodyPublishers.ofByteArray(form(body, json.path("files"))));
      } else {
        request.POST(BodyPublishers.ofString(body.isString() ? body.asString() : body.toString()));
      }
      request.header("Content-Type", mediaType);
    }
    Answer answer = service.send(request).ok();
    JsonNode said = answer.contentType().startsWith("application/json")
        ? answer.json()
        : JsonNodeFactory.instance.stringNode(answer.body());
    return json.path("shortened").asBoolean(false) ? shortened(said) : said;
  }

  /** The texts and the files, in base64, as the parts of a form. */
  private static byte[] form(JsonNode texts, JsonNode files) {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    texts.properties().forEach(
        text -> part(form, text.getKey(), "", text.getValue().asString().getBytes(UTF_8)));
    files.properties().forEach(
        file -> part(form, file.getKey(), "; filename=\"page\"", file.getValue().binaryValue()));
    form.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
    return form.toByteArray();
  }

  private static void part(ByteArrayOutputStream form, String name, String file, byte[] content) {
    form.writeBytes(
        "--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n"
            .formatted(BOUNDARY, name, file)
            .getBytes(UTF_8));
    form.writeBytes(content);
    form.writeBytes("\r\n".getBytes(UTF_8));
  }

  private static JsonNode shortened(JsonNode answer) {
    for (JsonNode value : answer) {
      if (value instanceof ArrayNode array) {
        while (array.size() > SHORT) {
          array.remove(array.size() - 1);
        }
      }
    }
    return answer;
  }

  /** Whether a test can lead the service to the problem. */
  boolean canBeProvoked() {
    return json.has("request");
  }

  /** The problem that the request of a problem's example ends with. */
  JsonNode provoke(ServiceClient service) {
    JsonNode request = json.path("request");
    HttpRequest.Builder builder =
        service
            .request(request.path("path").asString())
            .header("Content-Type", request.path("contentType").asString())
            .POST(BodyPublishers.ofString(request.path("body").asString()));
    if (request.has("accept")) {
      builder.header("Accept", request.path("accept").asString());
    }
    return service.send(builder).json();
  }

  /** Whether {@code said} is the answer, ids of decisions aside. */
  boolean isAnswered(JsonNode said) {
    return withoutDecisionIds(said).equals(withoutDecisionIds(answer()));
  }

  private static JsonNode withoutDecisionIds(JsonNode answer) {
    return MAPPER.readTree(
        DECISION_ID.matcher(answer.toString()).replaceAll("decisionId$1sha256:..."));
  }

  /** Writes the file with another answer, where it is kept and where the running service finds it. */
  void write(JsonNode answer) {
    json.set("answer", answer);
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter(
            Separators.createDefaultInstance().withObjectNameValueSpacing(Spacing.AFTER))
            .withArrayIndenter(new DefaultIndenter("  ", "\n"));
    String text = MAPPER.writer().with(printer).writeValueAsString(json) + "\n";
    Path classes = Path.of("target/classes").resolve(RESOURCES.relativize(path));
    try {
      Files.writeString(path, text);
      Files.writeString(classes, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
