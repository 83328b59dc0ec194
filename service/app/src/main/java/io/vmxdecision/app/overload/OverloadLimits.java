package io.vmxdecision.app.overload;

import io.vmxdecision.app.contract.ServiceLimits;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much all requests together may hold: properties {@code vmx-decision.overload.*}. What one may
 * hold: {@link ServiceLimits}.
 *
 * @param requests requests in flight, streams aside
 * @param streams open streams
 * @param bodyBytes bytes of bodies in flight, and of what streams buffer
 * @param retryAfter when a refused client may come back, whole seconds; for as long after a refusal the
 *     service is not ready
 */
@ConfigurationProperties("vmx-decision.overload")
public record OverloadLimits(
    @DefaultValue("256") int requests,
    @DefaultValue("32") int streams,
    @DefaultValue("64MB") DataSize bodyBytes,
    @DefaultValue("1s") Duration retryAfter) {

  /** Checks the limits themselves: what they bound has to be possible. */
  public OverloadLimits {
    if (requests < 1) {
      throw new IllegalArgumentException("vmx-decision.overload.requests has to be 1 or more");
    }
    if (streams < 0) {
      throw new IllegalArgumentException("vmx-decision.overload.streams cannot be negative");
    }
    if (bodyBytes.toBytes() < 1) {
      throw new IllegalArgumentException("vmx-decision.overload.body-bytes has to be 1B or more");
    }
    if (retryAfter.getSeconds() < 1 || retryAfter.getNano() != 0) {
      throw new IllegalArgumentException(
          "vmx-decision.overload.retry-after has to be whole seconds, 1 or more");
    }
  }
}
