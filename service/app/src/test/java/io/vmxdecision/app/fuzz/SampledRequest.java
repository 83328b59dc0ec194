package io.vmxdecision.app.fuzz;

import io.vmxdecision.app.fuzz.BrokenJson.Broken;
import io.vmxdecision.app.fuzz.ServedContract.Operation;
import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.SbeMessages;
import io.vmxdecision.app.support.ServiceClient;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request made for an operation of the contract: valid, or broken in one way. */
final class SampledRequest {
  private static final String JSON = "application/json";
  private static final String FORM = "multipart/form-data";
  private static final String LINES = "application/x-ndjson";
  private static final String BYTES = "application/octet-stream";
  private static final String TLFS = "tlfs";
  private static final String TRACE = "trace";
  private static final String FRAMES = "application/vnd.vmx-decision.v1+sbe";

  private final ServedContract contract;
  private final Operation operation;
  private final ValidValues values;
  private final BeyondSchema beyond;
  private final BrokenJson breaker;
  private final Random random;

  private String target;
  private @Nullable String contentType;
  private byte[] body = {};
  private @Nullable JsonNode json;
  private String change = "";

  private SampledRequest(ServedContract contract, Operation operation, Random random) {
    this.contract = contract;
    this.operation = operation;
    this.values = new ValidValues(contract, random);
    this.beyond = new BeyondSchema(contract, values, random);
    this.breaker = new BrokenJson(contract, random);
    this.random = random;
    this.target = operation.path();
  }

  /** A request that the contract allows. */
  static SampledRequest valid(ServedContract contract, Operation operation, Random random) {
    SampledRequest request = new SampledRequest(contract, operation, random);
    request.addParameters("");
    request.addBody(false);
    return request;
  }

  /** A request that breaks the contract, or null where there is no way to. */
  static @Nullable SampledRequest broken(
      ServedContract contract, Operation operation, Random random) {
    SampledRequest request = new SampledRequest(contract, operation, random);
    List<JsonNode> checked =
        operation.parameters().stream()
            .filter(parameter -> !request.refused(contract.resolve(parameter.path("schema"))).isEmpty())
            .toList();
    boolean hasBody = !operation.bodies().isMissingNode();
    if (!checked.isEmpty() && (!hasBody || random.nextInt(8) == 0)) {
      request.addParameters(checked.get(random.nextInt(checked.size())).path("name").asString());
      request.addBody(false);
      if (FRAMES.equals(request.contentType)) {
        request.change = ""; // the parameters are for lines
      }
    } else if (hasBody) {
      request.addParameters("");
      if (request.target.endsWith("profile=" + TLFS)) {
        request.target = operation.path(); // which is refused before the body is read
      }
      request.addBody(true);
    } else {
      return null;
    }
    return request;
  }

  Operation operation() {
    return operation;
  }

  /** What was done to break it; empty if it is valid. */
  String change() {
    return change;
  }

  /** Whether another type of body was sent than the contract has. */
  boolean isOfAnotherType() {
    return change.startsWith("sent as");
  }

  /** What pointers of problems lead into; null where that is no JSON. */
  @Nullable
  JsonNode json() {
    return json;
  }

  /** Whether it is lines, each with an answer of its own. */
  boolean isLines() {
    return LINES.equals(contentType);
  }

  /** The component that a line of an answer is, if it is no problem. */
  String lineOfAnswer() {
    return isOfScenarios() ? "ScenarioStep" : isOfVmEntries() ? "VmEntryDecision" : "Decision";
  }

  private boolean isOfScenarios() {
    return operation.path().startsWith(BeyondSchema.SCENARIOS);
  }

  /** Whether nothing that a body says is wrong to it. */
  private boolean takesAnything() {
    return operation.path().equals("/v1/artefacts");
  }

  private boolean isOfVmEntries() {
    return operation.path().startsWith("/v1/vm-entries");
  }

  Answer sendTo(ServiceClient service) {
    HttpRequest.Builder request =
        service.request(target)
            .method(
                operation.method(),
                operation.bodies().isMissingNode()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(body));
    if (contentType != null) {
      request.header("Content-Type", contentType);
    }
    return service.send(request);
  }

  /** The whole request, to be sent again. */
  @Override
  public String toString() {
    String text = new String(body, StandardCharsets.UTF_8);
    String shown =
        text.indexOf('\ufffd') < 0 ? text : "base64:" + Base64.getEncoder().encodeToString(body);
    return operation.method() + " " + target + "\nContent-Type: " + contentType + "\n("
        + (change.isEmpty() ? "valid" : "broken: " + change) + ")\n\n" + shown;
  }

