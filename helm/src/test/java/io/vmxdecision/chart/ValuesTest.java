package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValuesTest {

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`',
      textBlock = """
          # values                                            | place and why
          replica: 2                                        | | additional properties 'replica' not allowed
          replicas: two                                       | /replicas | got string, want integer
          replicas: -1                                        | /replicas | minimum
          image: {tag: latest, name: x}                       | /image | 'name' not allowed
          image: {repository: "a b"}                          | /image/repository | does not match pattern
          image: {repository: ""}                             | /image/repository | does not match pattern
          image: {tag: ":1"}                                  | /image/tag | does not match pattern
          image: {digest: "sha256:12"}                        | /image/digest | does not match pattern
          image: {pullPolicy: always}                         | /image/pullPolicy | must be one of
          imagePullSecrets: [registry]                        | /imagePullSecrets/0 | got string, want object
          fullnameOverride: Upper                             | /fullnameOverride | does not match pattern
          autoscaling: {minReplicas: 0}                       | /autoscaling/minReplicas | minimum
          autoscaling: {minReplicas: 9, maxReplicas: 3}     | | autoscaling.minReplicas is 9, which is more than autoscaling.maxReplicas, 3
          autoscaling: {cpuPercentage: 75%}                   | /autoscaling/cpuPercentage | got string
          resources: {requests: {cpu: null}}                | | autoscaling.enabled needs resources.requests.cpu
          resources: {requests: {memory: 512MB}}              | /resources/requests/memory | does not match pattern
          resources: {limit: {memory: 1Gi}}                   | /resources | 'limit' not allowed
              runAsUser: 0                                        | /runAsUser | minimum
          shutdown: {phaseSeconds: 30s}                       | /shutdown/phaseSeconds | got string
          shutdown: {graceSeconds: 30}                        | /shutdown | 'graceSeconds' not allowed
          vmxDecision: {overload: {stream: 1}}                | /vmxDecision/overload | 'stream' not allowed
          vmxDecision: {overload: {bodyBytes: 1MB}}           | /vmxDecision/overload | 'bodyBytes' not allowed
          vmxDecision: {overload: {retry-after: 1500ms}}      | /vmxDecision/overload/retry-after | does not match pattern
          vmxDecision: {limits: {body: 8Mi}}                  | /vmxDecision/limits/body | does not match pattern
          vmxDecision: {limits: {vcpus: 4097}}                | /vmxDecision/limits/vcpus | maximum
          vmxDecision: {overload: {disk: 1GB}}                | /vmxDecision/overload/disk | does not match pattern
          jwt: {issuerUri: "http://issuer.example.org"}       | /jwt/issuerUri | does not match pattern
          jwt: {publicKey: "-----BEGIN PRIVATE KEY-----"}     | /jwt/publicKey | does not match pattern
          jwt: {issuerUri: "https://issuer.example.org"}    | | jwt.issuerUri is https://issuer.example.org, but the NetworkPolicy lets nothing out
          tls: {secretName: a/b}                              | /tls/secretName | does not match pattern
          tracing: {endpoint: "collector:4318"}               | /tracing/endpoint | does not match pattern
          tracing: {endpoint: "http://collector:4318"}      | | tracing.endpoint is http://collector:4318, but the NetworkPolicy lets nothing out
          tracing: {samplingProbability: 2}                   | /tracing/samplingProbability | maximum
          service: {type: ExternalName}                       | /service/type | must be one of
          service: {port: 0}                                  | /service/port | minimum
          service: {annotations: {a: 1}}                      | /service/annotations/a | got number, want string
          ingress: {enabled: true}                            | /ingress/host | minLength
          ingress: {enabled: true, host: "http://a.b"}        | /ingress/host | does not match pattern
          httpRoute: {enabled: true, host: a.b}               | /httpRoute/parentRefs | minItems
          httpRoute: {requestTimeout: 30}                     | /httpRoute/requestTimeout | got number, want string
          networkPolicy: {clients: [{pod: {}}]}               | /networkPolicy/clients/0 | 'pod' not allowed
          networkPolicy: {clients: [{}]}                      | /networkPolicy/clients/0 | minProperties
          networkPolicy: {egress: [{to: [{podSelector: {}}]}]} | /networkPolicy/egress/0 | missing property 'ports'
          networkPolicy: {monitoringNamespace: ""}            | /networkPolicy/monitoringNamespace | does not match pattern
          serviceMonitor: {interval: 30}                      | /serviceMonitor/interval | got number, want string
          topologySpread: [{topologyKey: zone}]               | /topologySpread/0 | missing property 'whenUnsatisfiable'
          extraEnv: [{name: A, value: 1}]                     | /extraEnv/0/value | got number, want string
          nodeSelector: {a: true}                             | /nodeSelector/a | got boolean, want string
          """,
      maxCharsPerColumn = 200)
  void thatAreWrongAreRefusedByPlace(String values, @Nullable String place, String why) {
    assertThatThrownBy(() -> Chart.renderValues(values))
        .hasMessageContaining(place == null ? "" : "at '" + place + "'")
        .hasMessageContaining(why);
  }

  @Test
  void anIssuerAndAKeyAreRefusedTogether() throws IOException {
    String key =
        Manifests.yaml(Files.readString(Chart.valuesFile("jwt-public-key"))).at("/jwt/publicKey").asText();
    String values = "networkPolicy: {enabled: false}\njwt: {issuerUri: \"https://a.b\", publicKey: \""
        + key.replace("\n", "\\n") + "\"}";
    assertThatThrownBy(() -> Chart.renderValues(values)).hasMessageContaining("at '/jwt'");
  }

  @Test
  void whatTheNetworkPolicyLacksIsNotAskedForWithoutOne() {
    assertThatCode(() -> Chart.renderValues(
        "networkPolicy: {enabled: false}\ntracing: {endpoint: \"http://collector:4318\"}\njwt: {issuerUri: \"https://a.b\"}"))
        .doesNotThrowAnyException();
  }

  @Test
  void anOlderKubernetesIsRefused() {
    assertThatThrownBy(() -> new Helm(Chart.FOLDER).template().withKubeVersion("1.29.9").call())
        .hasMessageContaining("chart requires kubeVersion: >=1.30.0-0");
    assertThat(new Helm(Chart.FOLDER).template().withKubeVersion("1.36.0").call())
        .contains("kind: Deployment");
  }
}
