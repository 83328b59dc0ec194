package io.vmxdecision.chart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kubernetes.client.custom.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What Kubernetes asks of objects beyond their types, and what has to fit between the objects of one chart.
 *
 * <p>Sources: the validation that the API server does (k8s.io/kubernetes {@code pkg/apis/..}, and {@code
 * k8s.io/apimachinery} for names, labels and quantities), as the API reference words it. What it lets pass
 * and a cluster then never resolves, such as a service without pods, is a fault here too.
 */
final class ManifestRules {
  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern SERVICE_NAME = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern PORT_NAME =
      Pattern.compile("(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?");
  private static final Pattern LABEL_VALUE =
      Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
  private static final Pattern KEY = Pattern.compile(
      "([a-z0-9][-a-z0-9.]{0,251}[a-z0-9]/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  private static final Pattern CONFIG_KEY = Pattern.compile("[-._a-zA-Z0-9]{1,253}");
  private static final Pattern ENVIRONMENT = Pattern.compile("[-._a-zA-Z][-._a-zA-Z0-9]*");
  private static final int CONFIG_MAP_BYTES = 1 << 20;
  private static final ObjectMapper STRICT_JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Manifests manifests;
  private final List<String> faults = new ArrayList<>();

  private ManifestRules(Manifests manifests) {
    this.manifests = manifests;
  }

  /** What is wrong; empty, if nothing is. */
  static List<String> faults(Manifests manifests) {
    ManifestRules rules = new ManifestRules(manifests);
    rules.names();
    rules.deployment();
    manifests.of("Pod").forEach(pod -> rules.pod(Manifests.title(pod), pod));
    rules.configMaps();
    rules.services();
    rules.autoscaler();
    rules.disruptionBudget();
    rules.networkPolicy();
    rules.routes();
    rules.serviceMonitor();
    return rules.faults;
  }

  private void check(boolean holds, String fault) {
    if (!holds) {
      faults.add(fault);
    }
  }

  private void names() {
    Set<String> seen = new HashSet<>();
    for (JsonNode object : manifests.all()) {
      String title = Manifests.title(object);
      boolean service = object.path("kind").asText().equals("Service");
      check((service ? SERVICE_NAME : DNS_LABEL).matcher(Manifests.name(object)).matches(),
          title + ": its name");
      check(seen.add(title), title + " is there twice");
      labels(title, object.at("/metadata/labels"));
      keys(title, object.at("/metadata/annotations"));
      check(!object.at("/metadata/namespace").isTextual(), title + " names a namespace");
      check(object.at("/metadata/labels/app.kubernetes.io~1instance").isTextual(),
          title + " lacks its labels");
    }
  }

  private void labels(String title, JsonNode labels) {
    keys(title, labels);
    labels
        .properties()
        .forEach(
            label -> check(
                LABEL_VALUE.matcher(label.getValue().asText()).matches(),
                title + ": the value of label " + label.getKey()));
  }

  private void keys(String title, JsonNode map) {
    map.properties()
        .forEach(entry -> check(KEY.matcher(entry.getKey()).matches(), title + ": key " + entry.getKey()));
  }

  private void deployment() {
    JsonNode deployment = manifests.only("Deployment");
    JsonNode pod = manifests.servicePod();
    check(
        Manifests.selects(deployment.at("/spec/selector/matchLabels"), pod),
        "the Deployment's selector does not select its pods");
    labels("the Deployment's pod", pod.at("/metadata/labels"));
    keys("the Deployment's pod", pod.at("/metadata/annotations"));
    for (JsonNode spread : pod.at("/spec/topologySpreadConstraints")) {
      check(
          Manifests.selects(spread.at("/labelSelector/matchLabels"), pod),
          "the pods are spread by other pods");
    }
    pod("the Deployment", pod);
  }

  private void pod(String title, JsonNode pod) {
    JsonNode spec = pod.path("spec");
    check(
        manifests.named("ServiceAccount", spec.path("serviceAccountName").asText()).isPresent(),
        title + ": there is no ServiceAccount " + spec.path("serviceAccountName"));
    Set<String> volumes = new TreeSet<>();
    for (JsonNode volume : spec.path("volumes")) {
      check(volumes.add(volume.path("name").asText()), title + ": volume " + volume.path("name") + " twice");
      JsonNode configMap = volume.at("/configMap/name");
      check(
          configMap.isMissingNode() || manifests.named("ConfigMap", configMap.asText()).isPresent(),
          title + ": there is no ConfigMap " + configMap);
      quantity(title, volume.at("/emptyDir/sizeLimit"));
    }
    Set<String> mounted = new TreeSet<>();
    for (JsonNode container : spec.path("containers")) {
      container(title, container);
      container.path("volumeMounts").forEach(mount -> mounted.add(mount.path("name").asText()));
    }
    check(mounted.equals(volumes), title + ": volumes " + volumes + ", mounted " + mounted);
  }

  private void container(String title, JsonNode container) {
    check(!container.path("image").asText().isBlank(), title + ": no image");
    check(!container.path("image").asText().endsWith(":latest"), title + ": an image that changes");
    Collection<String> ports = names(container.path("ports"));
    check(new HashSet<>(ports).size() == ports.size(), title + ": a port's name twice");
    for (String port : ports) {
      check(PORT_NAME.matcher(port).matches(), title + ": the port's name " + port);
    }
    for (JsonNode port : container.path("ports")) {
      portNumber(title, port.path("containerPort"));
    }
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      JsonNode port = container.path(probe).at("/httpGet/port");
      check(port.isMissingNode() || ports.contains(port.asText()),
          title + ": " + probe + " asks port " + port);
    }
    Set<String> variables = new HashSet<>();
    for (JsonNode variable : container.path("env")) {
      String name = variable.path("name").asText();
      check(ENVIRONMENT.matcher(name).matches(), title + ": variable " + name);
      check(variables.add(name), title + ": variable " + name + " twice");
      check(
          variable.has("value") != variable.has("valueFrom"),
          title + ": variable " + name + " needs one value");
    }
    JsonNode limits = container.at("/resources/limits");
    container
        .at("/resources/requests")
        .properties()
        .forEach(
            request -> {
              BigDecimal requested = quantity(title, request.getValue());
              BigDecimal limit = quantity(title, limits.path(request.getKey()));
              check(
                  requested != null && (limit == null || requested.compareTo(limit) <= 0),
                  title + ": requests more " + request.getKey() + " than its limit");
            });
    check(quantity(title, limits.path("memory")) != null, title + ": memory without a limit");
  }

