package io.vmxdecision.chart;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds objects against Kubernetes' own types: unknown fields, missing ones and values of another type are
 * faults.
 *
 * <p>What is built into Kubernetes is held against the types that its Java client generates from Kubernetes'
 * OpenAPI; they are lenient about numbers and strings, so what was read is written again and has to be the
 * same. Resources of the Gateway API and of the Prometheus operator are held against fabric8's types, which
 * take any field until their any-setters are switched off.
 */
final class KubernetesTypes {
  private static final Map<String, Class<?>> BUILT_IN =
      Map.of(
          "v1 ConfigMap", V1ConfigMap.class,
          "v1 Pod", V1Pod.class,
          "v1 Service", V1Service.class,
          "v1 ServiceAccount", V1ServiceAccount.class,
          "apps/v1 Deployment", V1Deployment.class,
          "autoscaling/v2 HorizontalPodAutoscaler", V2HorizontalPodAutoscaler.class,
          "batch/v1 Job", V1Job.class,
          "networking.k8s.io/v1 Ingress", V1Ingress.class,
          "networking.k8s.io/v1 NetworkPolicy", V1NetworkPolicy.class,
          "policy/v1 PodDisruptionBudget", V1PodDisruptionBudget.class);

  private static final Map<String, Class<?>> CUSTOM =
      Map.of(
          "gateway.networking.k8s.io/v1 HTTPRoute", HTTPRoute.class,
          "monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class);

  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              text -> {
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .annotationIntrospector(new NoAnySetter())
          .build();

  private KubernetesTypes() {}

  /** What is wrong with objects; empty, if nothing is. */
  static List<String> faults(Manifests manifests) {
    List<String> faults = new ArrayList<>();
    for (JsonNode object : manifests.all()) {
      String type = object.path("apiVersion").asText() + " " + object.path("kind").asText();
      Class<?> builtIn = BUILT_IN.get(type);
      Class<?> custom = CUSTOM.get(type);
      String fault;
      if (builtIn != null) {
        fault = faultOfBuiltIn(builtIn, object);
      } else if (custom != null) {
        fault = faultOfCustom(custom, object);
      } else {
        fault = "is of no type known here: " + type;
      }
      if (fault != null) {
        faults.add(Manifests.title(object) + ": " + fault);
      }
    }
    return faults;
  }

  private static @Nullable String faultOfBuiltIn(Class<?> type, JsonNode object) {
    JsonElement given = JsonParser.parseString(object.toString());
    Object read;
    try {
      read = JSON.getGson().fromJson(given, type);
    } catch (RuntimeException e) { // whatever Gson and the types have for it
      return e.toString();
    }
    List<String> differences = new ArrayList<>();
    compare("", given, JSON.getGson().toJsonTree(read), differences);
    return differences.isEmpty() ? null : String.join("; ", differences);
  }

  private static void compare(
      String pointer, JsonElement given, @Nullable JsonElement read, List<String> differences) {
    if (given instanceof JsonObject object && read instanceof JsonObject readObject) {
      for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
        compare(
            pointer + "/" + entry.getKey(), entry.getValue(), readObject.get(entry.getKey()), differences);
      }
    } else if (given.isJsonArray() && read != null && read.isJsonArray()) {
      for (int i = 0; i < given.getAsJsonArray().size(); i++) {
        compare(
            pointer + "/" + i, given.getAsJsonArray().get(i), read.getAsJsonArray().get(i), differences);
      }
    } else if (!given.equals(read) && !sameQuantity(given, read)) {
      differences.add(pointer + " is " + given + ", of another type than Kubernetes has here: " + read);
    }
  }

  /** A quantity is written again in another unit, at times. */
  private static boolean sameQuantity(JsonElement given, @Nullable JsonElement read) {
    if (!(given instanceof JsonPrimitive a && read instanceof JsonPrimitive b && a.isString()
        && b.isString())) {
      return false;
    }
    try {
      return new Quantity(a.getAsString()).equals(new Quantity(b.getAsString()));
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static @Nullable String faultOfCustom(Class<?> type, JsonNode object) {
    try {
      STRICT.treeToValue(object, type);
      return null;
    } catch (JsonProcessingException e) {
      return e.getOriginalMessage();
    }
  }

  /** An any-setter takes unknown fields, so that there are none. */
  private static final class NoAnySetter extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return annotated.hasAnnotation(JsonAnySetter.class) ? Boolean.FALSE : super.hasAnySetter(annotated);
    }
  }
}
