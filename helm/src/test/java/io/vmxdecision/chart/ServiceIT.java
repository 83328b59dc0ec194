package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The service itself, as the chart starts it, with the value set that sets the most. */
class ServiceIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Pattern SERIES =
      Pattern.compile("\\b((?:vmx|http|jvm|process|logback)_\\w+)(?:\\{([^}]*)})?");
  private static final Pattern LABEL = Pattern.compile("(\\w+)(?:=~|!~|!=|=)\"");
  private static final Pattern GROUPED = Pattern.compile("by \\(([^)]*)\\)");
  /** What Prometheus adds to each scrape, and what belongs to histograms. */
  private static final List<String> OF_PROMETHEUS = List.of("namespace", "pod", "le");

  @SuppressWarnings("NullAway.Init") private static Manifests rendered;
  @SuppressWarnings("NullAway.Init") private static PodUnderTest pod;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    rendered = Chart.render("everything");
    pod = PodUnderTest.start(rendered, root -> {});
  }

  @AfterAll
  static void stop() {
    pod.close();
  }

  @Test
  void answersTheProbesOnTheManagementPortAlone() throws IOException, InterruptedException {
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      String path = rendered.container().path(probe).at("/httpGet/path").asText();
      assertThat(get(pod.management(path)).statusCode()).as(probe).isEqualTo(200);
      assertThat(get(pod.api(path)).statusCode()).as(probe).isEqualTo(404);
    }
  }

  @Test
  void hasThePropertiesOfTheValues() throws IOException, InterruptedException {
    ObjectNode request = (ObjectNode) request();
    ArrayNode translations = ((ObjectNode) request.path("snapshot")).putArray("translations");
    for (int i = 1; i <= 128; i++) {
      translations.addObject().put("l2Gpa", "0x" + Integer.toHexString(i << 12)).put("l1Gpa", "0x1000");
    }
    assertThat(decide(request).statusCode()).isEqualTo(200);
    translations.addObject().put("l2Gpa", "0x0").put("l1Gpa", "0x1000");
    HttpResponse<String> oneMore = decide(request);
    assertThat(oneMore.statusCode()).isEqualTo(400);
    assertThat(oneMore.body()).contains("/snapshot/translations").contains("128");
  }

  @Test
  void hasEachMetricAndLabelOfTheDashboard() throws IOException, InterruptedException {
    assertThat(decide(request()).statusCode()).isEqualTo(200);
    String scrape =
        get(pod.management(rendered.only("ServiceMonitor").at("/spec/endpoints/0/path").asText())).body();
    String dashboard = Files.readString(Chart.FOLDER.resolve("dashboards/vmx-decision-service.json"));
    List<String> expressions = new ArrayList<>();
    for (JsonNode target : Manifests.JSON.readTree(dashboard).findValues("expr")) {
      expressions.add(target.asText());
    }
    assertThat(expressions).hasSizeGreaterThanOrEqualTo(12);
    for (String expression : expressions) {
      Matcher series = SERIES.matcher(expression);
      boolean found = false;
      while (series.find()) {
        found = true;
        String name = series.group(1);
        assertThat(scrape).as(expression).containsPattern("(?m)^" + name + "[{ ]");
        List<String> labels = new ArrayList<>();
        LABEL.matcher(series.group(2)).results().forEach(label -> labels.add(label.group(1)));
        GROUPED.matcher(expression).results()
            .forEach(group -> labels.addAll(List.of(group.group(1).split(", "))));
        labels.removeAll(OF_PROMETHEUS);
        for (String label : labels) {
          assertThat(scrape).as(expression).containsPattern("(?m)^" + name + "\\{[^}]*\\b" + label + "=\"");
        }
      }
      assertThat(found).as(expression).isTrue();
    }
  }

  @Test
  void answersTheCommandOfTheNotes() throws IOException, InterruptedException {
    String notes = Chart.notes("default");
    int begin = notes.indexOf("curl -s");
    String command = notes.substring(begin, notes.indexOf("}'", begin) + 2);
    assertThat(command).contains("http://localhost:8080");
    Shell.Output output =
        Shell.run(Map.of(), command.replace("http://localhost:8080", pod.api("").toString()));
    assertThat(output.status()).as(output.text()).isZero();
    assertThat(output.text()).contains("\"syntheticExit\":true");
  }

  @Test
  void passesHelmTestWhichFailsOnAnyOtherAnswer() throws IOException, InterruptedException {
    JsonNode container = rendered.only("Pod").at("/spec/containers/0");
    assertThat(container.at("/command").toString()).isEqualTo("[\"sh\",\"-c\"]");
    String script = container.at("/args/0").asText();
    String url = pod.api("/v1/decisions").toString();
    String expected = container.at("/env/1/value").asText();
    Shell.Output good = Shell.run(Map.of("URL", url, "EXPECTED", expected), script);
    assertThat(good.status()).as(good.text()).isZero();
    String ofTokens = Chart.render("jwt-issuer").only("Pod").at("/spec/containers/0/env/1/value").asText();
    assertThat(Shell.run(Map.of("URL", url, "EXPECTED", ofTokens), script).status()).isNotZero();
    String elsewhere = pod.api("/v1/decision").toString();
    assertThat(Shell.run(Map.of("URL", elsewhere, "EXPECTED", expected), script).status()).isNotZero();
  }

  private static JsonNode request() throws IOException {
    return Manifests.JSON.readTree(Files.readString(Chart.FOLDER.resolve("files/request.json")));
  }

  private static HttpResponse<String> decide(JsonNode request) throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(pod.api("/v1/decisions"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(request.toString()))
            .build(),
        BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return HTTP.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }
}
