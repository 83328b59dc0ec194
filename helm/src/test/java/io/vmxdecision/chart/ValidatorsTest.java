package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds the manifests has to refuse what is wrong: each line spoils one place of a good rendering. */
class ValidatorsTest {
  @SuppressWarnings("NullAway.Init") private static Manifests good;

  @BeforeAll
  static void render() throws IOException {
    good = Chart.render("everything");
  }

  @Test
  void aRenderingWithAnObjectOfEachKindIsSpoiledHere() {
    assertThat(good.all())
        .extracting(object -> object.path("kind").asText())
        .contains(
            "ConfigMap", "Deployment", "HTTPRoute", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy",
            "Pod",
            "PodDisruptionBudget", "Service", "ServiceAccount", "ServiceMonitor");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`',
      textBlock = """
          # kind                  | place                                       | value         | fault
          Deployment              | /spec/replica                               | 2             | `replica`
          Deployment              | /spec/template/spec/container               | []            | `container`
          Deployment              | /spec/template/spec/containers/0/liveness   | {}            | `liveness`
          Deployment              | /spec/template/spec/containers/0/env/0/value | 8080         | /env/0/value
          Deployment              | /spec/template/spec/containers/0/env/0/value | true         | /env/0/value
          Deployment              | /spec/template/spec/containers/0/ports/0/containerPort | "eighty" | NumberFormatException
          Deployment              | /spec/template/spec/containers/0/ports/0/containerPort | "8080" | /containerPort
          Deployment              | /spec/template/spec/containers/0/resources/limits/memory | "512MB" | QuantityFormat
          Deployment              | /spec/template/spec/volumes/1/emptyDir/sizeLimit | "lots"   | QuantityFormat
          Deployment              | /spec/template/spec/automountServiceAccountToken | "false"  | /automountServiceAccountToken
          Deployment              | /spec/template/spec/securityContext/runAsUser | "65532"     | /runAsUser
          Deployment              | /spec/selector                              |               | selector
          Deployment              | /spec/template/spec/containers              |               | containers
          Deployment              | /spec/template/spec/containers/0/lifecycle/preStop/sleep/second | 1 | `second`
          Deployment              | /spec/template/spec/topologySpreadConstraints/0/topologyKey | | topologyKey
          Pod                     | /spec/restartPolicies                       | "Never"       | `restartPolicies`
          Service                 | /spec/ports/0/port                          |               | port
          Service                 | /spec/portss                                | []            | `portss`
          ServiceAccount          | /automountServiceAccountToken               | "no"          | /automountServiceAccountToken
          ConfigMap               | /data/number                                | 1             | /data/number
          HorizontalPodAutoscaler | /spec/maxReplicas                           |               | maxReplicas
          HorizontalPodAutoscaler | /spec/metrics/0/containerResource/container |               | container
          HorizontalPodAutoscaler | /spec/behavior/scaleDown/policy             | []            | `policy`
          PodDisruptionBudget     | /spec/maxUnavailables                       | 1             | `maxUnavailables`
          NetworkPolicy           | /spec/ingress/0/form                        | []            | `form`
          Ingress                 | /spec/rules/0/http/paths/0/pathType         |               | pathType
          Ingress                 | /spec/rules/0/http/paths/0/backend/serviceName | "x"        | `serviceName`
          HTTPRoute               | /spec/hostname                              | "x"           | "hostname"
          HTTPRoute               | /spec/rules/0/backendRefs/0/weights         | 1             | "weights"
          HTTPRoute               | /spec/rules/0/backendRefs/0/port            | "80"          | String value
          HTTPRoute               | /spec/rules/0/backendRefs/0/name            | 1             | Integer value
          ServiceMonitor          | /spec/endpoints/0/intervals                 | "30s"         | "intervals"
          ServiceMonitor          | /spec/endpoints/0/interval                  | 30            | Integer value
          Deployment              | /apiVersion                                 | "apps/v1beta1" | no type known
          """)
  void ofTypes(String kind, String place, @Nullable String value, String fault) throws IOException {
    assertThat(KubernetesTypes.faults(spoiled(kind, place, value))).singleElement().asString()
        .contains(fault);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`',
      textBlock = """
          # kind                  | place                                       | value         | fault
          Deployment              | /metadata/name                              | "Up"          | its name
          Deployment              | /metadata/namespace                         | "x"           | names a namespace
          Deployment              | /metadata/labels/team                       | "a b"         | the value of label team
          Deployment              | /metadata/labels/a b                        | "c"           | key a b
          Deployment              | /spec/replicas                              | 2             | how many replicas
          Deployment              | /spec/selector/matchLabels/more             | "x"           | does not select its pods
          Deployment              | /spec/template/metadata/labels/x            | "-"           | the value of label x
          Deployment              | /spec/template/spec/serviceAccountName      | "x"           | no ServiceAccount
          Deployment              | /spec/template/spec/volumes/0/configMap/name | "x"          | no ConfigMap
          Deployment              | /spec/template/spec/volumes/1/name          | "x"           | volumes
          Deployment              | /spec/template/spec/volumes/1/emptyDir/sizeLimit | "-1"     | quantity
          Deployment              | /spec/template/spec/containers/0/image      | "a:latest"    | an image that changes
          Deployment              | /spec/template/spec/containers/0/ports/1/name | "api"       | twice
          Deployment              | /spec/template/spec/containers/0/ports/1/name | "management-of-it" | name management-of-it
          Deployment              | /spec/template/spec/containers/0/ports/1/containerPort | 70000 | port 70000
          Deployment              | /spec/template/spec/containers/0/readinessProbe/httpGet/port | "x" | readinessProbe asks
          Deployment              | /spec/template/spec/containers/0/env/1/name | "SERVER_PORT" | twice
          Deployment              | /spec/template/spec/containers/0/env/1/name | "a b"         | variable a b
          Deployment              | /spec/template/spec/containers/0/env/1/value |              | needs one value
          Deployment              | /spec/template/spec/containers/0/resources/requests/memory | "2Gi" | requests more memory
          Deployment              | /spec/template/spec/containers/0/resources/requests/cpu | "half" | quantity
          Deployment              | /spec/template/spec/containers/0/resources/limits/memory | | memory without a limit
          Deployment              | /spec/template/spec/topologySpreadConstraints/0/labelSelector/matchLabels/x | "y" | other pods
          Service                 | /metadata/name                              | "1st"         | its name
          Service                 | /spec/selector/x                            | "y"           | selects none
          Service                 | /spec/selector/app.kubernetes.io~1component |               | also selects Pod
          Service                 | /spec/ports/0/targetPort                    | "x"           | leads to no port
          Service                 | /spec/ports/0/port                          | 0             | port 0
          ConfigMap               | /data/a b                                   | ""            | key a b
          ConfigMap               | /data/x.json                                | "{} {}"       | is not JSON
          HorizontalPodAutoscaler | /spec/scaleTargetRef/name                   | "x"           | scales nothing
          HorizontalPodAutoscaler | /spec/scaleTargetRef/apiVersion             | "v1"          | scales nothing
          HorizontalPodAutoscaler | /spec/minReplicas                           | 99            | over its maximum
          HorizontalPodAutoscaler | /spec/metrics/0/containerResource/container | "x"           | not there
          HorizontalPodAutoscaler | /spec/metrics/0/containerResource/name      | "disk"        | not requested
          PodDisruptionBudget     | /spec/selector/matchLabels/x                | "y"           | selects none
          PodDisruptionBudget     | /spec/maxUnavailable                        | 0             | being drained
          NetworkPolicy           | /spec/podSelector/matchLabels/app.kubernetes.io~1component | | also selects Pod
          NetworkPolicy           | /spec/policyTypes                           | ["Ingress"]   | both directions
          NetworkPolicy           | /spec/ingress/0/ports/0/port                | "x"           | names a port
          Ingress                 | /spec/rules/0/http/paths/0/backend/service/port/name | "x"  | leads nowhere
          Ingress                 | /spec/rules/0/host                          | ""            | no host
          HTTPRoute               | /spec/rules/0/backendRefs/0/port            | 81            | leads nowhere
          HTTPRoute               | /spec/parentRefs                            | []            | no gateway
          ServiceMonitor          | /spec/selector/matchLabels/x                | "y"           | selects 0 services
          ServiceMonitor          | /spec/endpoints/0/port                      | "x"           | not there
          """)
  void ofRules(String kind, String place, @Nullable String value, String fault) throws IOException {
    assertThat(ManifestRules.faults(spoiled(kind, place, value)))
        .anySatisfy(found -> assertThat(found).contains(fault));
  }

