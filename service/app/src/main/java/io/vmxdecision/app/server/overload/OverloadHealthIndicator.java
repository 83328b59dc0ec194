package io.vmxdecision.app.server.overload;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Part of the readiness: out of service for {@code retry-after} after each refusal, so that it does not
 * change with each request.
 */
@Component
class OverloadHealthIndicator implements HealthIndicator {
  private final InFlight inFlight;

  OverloadHealthIndicator(InFlight inFlight) {
    this.inFlight = inFlight;
  }

  @Override
  public Health health() {
    return (inFlight.refusedLately() ? Health.outOfService() : Health.up()).build();
  }
}
