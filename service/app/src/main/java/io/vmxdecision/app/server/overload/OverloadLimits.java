package io.vmxdecision.app.server.overload;

import io.vmxdecision.app.server.clients.ConnectionLimit;
import io.vmxdecision.app.contract.ServiceLimits;
import java.io.File;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The limits of all requests together: properties {@code vmx-decision.overload.*}. Those of one request:
 * {@link ServiceLimits}.
 *
 * @param requests requests in flight, streams not included; 1 or more
 * @param streams open streams; by default one for every 16 MB of the heap, 1 to 32
 * @param bodyBytes bytes of heap that clients make the service hold: bodies, the objects that are made from
 *     them, the buffers of streams; by default half of the heap less 2 MB for each stream and 64 KB for each
 *     connection, at least 8 MB
 * @param disk bytes of disk for answers that clients have not read; by default a quarter of the free space in
 *     the temporary folder at the start, at most 1 GB
 * @param maxWait how long a request may wait for a CPU before it begins; positive
 * @param retryAfter when a refused client may come back, in whole seconds, 1 or more; the service is not
 *     ready for as long after a refusal
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

  /** Checks the ranges. */
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

  /** Each stream holds up to 2 MB of buffers. */
  static int streamsFor(long heap) {
    return Math.clamp(heap / (16 * MEGABYTE), 1, 32);
  }

  /** The other half is for the service itself, some 30 MB, and for the JSON tree of an invalid body. */
  static DataSize bodyBytesFor(long heap, int streams, int connections) {
    long buffers = STREAM_BYTES * streams + CONNECTION_BYTES * connections;
    return DataSize.ofBytes(Math.max(heap / 2 - buffers, 8 * MEGABYTE));
  }

  /** Others write to the folder too, and in a container it may be a part of the memory. */
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
