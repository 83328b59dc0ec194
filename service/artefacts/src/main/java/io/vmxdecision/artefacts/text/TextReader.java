package io.vmxdecision.artefacts.text;

/** Reads the lines of one kind of artefact out of a text. Holds a bounded amount, whatever the text. */
public interface TextReader {
  /**
   * Looks at the next line.
   *
   * @return whether the reader recognised something in it
   */
  boolean take(Line line);

  /** The part has ended: artefacts that are being read end, too. */
  void end();
}
