package io.vmxdecision.app.decisionlog;

import java.io.Closeable;
import java.io.IOException;

/** Where lines of the decision log go. For one thread. */
interface LineTarget extends Closeable {
  /**
   * Writes a line, which ends with a line feed.
   *
   * @throws IOException when it is not there as a whole
   */
  void write(byte[] line) throws IOException;

  /** The standard output, between the lines of the service's own log. It tells of no error. */
  final class StandardOutput implements LineTarget {
    @Override
    public void write(byte[] line) throws IOException {
      System.out.write(line);
      System.out.flush();
    }

    @Override
    public void close() {
      // It is the process's.
    }
  }
}
