package io.vmxdecision.app.server.overload;

import io.vmxdecision.app.server.clients.HeadTimeoutProtocol;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/** Sets how long a request may wait for its turn before the server starts it only to be refused. */
@Component
class OverdueRequests implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private final OverloadLimits limits;

  OverdueRequests(OverloadLimits limits) {
    this.limits = limits;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addConnectorCustomizers(
        connector -> ((HeadTimeoutProtocol) connector.getProtocolHandler()).setLongestWait(limits.maxWait()));
  }
}
