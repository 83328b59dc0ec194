package io.vmxdecision.artefacts.report;

/**
 * Where an artefact stands.
 *
 * @param part the file or the part of the form; empty for a body without a name
 * @param line the first line, from 1; 0 for bytes
 * @param lines how many lines it spans; 0 for bytes
 * @param offset the first byte; 0 for lines
 * @param bytes how many bytes; 0 for lines
 */
public record Place(String part, long line, long lines, long offset, long bytes) {
  /** Lines of a text. */
  public static Place ofLines(String part, long first, long last) {
    return new Place(part, first, Math.max(1, last - first + 1), 0, 0);
  }

  /** Bytes of a file. */
  public static Place ofBytes(String part, long offset, long bytes) {
    return new Place(part, 0, 0, offset, bytes);
  }
}
