package io.vmxdecision.app.connection;

/** How many connections a heap has room for. */
public final class ConnectionLimit {
  /** What one may take while a head or a body is on its way, and what the service needs beside it. */
  private static final long HEAP_BYTES = 128 * 1024;

  private ConnectionLimit() {}

  /** How many are taken at most of a heap of so many bytes, if {@code server.tomcat.max-connections} allows as many. */
  public static int most(long heap) {
    return Math.clamp(heap / HEAP_BYTES, 1, Integer.MAX_VALUE);
  }
}