  @Test
  void ofTheSizeOfAConfigMap() throws IOException {
    Manifests spoiled = spoiled("ConfigMap", "/data/long", "\"" + "x".repeat(1 << 20) + "\"");
    assertThat(ManifestRules.faults(spoiled)).singleElement().asString().contains("bytes");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`',
      textBlock = """
          # place                                            | value                        | control
          /hostNetwork                                       | true                         | Host Namespaces
          /hostPID                                           | true                         | Host Namespaces
          /hostIPC                                           | true                         | Host Namespaces
          /securityContext/windowsOptions                    | {"hostProcess": true}        | HostProcess
          /securityContext/sysctls                           | [{"name": "kernel.sem"}]     | Sysctls
          /securityContext/seLinuxOptions                    | {"role": "r"}                | SELinux
          /securityContext/seLinuxOptions                    | {"type": "spc_t"}            | SELinux
          /securityContext/appArmorProfile                   | {"type": "Unconfined"}       | AppArmor
          /securityContext/runAsNonRoot                      |                              | Running as Non-root
          /securityContext/runAsUser                         | 0                            | Running as Non-root user
          /securityContext/seccompProfile                    |                              | Seccomp
          /securityContext/seccompProfile/type               | "Unconfined"                 | Seccomp
          /volumes/0/hostPath                                | {"path": "/"}                | Volume Types
          /containers/0/securityContext                      |                              | Privilege Escalation
          /containers/0/securityContext/privileged           | true                         | Privileged Containers
          /containers/0/securityContext/allowPrivilegeEscalation | true                     | Privilege Escalation
          /containers/0/securityContext/allowPrivilegeEscalation |                          | Privilege Escalation
          /containers/0/securityContext/runAsNonRoot         | false                        | Running as Non-root
          /containers/0/securityContext/runAsUser            | 0                            | Running as Non-root user
          /containers/0/securityContext/capabilities/drop    | ["KILL"]                     | Capabilities: drop
          /containers/0/securityContext/capabilities/add     | ["NET_RAW"]                  | Capabilities: "NET_RAW"
          /containers/0/securityContext/procMount            | "Unmasked"                   | /proc Mount Type
          /containers/0/securityContext/seccompProfile       | {"type": "Unconfined"}       | Seccomp
          /containers/0/securityContext/readOnlyRootFilesystem |                            | root file system
          /containers/0/ports/0/hostPort                     | 80                           | Host Ports
          /containers/0/livenessProbe/httpGet/host           | "10.0.0.1"                   | Host Probes
          """)
  void ofRestrictedPods(String place, @Nullable String value, String control) throws IOException {
    Manifests spoiled = spoiled("Deployment", "/spec/template/spec" + place, value);
    assertThat(RestrictedPods.faults(spoiled)).anySatisfy(found -> assertThat(found).contains(control));
  }

  @Test
  void ofTheRestrictedPodOfTheChartsTest() throws IOException {
    assertThat(RestrictedPods.faults(spoiled("Pod", "/spec/hostNetwork", "true")))
        .containsExactly("Host Namespaces: hostNetwork");
  }

  /** The good rendering, with one place of its first object of a kind set to JSON, or taken away. */
  private static Manifests spoiled(String kind, String place, @Nullable String json)
      throws JsonProcessingException {
    Manifests copy = good.copy();
    int slash = place.lastIndexOf('/');
    JsonNode parent = copy.of(kind).getFirst().at(place.substring(0, slash));
    String last = place.substring(slash + 1).replace("~1", "/");
    if (parent instanceof ArrayNode array) {
      array.remove(Integer.parseInt(last));
    } else if (parent instanceof ObjectNode object) {
      JsonNode before = object.get(last);
      if (json == null) {
        assertThat(before).as(place).isNotNull();
        object.remove(last);
      } else {
        object.set(last, Manifests.JSON.readTree(json));
      }
    } else {
      throw new AssertionError("there is no " + place + " in " + List.of(kind));
    }
    return copy;
  }
}
