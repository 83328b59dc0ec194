package io.vmxdecision.app.contract;

/** A position in a text; line and column count from 1. */
record TextPosition(int line, int column) {
  /** Where a text starts. */
  static final TextPosition START = new TextPosition(1, 1);

  /** A position in a text that starts here, as a position in the text around it. */
  TextPosition plus(int lineWithin, int columnWithin) {
    return lineWithin == 1
        ? new TextPosition(line, column + columnWithin - 1)
        : new TextPosition(line + lineWithin - 1, columnWithin);
  }
}
