package io.vmxdecision.app.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.unit.DataSize;

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

  /** A vCPU with both queues full, a region and a translation, as the parser counts them. */
  @ParameterizedTest
  @CsvSource({"1, 0, 0", "4096, 1024, 4096", "1, 100000, 0", "1, 0, 2000000000"})
  void theLargestRequestThatIsAllowedHasHalfOfTheTokens(int vcpus, int regions, int translations) {
    long vcpu = 2 + 2 + 2 + 2 + 4 + 2 + 2 * (1 + 2 + 16); // vpIndex; l2 and its two ids; pendingFlush and its lists
    long needed = vcpus * vcpu + 6L * regions + 6L * translations;
    assertThat(new ServiceLimits(DataSize.ofMegabytes(8), vcpus, regions, translations).tokens())
        .isGreaterThan(2 * needed);
  }

  @ParameterizedTest
  @CsvSource({"vcpus=1", "vcpus=4096", "body=1B", "body=2047MB", "memory-regions=0", "translations=0"})
  void aLimitMayBeAtTheEdgeOfWhatIsPossible(String property) {
    runner
        .withPropertyValues("vmx-decision.limits." + property)
        .run(context -> assertThat(context).hasSingleBean(ServiceLimits.class));
  }
}
