package io.vmxdecision.app.security;

import org.springframework.boot.actuate.autoconfigure.web.server.ConditionalOnManagementPort;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.context.annotation.Bean;

/**
 * The same headers where the management port is one of its own. Spring Boot makes that server, and finds this
 * in META-INF; an annotation of a configuration would make it part of the other server, too.
 */
@ConditionalOnManagementPort(ManagementPortType.DIFFERENT)
class ManagementPortHeaders {

  @Bean
  SecurityHeaders managementSecurityHeaders() {
    return new SecurityHeaders();
  }
}
