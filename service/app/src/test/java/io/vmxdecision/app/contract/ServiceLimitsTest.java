package io.vmxdecision.app.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class ServiceLimitsTest {

  @EnableConfigurationProperties(ServiceLimits.class)
  private static final class Limits {}

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner().withUserConfiguration(Limits.class);

  @ParameterizedTest
  @CsvSource({
    "vcpus=0, vmx-decision.limits.vcpus has to be 1 to 4096",
    "vcpus=5000, vmx-decision.limits.vcpus has to be 1 to 4096",
    "body=0B, vmx-decision.limits.body has to be 1B to 2GB",
    "body=2GB, vmx-decision.limits.body has to be 1B to 2GB",
    "memory-regions=-1, vmx-decision.limits.* cannot be negative",
    "translations=-1, vmx-decision.limits.* cannot be negative",
    "vcpus=many, Failed to bind properties under 'vmx-decision.limits.vcpus' to int"
  })
  void anImpossibleLimitStopsTheStart(String property, String message) {
    runner
        .withPropertyValues("vmx-decision.limits." + property)
        .run(
            context -> assertThat(context).getFailure().hasStackTraceContaining(message));
  }

  @ParameterizedTest
  @CsvSource({"vcpus=1", "vcpus=4096", "body=1B", "body=2047MB", "memory-regions=0", "translations=0"})
  void aLimitMayBeAtTheEdgeOfWhatIsPossible(String property) {
    runner
        .withPropertyValues("vmx-decision.limits." + property)
        .run(context -> assertThat(context).hasSingleBean(ServiceLimits.class));
  }
}