  private void portNumber(String title, JsonNode port) {
    check(port.isInt() && port.asInt() >= 1 && port.asInt() <= 65_535, title + ": port " + port);
  }

  private @org.jspecify.annotations.Nullable BigDecimal quantity(String title, JsonNode quantity) {
    if (quantity.isMissingNode()) {
      return null;
    }
    try {
      BigDecimal number = Quantity.fromString(quantity.asText()).getNumber();
      check(number.signum() >= 0, title + ": quantity " + quantity);
      return number;
    } catch (RuntimeException e) {
      faults.add(title + ": quantity " + quantity);
      return null;
    }
  }

  private void configMaps() {
    for (JsonNode configMap : manifests.of("ConfigMap")) {
      String title = Manifests.title(configMap);
      long bytes = 0;
      for (Map.Entry<String, JsonNode> entry : configMap.path("data").properties()) {
        String text = entry.getValue().asText();
        bytes += entry.getKey().length() + text.getBytes(StandardCharsets.UTF_8).length;
        check(CONFIG_KEY.matcher(entry.getKey()).matches(), title + ": key " + entry.getKey());
        if (entry.getKey().endsWith(".json")) {
          try {
            STRICT_JSON.readTree(text);
          } catch (JsonProcessingException e) {
            faults.add(title + ": " + entry.getKey() + " is not JSON: " + e.getOriginalMessage());
          }
        } else if (entry.getKey().endsWith(".yaml")) {
          check(Manifests.yaml(text).isObject(), title + ": " + entry.getKey() + " holds no properties");
        }
      }
      check(bytes < CONFIG_MAP_BYTES, title + " is of " + bytes + " bytes");
    }
  }

  private void services() {
    JsonNode pod = manifests.servicePod();
    Collection<String> ports = names(manifests.container().path("ports"));
    for (JsonNode service : manifests.of("Service")) {
      String title = Manifests.title(service);
      selectsTheService(title, service.at("/spec/selector"));
      check(service.at("/spec/ports").size() > 0, title + ": no port");
      for (JsonNode port : service.at("/spec/ports")) {
        portNumber(title, port.path("port"));
        check(DNS_LABEL.matcher(port.path("name").asText()).matches(),
            title + ": port name " + port.path("name"));
        check(ports.contains(port.path("targetPort").asText()),
            title + ": leads to no port " + port.path("targetPort"));
      }
    }
    check(pod.isObject(), "there is no pod");
  }

  private void selectsTheService(String title, JsonNode matchLabels) {
    check(Manifests.selects(matchLabels, manifests.servicePod()), title + " selects none of the pods");
    for (JsonNode other : manifests.of("Pod")) {
      check(!Manifests.selects(matchLabels, other), title + " also selects " + Manifests.title(other));
    }
  }

