package io.vmxdecision.app.contract;

import io.vmxdecision.engine.machine.VirtualProcessors;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much one request may hold: properties {@code vmx-decision.limits.*}.
 *
 * @param body the size of a request's body
 * @param vcpus vCPUs in a snapshot, 1..4,096
 * @param memoryRegions regions of memory in a snapshot
 * @param translations translations of pages in a snapshot
 */
@ConfigurationProperties("vmx-decision.limits")
public record ServiceLimits(
    @DefaultValue("8MB") DataSize body,
    @DefaultValue("4096") int vcpus,
    @DefaultValue("1024") int memoryRegions,
    @DefaultValue("4096") int translations) {
  private static final int VCPU_TOKENS = 52;
  private static final int PAIR_TOKENS = 6;
  private static final int OTHER_TOKENS = 5_000;
  private static final int READING = 5;
  private static final int VCPU_BYTES = 384;
  private static final int SHORTEST_VCPUS = 28;

  /** Checks the limits themselves: what they bound has to be possible. */
  public ServiceLimits {
    if (body.toBytes() < 1 || body.toBytes() >= Integer.MAX_VALUE) {
      throw new IllegalArgumentException("vmx-decision.limits.body has to be 1B to 2GB");
    }
    if (vcpus < 1 || vcpus > VirtualProcessors.MAX_COUNT) {
      throw new IllegalArgumentException("vmx-decision.limits.vcpus has to be 1 to 4096");
    }
    if (memoryRegions < 0 || translations < 0) {
      throw new IllegalArgumentException("vmx-decision.limits.* cannot be negative");
    }
  }

  /**
   * How many tokens a JSON value may have: twice as many as a request with all the vCPUs, regions and translations that
   * are allowed. A token of two bytes may become a hundred bytes of heap.
   */
  long tokens() {
    return 2
        * ((long) VCPU_TOKENS * vcpus + PAIR_TOKENS * ((long) memoryRegions + translations) + OTHER_TOKENS);
  }

  /**
   * The bytes of heap, beside its own, that a JSON value may take while it is read and answered, at most. Jackson
   * takes five times the size of what is one long string. A vCPU has 14 bytes of JSON at least, and takes 384
   * bytes of heap: as read, in the snapshot, and in the decision.
   */
  public long heapFor(long jsonBytes) {
    return READING * jsonBytes + Math.min(SHORTEST_VCPUS * jsonBytes, (long) VCPU_BYTES * vcpus);
  }
}
