package io.vmxdecision.app.dependencies;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class AdvisoryTest {
  /** Two branches with a fix each, one that was never fixed, and a version by name. */
  private static final String ADVISORY =
      """
          {"id": "TEST-1", "aliases": ["CVE-1"],
           "affected": [
             {"package": {"ecosystem": "Maven", "name": "org.example:lib"},
              "versions": ["1.0-special"],
              "ranges": [
                {"type": "ECOSYSTEM", "events": [
                  {"introduced": "11.0.0-M1"}, {"fixed": "11.0.29"}, {"fixed": "10.1.62"}, {"introduced": "10.1.0-M1"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "8.5.61"}, {"last_affected": "8.5.100"}]},
                {"type": "GIT", "events": [{"introduced": "0"}]}]},
             {"package": {"ecosystem": "npm", "name": "org.example:other"},
              "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}]}
          """;

  private final Advisory advisory = Advisory.of(JsonMapper.shared().readTree(ADVISORY));

  @ParameterizedTest
  @CsvSource({
    "org.example:lib, 11.0.0-M1, true", "org.example:lib, 11.0.27, true",
    "org.example:lib, 11.0.29, false", "org.example:lib, 11.0.100, false",
    "org.example:lib, 10.1.61, true", "org.example:lib, 10.1.62, false",
    "org.example:lib, 8.5.60, false", "org.example:lib, 8.5.61, true",
    "org.example:lib, 8.5.100, true", "org.example:lib, 8.5.101, false",
    "org.example:lib, 1.0-special, true", "org.example:lib, 1.0, false",
    "org.example:other, 1.0, false", "org.example:library, 11.0.27, false"
  })
  void aVersionIsAffectedFromItsIntroductionUpToTheFix(
      String coordinates, String version, boolean affected) {
    assertThat(advisory.affects(component(coordinates, version))).isEqualTo(affected);
  }

  @Test
  void aDatabaseIsReadFromItsZip(@TempDir Path directory) throws IOException {
    Path zip = directory.resolve("all.zip");
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream entries = new ZipOutputStream(out)) {
      entries.putNextEntry(new ZipEntry("TEST-1.json"));
      entries.write(ADVISORY.getBytes(StandardCharsets.UTF_8));
      entries.putNextEntry(new ZipEntry("TEST-2.json"));
      entries.write(
          ADVISORY.replace("TEST-1", "TEST-2").replace(":lib", ":none").getBytes(StandardCharsets.UTF_8));
    }
    assertThat(OsvDatabase.read(zip, it -> it.affects(component("org.example:lib", "11.0.1"))))
        .extracting(Advisory::id)
        .containsExactly("TEST-1");
  }

  private static Component component(String coordinates, String version) {
    return new Component(coordinates, version, "", List.of(), "");
  }
}
