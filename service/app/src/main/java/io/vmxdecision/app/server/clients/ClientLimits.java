package io.vmxdecision.app.server.clients;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How slow a client may be: properties {@code vmx-decision.clients.*}.
 *
 * @param patience how long the head of a request may take, and how far a body or an answer may fall behind
 *     the rate, 1 ms to 1 day
 * @param bytesPerSecond the least rate, 1 byte or more
 */
@ConfigurationProperties("vmx-decision.clients")
public record ClientLimits(
    @DefaultValue("10s") Duration patience, @DefaultValue("16KB") DataSize bytesPerSecond) {

  /** Checks the limits themselves. */
  public ClientLimits {
    if (patience.toMillis() < 1 || patience.toDays() > 1) {
      throw new IllegalArgumentException("vmx-decision.clients.patience has to be 1ms to 1d");
    }
    if (bytesPerSecond.toBytes() < 1) {
      throw new IllegalArgumentException("vmx-decision.clients.bytes-per-second has to be 1B or more");
    }
  }
}
