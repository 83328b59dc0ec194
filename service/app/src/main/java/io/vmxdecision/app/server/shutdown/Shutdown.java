package io.vmxdecision.app.server.shutdown;

import org.apache.catalina.connector.Connector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Drains the connections before the graceful shutdown of Spring Boot. That alone would lose requests: it
 * waits for those that have reached a servlet, and closes the connections of the others.
 *
 * <ol>
 *   <li>The readiness probe fails already (Spring Boot).
 *   <li>The connections in the listen backlog are accepted. Then the port is closed.
 *   <li>The answer to the next request on each connection closes it, with {@code Connection: close}.
 *   <li>When no request is in progress, and none has come for {@value #QUIET_MILLIS} ms, the open connections
 *       are idle, and Spring Boot goes on.
 * </ol>
 *
 * <p>This takes at most {@code spring.lifecycle.timeout-per-shutdown-phase}.
 */
@Component
public class Shutdown implements SmartLifecycle, WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  /** How long a client may wait between opening a connection and sending its request, in milliseconds. */
  static final long QUIET_MILLIS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
  private static final long POLL_MILLIS = 10;

  private @Nullable DrainingProtocol protocol;
  private volatile boolean running;

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.setProtocol(DrainingProtocol.class.getName());
    factory.addConnectorCustomizers(this::connected);
  }

  private void connected(Connector connector) {
    protocol = (DrainingProtocol) connector.getProtocolHandler();
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop(Runnable done) {
    running = false;
    Thread.ofPlatform()
        .daemon()
        .name("drain")
        .start(
            () -> {
              try {
                drain();
              } finally {
                done.run();
              }
            });
  }

  @Override
  public void stop() {
    throw new UnsupportedOperationException("Spring stops a SmartLifecycle by its other method");
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Before the graceful shutdown: higher phases stop first. */
  @Override
  public int getPhase() {
    return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 1;
  }

  @Override
  public boolean isPauseable() {
    return false;
  }

  private void drain() {
    if (protocol == null) {
      return;
    }
    DrainingEndpoint endpoint = protocol.endpoint();
    protocol.startDraining();
    try {
      while (endpoint.isAccepting()) {
        Thread.sleep(POLL_MILLIS);
      }
      LOG.info("The port is closed after {} connections; finishing what they ask for",
          endpoint.accepted());
      while (endpoint.isRunning() && !endpoint.isQuietFor(QUIET_MILLIS)) {
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
