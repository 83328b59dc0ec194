package io.vmxdecision.chart;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The "restricted" profile of the Pod Security Standards
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), of which each control, the baseline
 * profile's among them, is held in the order of that page. Stricter than it in one point: a field that may
 * be left to the pod has to be set on the container too where the page wants it there.
 */
final class RestrictedPods {
  private static final Set<String> VOLUMES =
      Set.of(
          "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected",
          "secret");
  private static final Set<String> PROFILES = Set.of("RuntimeDefault", "Localhost");
  private static final Set<String> SELINUX_TYPES =
      Set.of("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t");
  private static final Set<String> SYSCTLS =
      Set.of(
          "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
          "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
          "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
          "net.ipv4.tcp_keepalive_probes");

  private final List<String> faults = new ArrayList<>();

  private RestrictedPods() {}

  /** What is wrong with each pod that is made; empty, if nothing is. */
  static List<String> faults(Manifests manifests) {
    RestrictedPods check = new RestrictedPods();
    check.pod(manifests.servicePod());
    manifests.of("Pod").forEach(check::pod);
    return check.faults;
  }

  private void check(boolean holds, String control) {
    if (!holds) {
      faults.add(control);
    }
  }

  private void pod(JsonNode pod) {
    JsonNode spec = pod.path("spec");
    JsonNode ofPod = spec.path("securityContext");
    check(!ofPod.at("/windowsOptions/hostProcess").asBoolean(), "HostProcess");
    for (String namespace : List.of("hostNetwork", "hostPID", "hostIPC")) {
      check(!spec.path(namespace).asBoolean(), "Host Namespaces: " + namespace);
    }
    for (JsonNode volume : spec.path("volumes")) {
      volume.fieldNames().forEachRemaining(
          type -> check(type.equals("name") || VOLUMES.contains(type), "Volume Types: " + type));
    }
    pod.at("/metadata/annotations").fieldNames().forEachRemaining(
        key -> check(!key.startsWith("container.apparmor.security.beta.kubernetes.io"), "AppArmor"));
    for (JsonNode sysctl : ofPod.path("sysctls")) {
      check(SYSCTLS.contains(sysctl.path("name").asText()), "Sysctls: " + sysctl.path("name"));
    }
    context(ofPod);
    check(ofPod.path("runAsNonRoot").asBoolean(), "Running as Non-root");
    check(PROFILES.contains(ofPod.at("/seccompProfile/type").asText()), "Seccomp");
    for (String kind : List.of("initContainers", "containers", "ephemeralContainers")) {
      spec.path(kind).forEach(this::container);
    }
  }

  private void container(JsonNode container) {
    JsonNode context = container.path("securityContext");
    check(!context.path("privileged").asBoolean(), "Privileged Containers");
    for (JsonNode port : container.path("ports")) {
      check(port.path("hostPort").asInt() == 0, "Host Ports");
    }
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      check(!container.path(probe).path("httpGet").has("host"), "Host Probes / Lifecycle Hooks: " + probe);
      check(!container.path(probe).path("tcpSocket").has("host"), "Host Probes / Lifecycle Hooks: " + probe);
    }
    for (String hook : List.of("postStart", "preStop")) {
      check(
          !container.path("lifecycle").path(hook).path("httpGet").has("host"),
          "Host Probes / Lifecycle Hooks: " + hook);
    }
    check(Set.of("", "Default").contains(context.path("procMount").asText()), "/proc Mount Type");
    context(context);
    check(context.has("allowPrivilegeEscalation") && !context.path("allowPrivilegeEscalation").asBoolean(),
        "Privilege Escalation");
    check(context.path("runAsNonRoot").asBoolean(), "Running as Non-root");
    check(context.at("/capabilities/drop").toString().equals("[\"ALL\"]"), "Capabilities: drop");
    for (JsonNode added : context.at("/capabilities/add")) {
      check(added.asText().equals("NET_BIND_SERVICE"), "Capabilities: " + added);
    }
    check(context.path("readOnlyRootFilesystem").asBoolean(), "the root file system can be written");
  }

  /** What may be said of a pod and of a container alike. */
  private void context(JsonNode context) {
    JsonNode appArmor = context.at("/appArmorProfile/type");
    check(appArmor.isMissingNode() || PROFILES.contains(appArmor.asText()), "AppArmor");
    JsonNode linux = context.path("seLinuxOptions");
    check(SELINUX_TYPES.contains(linux.path("type").asText()), "SELinux: type");
    check(!linux.has("user") && !linux.has("role"), "SELinux: user or role");
    JsonNode user = context.path("runAsUser");
    check(user.isMissingNode() || (user.isInt() && user.asInt() != 0), "Running as Non-root user");
    JsonNode seccomp = context.at("/seccompProfile/type");
    check(seccomp.isMissingNode() || PROFILES.contains(seccomp.asText()), "Seccomp");
  }
}
