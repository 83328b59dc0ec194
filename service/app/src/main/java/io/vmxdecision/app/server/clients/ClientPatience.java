package io.vmxdecision.app.server.clients;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/** Tells the server how patient to be, and how much of a head to take where Spring Boot has no property for it. */
@Component
class ClientPatience implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final int TRAILER_BYTES = 1024;
  private static final int CHUNK_EXTENSION_BYTES = 256;
  private static final int HEADERS = 100;
  // Tomcat would take twice as much for each connection, and keep 200 processors with their buffers.
  private static final String BUFFER_BYTES = "4096";
  private static final int ANSWER_HEAD_BYTES = 4096;
  private static final int PROCESSORS_KEPT = 32;

  private final ClientLimits limits;

  ClientPatience(ClientLimits limits) {
    this.limits = limits;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addConnectorCustomizers(
        connector -> {
          HeadTimeoutProtocol protocol = (HeadTimeoutProtocol) connector.getProtocolHandler();
          int most = ConnectionLimit.most(Runtime.getRuntime().maxMemory());
          protocol.setMaxConnections(Math.min(protocol.getMaxConnections(), most));
          protocol.setPatience(limits.patience());
          protocol.setProcessorCache(PROCESSORS_KEPT);
          protocol.setProperty("socket.appReadBufSize", BUFFER_BYTES);
          protocol.setProperty("socket.appWriteBufSize", BUFFER_BYTES);
          protocol.setMaxHttpResponseHeaderSize(ANSWER_HEAD_BYTES);
          // Nobody has a use for trailers and extensions of chunks; Tomcat would take 8 KB of each.
          protocol.setMaxTrailerSize(TRAILER_BYTES);
          protocol.setMaxExtensionSize(CHUNK_EXTENSION_BYTES);
          protocol.setMaxHeaderCount(HEADERS);
          // Nobody is invited to send a body that is refused by its head.
          protocol.setContinueResponseTiming("onRead");
          // What a head has left of its time is not the time for its body: so Tomcat sets another there.
          protocol.setDisableUploadTimeout(false);
          int pause = protocol.getConnectionTimeout();
          protocol.setConnectionUploadTimeout(pause);
          // For the first byte of a connection; the processor sets what is right for the rest.
          protocol.setConnectionTimeout((int) Math.min(pause, limits.patience().toMillis()));
        });
    factory.addEngineValves(new RefusedBodies(limits));
  }
}
