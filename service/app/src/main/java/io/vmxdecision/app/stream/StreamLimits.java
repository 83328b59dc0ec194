package io.vmxdecision.app.stream;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much one stream may hold at a time: properties {@code vmx-decision.streams.*}.
 *
 * @param answersInMemory answers that the client has not read yet; what is more goes to disk
 * @param answersOnDisk answers on disk; past it the service reads no more until the client reads
 * @param snapshots snapshots of a binary stream
 * @param snapshotBytes the size of the snapshots' messages
 */
@ConfigurationProperties("vmx-decision.streams")
public record StreamLimits(
    @DefaultValue("1MB") DataSize answersInMemory,
    @DefaultValue("4GB") DataSize answersOnDisk,
    @DefaultValue("256") int snapshots,
    @DefaultValue("16MB") DataSize snapshotBytes) {

  /** Checks the limits themselves. */
  public StreamLimits {
    if (answersInMemory.toBytes() < Spool.CHUNK_BYTES) {
      throw new IllegalArgumentException(
          "vmx-decision.streams.answers-in-memory has to be at least " + Spool.CHUNK_BYTES + "B");
    }
    if (answersOnDisk.toBytes() < 0 || snapshots < 1 || snapshotBytes.toBytes() < 1) {
      throw new IllegalArgumentException("vmx-decision.streams.* has to be positive");
    }
  }
}
