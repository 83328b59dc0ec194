package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubernetes.client.custom.Quantity;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.provider.CsvSource;

/** What values come to, in the objects and in the service's properties. */
class SettingsTest {

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void theGracePeriodOutlastsTheDrain(String valueSet) throws IOException {
    Manifests rendered = Chart.render(valueSet);
    String phase = rendered.application().at("/spring/lifecycle/timeout-per-shutdown-phase").asText();
    int wait = rendered.container().at("/lifecycle/preStop/sleep/seconds").asInt();
    assertThat(phase).endsWith("s");
    assertThat(wait).isPositive();
    assertThat(rendered.servicePod().at("/spec/terminationGracePeriodSeconds").asInt())
        .isGreaterThanOrEqualTo(wait + 2 * Integer.parseInt(phase.substring(0, phase.length() - 1)) + 10);
  }

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void allStreamsTogetherHaveRoomForTheirAnswers(String valueSet) throws IOException {
    Manifests rendered = Chart.render(valueSet);
    JsonNode properties = rendered.application().path("vmx-decision");
    String onDisk = properties.at("/overload/disk").asText();
    String size = rendered.servicePod().findValue("sizeLimit").asText();
    assertThat(onDisk).endsWith("MB");
    assertThat(size).endsWith("Mi");
    assertThat(Long.parseLong(size.substring(0, size.length() - 2)))
        .isGreaterThan(Long.parseLong(onDisk.substring(0, onDisk.length() - 2)));
    JsonNode limit = rendered.container().at("/resources/limits/ephemeral-storage");
    assertThat(limit.isMissingNode() || bytes(limit.asText()).compareTo(bytes(size)) > 0).isTrue();
  }

  private static BigDecimal bytes(String quantity) {
    return Quantity.fromString(quantity).getNumber();
  }

  @ParameterizedTest
  @CsvSource({
    "'{tag: 1.0.0}', 'vmx-decision-service:1.0.0'",
    "'{tag: 1.0.0, digest: \"sha256:" + DIGEST + "\"}', 'vmx-decision-service:1.0.0@sha256:" + DIGEST + "'",
    "'{digest: \"sha256:" + DIGEST + "\"}', 'vmx-decision-service@sha256:" + DIGEST + "'",
    "'{repository: \"localhost:5000/a/b\"}', 'localhost:5000/a/b:0.1.0-SNAPSHOT'",
  })
  void theImageIsTakenByDigestOrTag(String image, String expected) throws IOException {
    assertThat(Chart.renderValues("image: " + image).container().path("image").asText()).isEqualTo(expected);
  }

  private static final String DIGEST = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

  @Test
  void theChartIsOfTheProjectsVersion() throws IOException {
    JsonNode chart = Manifests.yaml(Files.readString(Chart.FOLDER.resolve("Chart.yaml")));
    assertThat(chart.path("appVersion").asText()).isEqualTo(System.getProperty("project.version"));
  }

  @Test
  void newPropertiesMakeNewPods() throws IOException {
    assertThat(checksum("{}")).isEqualTo(checksum("replicas: 3"))
        .isNotEqualTo(checksum("vmxDecision: {overload: {streams: 31}}"))
        .isNotEqualTo(checksum("shutdown: {phaseSeconds: 31}"));
  }

  private static String checksum(String values) throws IOException {
    return Chart.renderValues(values).servicePod().at("/metadata/annotations/checksum~1config").asText();
  }

  @Test
  void byDefaultNothingGoesOut() throws IOException {
    JsonNode policy = Chart.render("default").only("NetworkPolicy").path("spec");
    assertThat(policy.path("policyTypes").toString()).isEqualTo("[\"Ingress\",\"Egress\"]");
    assertThat(policy.path("egress").isEmpty()).isTrue();
  }

  @Test
  void byDefaultTheApiIsOpenAndTheManagementPortIsForMonitoringAlone() throws IOException {
    JsonNode ingress = Chart.render("default").only("NetworkPolicy").at("/spec/ingress");
    assertThat(ingress).hasSize(2);
    assertThat(ingress.at("/0/ports").findValuesAsText("port")).containsExactly("api");
    assertThat(ingress.path(0).has("from")).isFalse();
    assertThat(ingress.at("/1/ports").findValuesAsText("port")).containsExactly("management");
    assertThat(ingress.at("/1/from").toString())
        .isEqualTo(
            "[{\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"monitoring\"}}}]");
  }

