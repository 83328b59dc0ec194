package io.vmxdecision.app.server.exchange;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much of its answers one stream may hold at a time: properties {@code vmx-decision.streams.*}.
 *
 * @param answersInMemory answers that the client has not read yet; what is more goes to disk
 * @param answersOnDisk answers on disk; past it the service reads no more until the client reads
 */
@ConfigurationProperties("vmx-decision.streams")
public record ExchangeLimits(
    @DefaultValue("1MB") DataSize answersInMemory, @DefaultValue("4GB") DataSize answersOnDisk) {

  /** Checks the limits themselves. */
  public ExchangeLimits {
    if (answersInMemory.toBytes() < Spool.CHUNK_BYTES) {
      throw new IllegalArgumentException(
          "vmx-decision.streams.answers-in-memory has to be at least " + Spool.CHUNK_BYTES + "B");
    }
    if (answersOnDisk.isNegative()) {
      throw new IllegalArgumentException("vmx-decision.streams.answers-on-disk cannot be negative");
    }
  }
}
