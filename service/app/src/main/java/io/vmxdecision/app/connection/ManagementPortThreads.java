package io.vmxdecision.app.connection;

import org.apache.coyote.AbstractProtocol;
import org.springframework.boot.actuate.autoconfigure.web.server.ConditionalOnManagementPort;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/**
 * Threads of its own for a management port of its own: virtual ones would wait for the CPUs behind all requests to
 * the API. Spring Boot makes that server, and finds this in META-INF; an annotation of a configuration would make it
 * part of the other server, too.
 */
@ConditionalOnManagementPort(ManagementPortType.DIFFERENT)
class ManagementPortThreads {
  private static final int THREADS = 8;

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> managementThreads() {
    return factory -> factory.addConnectorCustomizers(
        connector -> { // after Spring Boot has put virtual threads there
          AbstractProtocol<?> protocol = (AbstractProtocol<?>) connector.getProtocolHandler();
          protocol.setExecutor(null);
          protocol.setMaxThreads(THREADS);
          protocol.setMinSpareThreads(1);
        });
  }
}
