package io.vmxdecision.app;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service. */
@SpringBootApplication
class VmxDecisionApplication {

  static void main(String[] args) {
    SpringApplication.run(VmxDecisionApplication.class, args);
  }
}
