package io.vmxdecision.app.server.shutdown;

import io.vmxdecision.app.server.clients.HeadTimeoutProtocol;

/** Tomcat's HTTP/1.1 over an endpoint that can be drained. Public, since Tomcat makes it by its name. */
public final class DrainingProtocol extends HeadTimeoutProtocol {
  private final DrainingEndpoint endpoint;

  /** For Tomcat. */
  public DrainingProtocol() {
    this(new DrainingEndpoint());
  }

  private DrainingProtocol(DrainingEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  DrainingEndpoint endpoint() {
    return endpoint;
  }

  /**
   * Stops accepting connections. Requests that begin from now on get {@code Connection: close}.
   */
  void startDraining() {
    setMaxKeepAliveRequests(1);
    endpoint.stopAccepting();
  }
}
