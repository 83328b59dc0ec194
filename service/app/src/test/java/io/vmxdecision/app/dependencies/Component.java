package io.vmxdecision.app.dependencies;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A library in the service.
 *
 * @param coordinates group and artifact, as OSV writes them: {@code org.agrona:agrona}
 * @param purl package URL without qualifiers
 * @param licences SPDX identifiers, or names where there is none; any of them may be chosen
 * @param sha256 of its jar, in hex; empty for a module of this project
 */
record Component(
    String coordinates, String version, String purl, List<String> licences, String sha256) {
  private static final String SBOM = "/META-INF/sbom/application.cdx.json";

  /** All libraries, as the bill of materials lists them that the build wrote into the classes. */
  static List<Component> all() {
    try (InputStream in = Component.class.getResourceAsStream(SBOM)) {
      Assumptions.assumeTrue(
          in != null,
          "SKIPPED: no bill of materials was written, since the CycloneDX plugin does not run with -o");
      return JsonMapper.shared().readTree(in).path("components").valueStream().map(Component::of).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isOurs() {
    return coordinates.startsWith("io.vmxdecision:");
  }

  private static Component of(JsonNode json) {
    String purl = json.path("purl").stringValue();
    return new Component(
        json.path("group").stringValue() + ":" + json.path("name").stringValue(),
        json.path("version").stringValue(),
        purl.substring(0, purl.indexOf('?')),
        json.path("licenses").valueStream().map(Component::licence).toList(),
        json.path("hashes")
            .valueStream()
            .filter(hash -> hash.path("alg").stringValue().equals("SHA-256"))
            .map(hash -> hash.path("content").stringValue())
            .findFirst()
            .orElse(""));
  }

  private static String licence(JsonNode choice) {
    JsonNode licence = choice.path("license");
    return choice
        .path("expression")
        .stringValueOpt()
        .or(() -> licence.path("id").stringValueOpt())
        .orElseGet(() -> licence.path("name").stringValue());
  }
}
