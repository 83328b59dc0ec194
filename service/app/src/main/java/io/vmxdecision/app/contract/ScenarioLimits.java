package io.vmxdecision.app.contract;

import io.vmxdecision.engine.bytes.GuestPage;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much one scenario may hold: properties {@code vmx-decision.scenarios.*}.
 *
 * @param vcpus vCPUs of its machine, 1..64
 * @param events events in one body, 1..1,000,000; those of a stream have no end
 * @param memory the memory of its machine, a page to 1 GB
 * @param staleData stale data that may be found in one body, after all its events together, 1 or more
 */
@ConfigurationProperties("vmx-decision.scenarios")
public record ScenarioLimits(
    @DefaultValue("64") int vcpus,
    @DefaultValue("10000") int events,
    @DefaultValue("64MB") DataSize memory,
    @DefaultValue("4000000") long staleData) {
  private static final int MOST_VCPUS = 64;
  private static final int MOST_EVENTS = 1_000_000;
  private static final DataSize MOST_MEMORY = DataSize.ofGigabytes(1);

  /** Checks the limits themselves. */
  public ScenarioLimits {
    if (vcpus < 1 || vcpus > MOST_VCPUS) {
      throw new IllegalArgumentException("vmx-decision.scenarios.vcpus has to be 1 to 64");
    }
    if (events < 1 || events > MOST_EVENTS) {
      throw new IllegalArgumentException("vmx-decision.scenarios.events has to be 1 to 1000000");
    }
    if (memory.toBytes() < GuestPage.BYTES || memory.compareTo(MOST_MEMORY) > 0) {
      throw new IllegalArgumentException("vmx-decision.scenarios.memory has to be 4KB to 1GB");
    }
    if (staleData < 1) {
      throw new IllegalArgumentException("vmx-decision.scenarios.stale-data has to be positive");
    }
  }

  /** How many whole pages of 4,096 bytes the memory has. */
  public int pages() {
    return (int) (memory.toBytes() / GuestPage.BYTES);
  }
}
