package io.vmxdecision.app.stream;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How many snapshots a binary stream may hold at a time: properties {@code vmx-decision.streams.*}.
 *
 * @param snapshots the snapshots, 1 or more
 * @param snapshotBytes the size of their messages together, 1 byte or more
 */
@ConfigurationProperties("vmx-decision.streams")
public record StreamLimits(
    @DefaultValue("256") int snapshots, @DefaultValue("16MB") DataSize snapshotBytes) {

  /** Checks the limits themselves. */
  public StreamLimits {
    if (snapshots < 1 || snapshotBytes.toBytes() < 1) {
      throw new IllegalArgumentException(
          "vmx-decision.streams.snapshots and snapshot-bytes have to be positive");
    }
  }
}
