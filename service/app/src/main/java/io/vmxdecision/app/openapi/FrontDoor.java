package io.vmxdecision.app.openapi;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/** Says at the start where to open the explorer, unless the page of the API is off: then nobody is to browse. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "springdoc.swagger-ui.enabled", havingValue = "true")
class FrontDoor {
  private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

  @EventListener
  void started(ApplicationReadyEvent event) {
    if (event.getApplicationContext() instanceof WebServerApplicationContext context
        && context.getWebServer() != null) {
      ServerProperties server = context.getBean(ServerProperties.class);
      String scheme = Ssl.isEnabled(server.getSsl()) ? "https" : "http";
      LOG.info("Open {}://localhost:{}/ in a browser", scheme, context.getWebServer().getPort());
    }
  }
}
