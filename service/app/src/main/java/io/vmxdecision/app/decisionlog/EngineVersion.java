package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.DecisionEngine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Which engine decides: the version of the project and, behind a plus, the first 16 hexadecimal digits of
 * the SHA-256 of the engine's sources, as the build of the engine wrote it down. Another engine has another
 * version, whether somebody thought of raising a number or not.
 */
public final class EngineVersion {
  /** The version of the engine that is running. */
  public static final String CURRENT = read();

  private EngineVersion() {}

  private static String read() {
    try (InputStream in =
        Objects.requireNonNull(
            DecisionEngine.class.getResourceAsStream("version.txt"),
            "the engine was not built by Maven: version.txt is missing")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
