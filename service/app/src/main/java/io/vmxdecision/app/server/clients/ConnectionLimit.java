package io.vmxdecision.app.server.clients;

/** How many connections a heap has room for. */
public final class ConnectionLimit {
  /**
   * Four times what a connection takes while it waits for a body. The rest is for the service and its
   * requests.
   */
  private static final long HEAP_BYTES = 256 * 1024;

  private ConnectionLimit() {}

  /**
   * The most connections for {@code heap} bytes, 1 or more; {@code server.tomcat.max-connections} may allow
   * fewer.
   */
  public static int most(long heap) {
    return Math.clamp(heap / HEAP_BYTES, 1, Integer.MAX_VALUE);
  }
}
