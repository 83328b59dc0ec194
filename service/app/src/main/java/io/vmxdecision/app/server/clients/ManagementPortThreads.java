package io.vmxdecision.app.server.clients;

import org.apache.coyote.AbstractProtocol;
import org.springframework.boot.actuate.autoconfigure.web.server.ConditionalOnManagementPort;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/**
 * Gives a management port of its own platform threads of its own. Virtual threads would wait for the CPUs
 * behind all requests to the API. Spring Boot makes that server, and finds this class in META-INF. With the
 * annotation of a configuration it would apply to the other server too.
 */
@ConditionalOnManagementPort(ManagementPortType.DIFFERENT)
class ManagementPortThreads {
  private static final int THREADS = 8;

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> managementThreads() {
    return factory -> factory.addConnectorCustomizers(
        connector -> { // after Spring Boot has set virtual threads
          AbstractProtocol<?> protocol = (AbstractProtocol<?>) connector.getProtocolHandler();
          protocol.setExecutor(null);
          protocol.setMaxThreads(THREADS);
          protocol.setMinSpareThreads(1);
        });
  }
}