  private void addParameters(String broken) {
    List<String> query = new ArrayList<>();
    for (JsonNode parameter : operation.parameters()) {
      String name = parameter.path("name").asString();
      JsonNode schema = contract.resolve(parameter.path("schema"));
      boolean inPath = parameter.path("in").asString().equals("path");
      if (name.equals(broken)) {
        List<String> refused = refused(schema);
        set(name, refused.get(random.nextInt(refused.size())), inPath, query);
        change = name + " made another value";
      } else if (inPath || parameter.path("required").asBoolean(false) || random.nextInt(3) == 0) {
        JsonNode value = values.of(schema);
        if (value.isArray()) {
          value.forEach(element -> set(name, element.asString(), inPath, query));
        } else {
          set(name, value.asString(), inPath, query);
        }
      }
    }
    if (!query.isEmpty()) {
      target += "?" + String.join("&", query);
    }
  }

  private void set(String name, String value, boolean inPath, List<String> query) {
    String encoded = URLEncoder.encode(value, StandardCharsets.UTF_8);
    if (inPath) {
      target = target.replace("{" + name + "}", encoded);
    } else {
      query.add(name + "=" + encoded);
    }
  }

  /** Texts that a parameter of that schema does not take. */
  private List<String> refused(JsonNode schema) {
    List<String> refused = new ArrayList<>();
    if (schema.path("type").asString("").equals("array")) {
      return refused(schema.path("items"));
    }
    if (schema.has("pattern")) {
      String pattern = schema.path("pattern").asString();
      String text = breaker.notMatching(pattern);
      refused
          .add(text.matches("[A-Za-z0-9]+") ? text : "nonsense".matches(pattern) ? "non.sense" : "nonsense");
    }
    if (schema.has("enum") || schema.path("type").asString("").matches("boolean|integer|number")) {
      refused.addAll(List.of("nonsense", "0x", "null"));
    }
    return refused;
  }

  private void addBody(boolean broken) {
    JsonNode bodies = operation.bodies();
    if (bodies.isMissingNode()) {
      return;
    }
    List<String> types = new ArrayList<>(bodies.propertyNames());
    String type = types.get(random.nextInt(types.size()));
    JsonNode media = bodies.path(type);
    contentType = type;
    boolean retyped = broken && !takesAnything() && random.nextInt(20) == 0;
    boolean breakContent = broken && !takesAnything() && !retyped;
    switch (type) {
      case JSON -> addJson(media, breakContent);
      case FORM -> addForm(media.path("schema"), breakContent);
      case LINES -> addLines(breakContent);
      case FRAMES -> addFrames();
      default -> addOther(media, breakContent);
    }
    if (retyped) {
      List<String> others =
          new ArrayList<>(List.of("text/plain", "application/xml", JSON, BYTES, FORM, "nonsense"));
      others.removeAll(types);
      contentType = others.get(random.nextInt(others.size()));
      change = "sent as " + contentType;
      json = null;
    }
  }

  /** A valid value of a body: one of the contract's own examples, or made of the schema. */
  private JsonNode example(JsonNode media) {
    List<JsonNode> examples =
        media.path("examples").valueStream().map(example -> contract.resolve(example).path("value")).toList();
    return examples.isEmpty() || random.nextInt(3) > 0
        ? beyond.mend(operation, values.of(media.path("schema")))
        : examples.get(random.nextInt(examples.size()));
  }

  private void addJson(JsonNode media, boolean broken) {
    JsonNode valid = example(media);
    json = valid;
    body =
        (random.nextInt(4) == 0 ? valid.toPrettyString() : valid.toString())
            .getBytes(StandardCharsets.UTF_8);
    if (broken) {
      take(breaker.of(media.path("schema"), valid));
    }
  }

  private void take(Broken broken) {
    body = broken.body();
    json = broken.json();
    change = broken.change();
  }

  private void addLines(boolean broken) {
    if (isOfScenarios()) {
      addScenarioLines(broken);
      return;
    }
    JsonNode schema = contract.component(isOfVmEntries() ? "VmEntryRequest" : "DecisionRequest"); // by the description
    JsonNode valid = values.of(schema);
    json = valid;
    body = valid.toString().getBytes(StandardCharsets.UTF_8);
    if (broken) {
      take(breaker.of(schema, valid));
      if (body.length == 0) {
        change = ""; // an empty line is passed over
      }
    }
  }

  /** A start and events. The one that is broken comes last: a wrong start ends the stream. */
  private void addScenarioLines(boolean broken) {
    ArrayNode lines = beyond.lines();
    json = lines.get(0);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    if (!broken) {
      lines.forEach(line -> addLine(text, line));
    } else if (random.nextInt(4) == 0) {
      take(breaker.of(contract.scenarioStart(), lines.get(0)));
      text.writeBytes(body);
    } else {
      take(breaker.of(contract.component("ScenarioEvent"), beyond.event()));
      lines.set(0, new RandomScenario(random).machine()); // one that the stream does not end with
      addLine(text, JsonMapper.shared().createObjectNode().set("machine", lines.remove(0)));
      lines.forEach(line -> addLine(text, line));
      text.writeBytes(body);
    }
    if (broken && body.length == 0) {
      change = ""; // an empty line is passed over
    }
    body = text.toByteArray();
  }

