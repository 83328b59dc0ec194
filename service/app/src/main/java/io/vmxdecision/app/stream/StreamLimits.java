package io.vmxdecision.app.stream;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The limits of one stream: properties {@code vmx-decision.streams.*}.
 *
 * @param answersInMemory bytes of answers that the client has not read yet, in memory; further ones go to
 *     disk
 * @param answersOnDisk bytes of such answers on disk; then the service stops reading until the client reads
 * @param snapshots how many snapshots a binary stream keeps
 * @param snapshotBytes the size of their messages in bytes
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
