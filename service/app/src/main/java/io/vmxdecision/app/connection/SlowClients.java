package io.vmxdecision.app.connection;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/** Tells the server how patient to be. */
@Component
class SlowClients implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private final ClientLimits limits;

  SlowClients(ClientLimits limits) {
    this.limits = limits;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addConnectorCustomizers(
        connector -> {
          PatientProtocol protocol = (PatientProtocol) connector.getProtocolHandler();
          protocol.setPatience(limits.patience());
          // What a head has left of its time is not the time for its body: so Tomcat sets another there.
          protocol.setDisableUploadTimeout(false);
          protocol.setConnectionUploadTimeout(protocol.getConnectionTimeout());
        });
    factory.addEngineValves(new UnreadBodies(limits));
  }
}
