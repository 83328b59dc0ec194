package io.vmxdecision.app;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the service. */
@SpringBootApplication
@ConfigurationPropertiesScan
class VmxDecisionApplication {

  static void main(String[] args) {
    SpringApplication.run(VmxDecisionApplication.class, args);
  }
}