  @Test
  void namedClientsAndTheChartsTestReachTheApi() throws IOException {
    Manifests rendered = Chart.render("production");
    JsonNode from = rendered.only("NetworkPolicy").at("/spec/ingress/0/from");
    assertThat(from).hasSize(3);
    assertThat(Manifests.selects(from.at("/2/podSelector/matchLabels"), rendered.only("Pod"))).isTrue();
  }

  @Test
  void whatIsLetOutCanAlsoAskForNames() throws IOException {
    JsonNode egress = Chart.render("tracing").only("NetworkPolicy").at("/spec/egress");
    assertThat(egress.findValuesAsText("port")).containsExactly("4318", "53", "53");
    assertThat(egress.at("/1/to/0/podSelector/matchLabels/k8s-app").asText()).isEqualTo("kube-dns");
  }

  @Test
  void aSinglePodHasNoAutoscalerAndCanBeDrained() throws IOException {
    Manifests rendered = Chart.render("single");
    assertThat(rendered.of("HorizontalPodAutoscaler")).isEmpty();
    assertThat(rendered.only("Deployment").at("/spec/replicas").asInt()).isEqualTo(1);
    assertThat(rendered.only("PodDisruptionBudget").at("/spec/maxUnavailable").asInt()).isEqualTo(1);
  }

  @Test
  void theAuditIsAnIndexedJobWhosePodsShareTheFiles() throws IOException {
    Manifests rendered = Chart.render("audit");
    JsonNode job = rendered.only("Job");
    assertThat(job.at("/spec/completionMode").asText()).isEqualTo("Indexed");
    assertThat(job.at("/spec/completions").asInt()).isEqualTo(40);
    assertThat(job.at("/spec/parallelism").asInt()).isEqualTo(8);
    JsonNode container = job.at("/spec/template/spec/containers/0");
    assertThat(container.path("args")).extracting(JsonNode::asText)
        .containsExactly("audit", "--beside", "--share", "$(JOB_COMPLETION_INDEX)/40", "/traces");
    assertThat(container.at("/volumeMounts/0/subPath").asText()).isEqualTo("kvm/2026");
    assertThat(Manifests.selects(rendered.only("Service").at("/spec/selector"), job.at("/spec/template")))
        .isFalse();
    assertThat(Chart.render("default").of("Job")).isEmpty();
  }

  @Test
  void theSmallestIsFourObjectsAndTheTest() throws IOException {
    assertThat(Chart.render("minimal").all()).extracting(object -> object.path("kind").asText())
        .containsExactlyInAnyOrder("ConfigMap", "Deployment", "Pod", "Service", "ServiceAccount");
  }

  @Test
  void noPodHasAToken() throws IOException {
    Manifests rendered = Chart.render("everything");
    List<JsonNode> all = new ArrayList<>(rendered.of("ServiceAccount"));
    all.add(rendered.servicePod().path("spec"));
    all.add(rendered.only("Pod").path("spec"));
    assertThat(all).allSatisfy(object -> {
      assertThat(object.path("automountServiceAccountToken").isBoolean()).isTrue();
      assertThat(object.path("automountServiceAccountToken").asBoolean()).isFalse();
    });
  }

  @Test
  void theUserIsThatOfTheImage() throws IOException {
    JsonNode context = Chart.render("default").servicePod().at("/spec/securityContext");
    String user = context.path("runAsUser").asText();
    assertThat(context.path("fsGroup").asText()).isEqualTo(user);
    assertThat(Files.readString(Path.of("../docker/Dockerfile")))
        .contains("\nUSER " + user + ":" + user + "\n");
  }

  @Test
  void onOpenShiftTheUserIsNotSaid() throws IOException {
    Manifests rendered = Chart.render("openshift");
    assertThat(rendered.servicePod().findValue("runAsUser")).isNull();
    assertThat(rendered.servicePod().findValue("fsGroup")).isNull();
    assertThat(rendered.only("Pod").findValue("runAsUser")).isNull();
  }

  @Test
  void theCertificateIsMountedAsAFolderSoThatARenewedOneArrives() throws IOException {
    Manifests rendered = Chart.render("tls");
    assertThat(rendered.servicePod().findValue("secret").path("secretName").asText()).isEqualTo("vmx-tls");
    assertThat(rendered.container().path("volumeMounts").findValue("subPath")).isNull();
    JsonNode bundle = rendered.application().at("/spring/ssl/bundle/pem/server");
    assertThat(bundle.path("reload-on-update").asBoolean()).isTrue();
    assertThat(bundle.at("/keystore/verify-keys").asBoolean()).isTrue();
    assertThat(rendered.application().at("/server/ssl/bundle").asText()).isEqualTo("server");
  }
}
