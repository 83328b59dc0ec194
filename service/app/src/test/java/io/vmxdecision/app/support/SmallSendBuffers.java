package io.vmxdecision.app.support;

import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/** Has the kernel keep little of an answer: on the way to this same machine it would keep some megabytes. */
@TestConfiguration(proxyBeanMethods = false)
public class SmallSendBuffers {

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> smallSendBuffers() {
    return factory -> factory.addConnectorCustomizers(
        connector -> connector.setProperty("socket.txBufSize", "16384"));
  }
}
