package io.vmxdecision.app.dependencies;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The advisories of one ecosystem in a file, one JSON document each: what
 * {@code https://osv-vulnerabilities.storage.googleapis.com/Maven/all.zip} gives, so that it can be
 * carried to a machine without a network.
 */
final class OsvDatabase {
  private OsvDatabase() {}

  /** Those that are wanted. */
  static List<Advisory> read(Path zip, Predicate<Advisory> wanted) {
    List<Advisory> found = new ArrayList<>();
    try (ZipInputStream in = new ZipInputStream(new BufferedInputStream(Files.newInputStream(zip)))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.getName().endsWith(".json")) {
          Advisory advisory = Advisory.of(JsonMapper.shared().readTree(in.readAllBytes()));
          if (wanted.test(advisory)) {
            found.add(advisory);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }
}