  private static void addLine(ByteArrayOutputStream text, JsonNode line) {
    text.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Frames of a valid snapshot and exit; what is wrong with frames is the stream's own test. */
  private void addFrames() {
    JsonNode request = SampleRequest.flush().json();
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.writeBytes(SbeMessages.snapshot(request, 1));
    for (int i = random.nextInt(3); i > 0; i--) {
      frames.writeBytes(SbeMessages.exit(request, 1, random.nextLong()));
    }
    body = frames.toByteArray();
  }

  /** A page as it is, or a text: an example with a part of it lost, or another. */
  private void addOther(JsonNode media, boolean broken) {
    JsonNode schema = values.resolve(media.path("schema"));
    if (!schema.path("format").asString("").equals("binary")) {
      String text = example(media).asString();
      int lost = random.nextInt(text.length() + 1);
      body = (text.substring(0, lost) + text.substring(random.nextInt(lost, text.length() + 1)))
          .getBytes(StandardCharsets.UTF_8);
      return;
    }
    body = values.page();
    if (broken) {
      body = Arrays.copyOf(body, random.nextInt(4096));
      change = "cut to " + body.length + " bytes";
    }
  }

  private void addForm(JsonNode schemaOrReference, boolean broken) {
    JsonNode schema = values.resolve(schemaOrReference);
    List<String> required = schema.path("required").valueStream().map(JsonNode::asString).toList();
    List<String> names = new ArrayList<>(schema.path("properties").propertyNames());
    Collections.shuffle(names, random);
    if (names.remove(TRACE)) {
      names.add(TRACE); // the last part
    }
    ObjectNode parts = JsonMapper.shared().createObjectNode();
    Form form = new Form();
    String spoilt = broken ? names.get(random.nextInt(names.size())) : "";
    for (String name : names) {
      JsonNode part = values.resolve(schema.path("properties").path(name));
      boolean spoil = name.equals(spoilt);
      if (spoil || required.contains(name) || random.nextBoolean()) {
        addPart(form, name, part, spoil, required.contains(name), parts);
      }
    }
    json = parts.propertyStream().anyMatch(part -> part.getValue().isNull()) ? null : parts;
    body = form.closed();
    contentType = FORM + "; boundary=" + Form.BOUNDARY;
  }

  /** A part that is a text: one of a pattern, or else a word. */
  private byte[] text(String name, JsonNode schema, boolean spoil) {
    String text;
    if (spoil) {
      text = schema.has("pattern") ? breaker.notMatching(schema.path("pattern").asString()) : "0x";
      change = name + " made " + text;
    } else {
      text =
          schema.has("pattern") ? values.of(schema).asString() : "0x" + Integer.toHexString(random.nextInt());
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void addPart(
      Form form, String name, JsonNode schema, boolean spoil, boolean required, ObjectNode parts) {
    parts.put(name, "");
    if (name.equals(TRACE)) { // to which no text is a wrong one
      form.file(name, values.page());
      return;
    }
    if (schema.path("format").asString("").equals("binary")) {
      byte[] page = values.page();
      if (spoil) {
        page = Arrays.copyOf(page, random.nextInt(4096));
        change = name + " cut to " + page.length + " bytes";
      }
      form.file(name, page);
      return;
    }
    if (schema.path("type").asString("").equals("array")) { // of files
      for (int i = random.nextInt(4); i >= 0; i--) {
        form.file(name, values.page());
      }
      return;
    }
    if (schema.path("type").asString("").equals("string") && !schema.has("contentMediaType")) {
      form.part("form-data; name=\"" + name + "\"", "", text(name, schema, spoil));
      return;
    }
    JsonNode content =
        schema.path("contentMediaType").asString("").equals(JSON) ? schema.path("contentSchema") : schema;
    JsonNode valid = values.of(content);
    parts.set(name, valid);
    byte[] bytes = valid.toString().getBytes(StandardCharsets.UTF_8);
    if (spoil && required && random.nextInt(5) == 0) {
      change = name + " left out";
      parts.remove(name);
      return;
    }
    if (spoil && random.nextInt(5) == 0) {
      form.file("nonsense", new byte[3]);
      parts.put("nonsense", "");
      change = "a part that is not of the form";
    } else if (spoil) {
      Broken broken = breaker.of(content, valid);
      bytes = broken.body();
      change = name + ": " + broken.change();
      parts.set(name, broken.json()); // null where it is no JSON any more
    }
    String disposition = "form-data; name=\"" + name + "\"";
    switch (random.nextInt(3)) {
      case 0 -> form.part(disposition, "", bytes);
      case 1 -> form.part(disposition, JSON, bytes);
      default -> form.part(disposition + "; filename=\"blob\"", JSON, bytes);
    }
  }
}
