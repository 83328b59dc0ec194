package io.vmxdecision.app.openapi;

import io.vmxdecision.app.contract.ApiPaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Shows the explorer to whoever opens the service in a browser, and says where to open it. */
@Configuration(proxyBeanMethods = false)
class FrontDoor implements WebMvcConfigurer {
  private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

  @Override
  public void addViewControllers(ViewControllerRegistry registry) {
    registry.addViewController("/").setViewName("forward:" + ApiPaths.EXPLORER + "/index.html");
  }

  @EventListener
  void started(ApplicationReadyEvent event) {
    if (event.getApplicationContext() instanceof WebServerApplicationContext context
        && context.getWebServer() != null) {
      ServerProperties server = context.getBean(ServerProperties.class);
      String scheme = Ssl.isEnabled(server.getSsl()) ? "https" : "http";
      LOG.info("Open {}://localhost:{}/ to explore", scheme, context.getWebServer().getPort());
    }
  }
}
