package io.vmxdecision.app.connection;

/** How many connections a heap has room for. */
public final class ConnectionLimit {
  /** Four times what one takes while it waits for a body: the rest is for the service and for what it is asked. */
  private static final long HEAP_BYTES = 256 * 1024;

  private ConnectionLimit() {}

  /** How many are taken at most of a heap of so many bytes, if {@code server.tomcat.max-connections} allows as many. */
  public static int most(long heap) {
    return Math.clamp(heap / HEAP_BYTES, 1, Integer.MAX_VALUE);
  }
}
