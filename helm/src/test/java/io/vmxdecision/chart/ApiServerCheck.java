package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * Not of the suite: gives all that the chart renders to a real API server, which {@code test-api-server.sh}
 * builds and starts. It is Kubernetes 1.20, older than the chart is for, so that what came later is put in
 * the form of then, see {@link #asOf120}.
 *
 * <p>Server-side apply refuses unknown fields; the only PodSecurityPolicy is that of restricted pods.
 */
class ApiServerCheck {
  private static final String SERVER = Objects.requireNonNull(System.getProperty("api.server"));
  private static final String TOKEN = Objects.requireNonNull(System.getProperty("api.token"));

  private static final Map<String, String> RESOURCES =
      Map.of(
          "ConfigMap", "configmaps",
          "Deployment", "deployments",
          "HorizontalPodAutoscaler", "horizontalpodautoscalers",
          "Ingress", "ingresses",
          "Namespace", "namespaces",
          "NetworkPolicy", "networkpolicies",
          "Pod", "pods",
          "PodDisruptionBudget", "poddisruptionbudgets",
          "Service", "services",
          "ServiceAccount", "serviceaccounts");

  private static final String RESTRICTED =
      """
          apiVersion: policy/v1beta1
          kind: PodSecurityPolicy
          metadata:
            name: restricted
            annotations: {seccomp.security.alpha.kubernetes.io/allowedProfileNames: runtime/default}
          spec:
            privileged: false
            allowPrivilegeEscalation: false
            requiredDropCapabilities: [ALL]
            readOnlyRootFilesystem: true
            volumes: [configMap, emptyDir, projected, secret, downwardAPI, persistentVolumeClaim]
            runAsUser: {rule: MustRunAsNonRoot}
            seLinux: {rule: RunAsAny}
            supplementalGroups: {rule: MustRunAs, ranges: [{min: 1, max: 65535}]}
            fsGroup: {rule: MustRunAs, ranges: [{min: 1, max: 65535}]}
          """;

  @SuppressWarnings("NullAway.Init") private static HttpClient client;

  @BeforeAll
  static void prepare() throws Exception {
    client = HttpClient.newBuilder().sslContext(trusting(Path.of(System.getProperty("api.certificate", ""))))
        .build();
    JsonNode policy = Manifests.yaml(RESTRICTED);
    apply("/apis/policy/v1beta1/podsecuritypolicies/restricted", policy, false);
    apply(
        "/apis/scheduling.k8s.io/v1/priorityclasses/business-critical",
        Manifests.yaml(
            "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: business-critical}\nvalue: 1\n"),
        false);
    apply("/api/v1/namespaces/refused", namespace("refused"), false);
    JsonNode account = Chart.render("default").only("ServiceAccount");
    apply(path(account, "refused"), account, false);
  }

  @ParameterizedTest
  @ArgumentsSource(Chart.ValueSets.class)
  void takes(String valueSet) throws IOException, InterruptedException {
    assertThat(apply("/api/v1/namespaces/" + valueSet, namespace(valueSet), false).statusCode())
        .isLessThan(300);
    Manifests rendered = Chart.render(valueSet);
    JsonNode account = rendered.only("ServiceAccount"); // a pod is refused without, dry or not
    apply(path(account, valueSet), account, false);
    for (boolean dry : new boolean[]{true, false}) {
      for (JsonNode object : rendered.all()) {
        JsonNode old = asOf120(object);
        if (!RESOURCES.containsKey(old.path("kind").asText())) {
          System.out.println("not asked, as its type is not built in: " + Manifests.title(old));
          continue;
        }
        HttpResponse<String> answer = apply(path(old, valueSet), old, dry);
        System.out
            .println(valueSet + (dry ? " dry " : " ") + answer.statusCode() + " " + Manifests.title(old));
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
      }
    }
    JsonNode pod = pod(rendered);
    HttpResponse<String> answer = apply(path(pod, valueSet), pod, false);
    System.out.println(valueSet + " " + answer.statusCode() + " the Deployment's pod");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(Manifests.JSON.readTree(answer.body()).at("/metadata/annotations/kubernetes.io~1psp").asText())
        .isEqualTo("restricted");
  }

  @Test
  void refusesAPodThatIsNotRestricted() throws IOException, InterruptedException {
    JsonNode pod = pod(Chart.render("default"));
    ((ObjectNode) pod.path("spec")).put("hostNetwork", true);
    HttpResponse<String> answer = apply(path(pod, "refused"), pod, true);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("Host network is not allowed to be used");
  }

  @Test
  void refusesAnUnknownField() throws IOException, InterruptedException {
    JsonNode deployment = asOf120(Chart.render("default").only("Deployment"));
    ((ObjectNode) deployment.path("spec")).put("replica", 2);
    HttpResponse<String> answer = apply(path(deployment, "refused"), deployment, true);
    assertThat(answer.statusCode()).isGreaterThanOrEqualTo(400);
    assertThat(answer.body()).contains(".spec.replica: field not declared in schema");
  }

  @Test
  void refusesASelectorOfOtherPods() throws IOException, InterruptedException {
    JsonNode deployment = asOf120(Chart.render("default").only("Deployment"));
    ((ObjectNode) deployment.at("/spec/selector/matchLabels")).put("more", "x");
    HttpResponse<String> answer = apply(path(deployment, "refused"), deployment, true);
    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("`selector` does not match template `labels`");
  }

  /** What came after 1.20: two versions of types, the sleep before SIGTERM, and how pods are spread. */
  private static JsonNode asOf120(JsonNode object) {
    ObjectNode copy = object.deepCopy();
    switch (copy.path("kind").asText()) {
      case "HorizontalPodAutoscaler" -> copy.put("apiVersion", "autoscaling/v2beta2"); // v2: 1.23
      case "PodDisruptionBudget" -> copy.put("apiVersion", "policy/v1beta1"); // v1: 1.21
      case "Deployment" -> {
        JsonNode spec = copy.at("/spec/template/spec");
        ((ObjectNode) spec.at("/containers/0")).remove("lifecycle"); // sleep: 1.29
        spec.path("topologySpreadConstraints")
            .forEach(spread -> ((ObjectNode) spread).remove("matchLabelKeys")); // 1.25
      }
      default -> {}
    }
    return copy;
  }

  /** The pod that the Deployment would make. */
  private static JsonNode pod(Manifests rendered) {
    ObjectNode pod = asOf120(rendered.only("Deployment")).path("spec").path("template").deepCopy();
    pod.put("apiVersion", "v1").put("kind", "Pod");
    ((ObjectNode) pod.path("metadata")).put("name", "one");
    return pod;
  }

  private static JsonNode namespace(String name) {
    return Manifests.yaml("apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n");
  }

  private static String path(JsonNode object, String namespace) {
    String version = object.path("apiVersion").asText();
    return (version.equals("v1") ? "/api/v1" : "/apis/" + version) + "/namespaces/" + namespace + "/"
        + RESOURCES.get(object.path("kind").asText()) + "/" + Manifests.name(object);
  }

  private static HttpResponse<String> apply(String path, JsonNode object, boolean dry)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest
            .newBuilder(
                URI.create(SERVER + path + "?fieldManager=check&force=true" + (dry ? "&dryRun=All" : "")))
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/apply-patch+yaml")
            .method("PATCH", BodyPublishers.ofString(object.toString()))
            .build(),
        BodyHandlers.ofString());
  }

  private static SSLContext trusting(Path certificate) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    try (var in = Files.newInputStream(certificate)) {
      int count = 0;
      for (var each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("server" + count++, each);
      }
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