  private void autoscaler() {
    boolean scaled = !manifests.of("HorizontalPodAutoscaler").isEmpty();
    check(
        scaled == manifests.only("Deployment").at("/spec/replicas").isMissingNode(),
        "either the Deployment says how many replicas there are, or the autoscaler does");
    for (JsonNode autoscaler : manifests.of("HorizontalPodAutoscaler")) {
      JsonNode target = autoscaler.at("/spec/scaleTargetRef");
      check(
          manifests
              .named(target.path("kind").asText(), target.path("name").asText())
              .filter(object -> object.path("apiVersion").equals(target.path("apiVersion")))
              .isPresent(),
          "the autoscaler scales nothing that is there: " + target);
      check(
          autoscaler.at("/spec/minReplicas").asInt() <= autoscaler.at("/spec/maxReplicas").asInt(),
          "the autoscaler's minimum is over its maximum");
      for (JsonNode metric : autoscaler.at("/spec/metrics")) {
        JsonNode resource = metric.path("containerResource");
        check(
            names(manifests.servicePod().at("/spec/containers"))
                .contains(resource.path("container").asText()),
            "the autoscaler looks at a container that is not there");
        check(
            manifests.container().at("/resources/requests").has(resource.path("name").asText()),
            "the autoscaler takes a share of a resource that is not requested");
      }
    }
  }

  private void disruptionBudget() {
    for (JsonNode budget : manifests.of("PodDisruptionBudget")) {
      selectsTheService("the PodDisruptionBudget", budget.at("/spec/selector/matchLabels"));
      check(
          budget.at("/spec/maxUnavailable").asInt() >= 1 && !budget.path("spec").has("minAvailable"),
          "the PodDisruptionBudget keeps nodes from being drained");
    }
  }

  private void networkPolicy() {
    Collection<String> ports = names(manifests.container().path("ports"));
    for (JsonNode policy : manifests.of("NetworkPolicy")) {
      selectsTheService("the NetworkPolicy", policy.at("/spec/podSelector/matchLabels"));
      check(
          policy.at("/spec/policyTypes").toString().equals("[\"Ingress\",\"Egress\"]"),
          "the NetworkPolicy is not for both directions");
      for (JsonNode port : policy.findValues("port")) {
        check(port.isInt() || ports.contains(port.asText()), "the NetworkPolicy names a port " + port);
      }
      for (JsonNode block : policy.findValues("cidr")) {
        check(block.asText().matches("[0-9a-fA-F.:]+/[0-9]{1,3}"), "the NetworkPolicy has a block " + block);
      }
    }
  }

  private void routes() {
    for (JsonNode ingress : manifests.of("Ingress")) {
      for (JsonNode backend : ingress.findValues("service")) {
        check(
            hasPort(backend.path("name").asText(), "name", backend.at("/port/name")),
            "the Ingress leads nowhere: " + backend);
      }
      for (JsonNode rule : ingress.at("/spec/rules")) {
        check(rule.path("host").asText().contains("."), "the Ingress has no host");
      }
    }
    for (JsonNode route : manifests.of("HTTPRoute")) {
      check(route.at("/spec/parentRefs").size() > 0, "the HTTPRoute has no gateway");
      for (JsonNode backend : route.at("/spec/rules/0/backendRefs")) {
        check(
            hasPort(backend.path("name").asText(), "port", backend.path("port")),
            "the HTTPRoute leads nowhere: " + backend);
      }
    }
  }

  private boolean hasPort(String service, String key, JsonNode wanted) {
    return manifests.named("Service", service).stream()
        .flatMap(found -> stream(found.at("/spec/ports")))
        .anyMatch(port -> port.path(key).equals(wanted));
  }

  private void serviceMonitor() {
    for (JsonNode monitor : manifests.of("ServiceMonitor")) {
      List<JsonNode> services =
          manifests.of("Service").stream()
              .filter(service -> Manifests.selects(monitor.at("/spec/selector/matchLabels"), service))
              .toList();
      check(services.size() == 1, "the ServiceMonitor selects " + services.size() + " services");
      for (JsonNode endpoint : monitor.at("/spec/endpoints")) {
        check(
            services.stream().allMatch(s -> hasPort(Manifests.name(s), "name", endpoint.path("port"))),
            "the ServiceMonitor scrapes a port that is not there: " + endpoint.path("port"));
      }
    }
  }

  private static Collection<String> names(JsonNode array) {
    return stream(array).map(element -> element.path("name").asText()).toList();
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
