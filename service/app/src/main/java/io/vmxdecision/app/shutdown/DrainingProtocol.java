package io.vmxdecision.app.shutdown;

import io.vmxdecision.app.connection.PatientProtocol;

/** Tomcat's HTTP/1.1 over an endpoint that can be drained. Public for Tomcat, which makes it by name. */
public final class DrainingProtocol extends PatientProtocol {
  private final DrainingEndpoint endpoint;

  /** Made by Tomcat. */
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
   * Requests that begin from now on are answered with {@code Connection: close}, and no more connections
   * are accepted.
   */
  void startDraining() {
    setMaxKeepAliveRequests(1);
    endpoint.stopAccepting();
  }
}
