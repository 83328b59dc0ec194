package io.vmxdecision.app.overload;

import io.vmxdecision.app.connection.ConnectionLimit;
import io.vmxdecision.app.contract.ServiceLimits;
import java.io.File;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much all requests together may hold: properties {@code vmx-decision.overload.*}. What one may
 * hold: {@link ServiceLimits}.
 *
 * @param requests requests in flight, streams aside
 * @param streams open streams; left out, 32, or one for every 16 MB of the heap if those are less
 * @param bodyBytes bytes of heap for what clients make the service hold: bodies, what is made of them to answer
 *     them, what streams buffer; left out, half of the heap less 2 MB for each stream and 64 KB for each
 *     connection, but 8 MB at least
 * @param disk bytes of disk for answers that clients have not read; left out, a quarter of what is free in the temporary
 *     folder at the start, 1 GB at most
 * @param maxWait how long a request may wait to be begun
 * @param retryAfter when a refused client may come back, whole seconds; for as long after a refusal the
 *     service is not ready
 */
@ConfigurationProperties("vmx-decision.overload")
public record OverloadLimits(
    @DefaultValue("256") int requests,
    @Nullable Integer streams,
    @Nullable DataSize bodyBytes,
    @Nullable DataSize disk,
    @DefaultValue("1s") Duration maxWait,
    @DefaultValue("1s") Duration retryAfter) {
  private static final long MEGABYTE = 1024 * 1024;
  private static final long STREAM_BYTES = 2 * MEGABYTE;
  private static final long CONNECTION_BYTES = 64 * 1024;
  private static final int CONNECTIONS = 2048; // by default

  /** Checks the limits themselves: what they bound has to be possible. */
  public OverloadLimits {
    long heap = Runtime.getRuntime().maxMemory();
    streams = streams != null ? streams : streamsFor(heap);
    bodyBytes = bodyBytes != null
        ? bodyBytes
        : bodyBytesFor(heap, streams, Math.min(CONNECTIONS, ConnectionLimit.most(heap)));
    disk = disk != null ? disk : diskFor(new File(System.getProperty("java.io.tmpdir")).getUsableSpace());
    if (requests < 1) {
      throw new IllegalArgumentException("vmx-decision.overload.requests has to be 1 or more");
    }
    if (streams < 0) {
      throw new IllegalArgumentException("vmx-decision.overload.streams cannot be negative");
    }
    if (bodyBytes.toBytes() < 1) {
      throw new IllegalArgumentException("vmx-decision.overload.body-bytes has to be 1B or more");
    }
    if (disk.isNegative()) {
      throw new IllegalArgumentException("vmx-decision.overload.disk cannot be negative");
    }
    if (!maxWait.isPositive()) {
      throw new IllegalArgumentException("vmx-decision.overload.max-wait has to be positive");
    }
    if (retryAfter.getSeconds() < 1 || retryAfter.getNano() != 0) {
      throw new IllegalArgumentException(
          "vmx-decision.overload.retry-after has to be whole seconds, 1 or more");
    }
  }

  /** Each holds up to 2 MB of buffers. */
  static int streamsFor(long heap) {
    return Math.clamp(heap / (16 * MEGABYTE), 1, 32);
  }

  /** The other half is for the service itself, some 30 MB, and for a faulty body's tree. */
  static DataSize bodyBytesFor(long heap, int streams, int connections) {
    long buffers = STREAM_BYTES * streams + CONNECTION_BYTES * connections;
    return DataSize.ofBytes(Math.max(heap / 2 - buffers, 8 * MEGABYTE));
  }

  /** The folder may be of memory, which a container has for everything; others write there, too. */
  static DataSize diskFor(long free) {
    return DataSize.ofBytes(Math.min(free / 4, 1024 * MEGABYTE));
  }

  @Override
  public Integer streams() {
    return Objects.requireNonNull(streams);
  }

  @Override
  public DataSize bodyBytes() {
    return Objects.requireNonNull(bodyBytes);
  }

  @Override
  public DataSize disk() {
    return Objects.requireNonNull(disk);
  }
}
