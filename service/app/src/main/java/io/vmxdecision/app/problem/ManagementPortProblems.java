package io.vmxdecision.app.problem;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
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

  /** Nothing but the actuator is there, whatever else a library would put on every port. */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> nothingElse(WebEndpointProperties endpoints) {
    String below = endpoints.getBasePath() + "/";
    return factory -> factory.addContextValves(new ValveBase(true) {
      @Override
      public void invoke(Request request, Response response) throws IOException, ServletException {
        if (request.getDecodedRequestURI().startsWith(below)) {
          getNext().invoke(request, response);
        } else {
          response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
      }
    });
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
