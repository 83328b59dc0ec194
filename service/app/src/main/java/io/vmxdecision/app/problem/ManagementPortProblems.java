package io.vmxdecision.app.problem;

import java.util.Set;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.actuate.autoconfigure.web.server.ConditionalOnManagementPort;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.json.JsonMapper;

/**
 * Problems where the management port is one of its own, in place of Spring Boot's errors. Spring Boot makes
 * that server, and finds this in META-INF; an annotation of a configuration would make it part of the other
 * server, too.
 */
@ConditionalOnManagementPort(ManagementPortType.DIFFERENT)
class ManagementPortProblems {
  private static final String ERROR_ENDPOINT = "errorEndpoint";

  @Bean
  MalformedHttpProblems managementProblems(JsonMapper mapper) {
    return new MalformedHttpProblems(mapper);
  }

  /** Without a page for errors they go to Tomcat's valve, in whose place is the one above. */
  @Bean
  @Order(Ordered.LOWEST_PRECEDENCE)
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> noErrorPages() {
    return factory -> factory.setErrorPages(Set.of());
  }

  /** The page itself, which would also answer who asks for it. */
  @Bean
  static BeanDefinitionRegistryPostProcessor noErrorEndpoint() {
    return registry -> {
      if (registry.containsBeanDefinition(ERROR_ENDPOINT)) {
        registry.removeBeanDefinition(ERROR_ENDPOINT);
      }
    };
  }
}
