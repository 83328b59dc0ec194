package io.vmxdecision.app.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An HTTP answer. */
public record Answer(int status, Map<String, String> headers, String body) {

  /** An answer, whose headers' names are in lower case. */
  public Answer {
    headers = Map.copyOf(headers);
  }

  /** The value of a header, or of all of that name with commas between; empty if it is not there. */
  public String header(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
  }

  public String contentType() {
    return header("Content-Type");
  }

  /** The body, which has to be JSON. */
  public JsonNode json() {
    return JsonMapper.shared().readTree(body);
  }

  /** The text at a JSON Pointer. */
  public String text(String pointer) {
    return json().at(pointer).asString();
  }

  /** The texts of a property of all elements of an array. */
  public List<String> texts(String array, String property) {
    return json().at(array).valueStream().map(node -> node.path(property).asString()).toList();
  }

  /** This answer, which has to be a 200. */
  public Answer ok() {
    assertThat(status).as(body).isEqualTo(200);
    return this;
  }

  /** This answer, which has to be a problem (RFC 9457) that tells nothing of the service's inside. */
  public Answer problem(int expectedStatus) {
    assertThat(status).as(body).isEqualTo(expectedStatus);
    assertThat(contentType()).isEqualTo("application/problem+json");
    assertThat(json().path("status").asInt()).isEqualTo(expectedStatus);
    assertThat(text("/type")).startsWith("urn:vmx-decision:problem:");
    assertThat(text("/title")).isNotEmpty();
    assertThat(text("/detail")).isNotEmpty();
    assertThat(body)
        .doesNotContainPattern(
            "\\bat [a-z]+\\.|Exception|Jackson|Json[A-Z]|io\\.vmxdecision|tools\\.|java\\.|springframework|<");
    return this;
  }
}
