package io.vmxdecision.bench.http;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service, with the handlers that it is measured against beside it. */
@SpringBootApplication(scanBasePackages = {"io.vmxdecision.app", "io.vmxdecision.bench.http"})
@ConfigurationPropertiesScan("io.vmxdecision.app")
class BenchServer {

  static void main(String[] args) {
    SpringApplication.run(BenchServer.class, args);
  }
}
