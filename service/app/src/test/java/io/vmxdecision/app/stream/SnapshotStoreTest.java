package io.vmxdecision.app.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.support.FreeMeter;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.SbeMessages;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.sbe.MessageHeaderDecoder;
import io.vmxdecision.sbe.SnapshotDecoder;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Snapshots are metered by what they take of the heap, not by the bytes of their messages. */
class SnapshotStoreTest {
  private static final ServiceLimits OF_ONE = new ServiceLimits(DataSize.ofMegabytes(8), 4096, 1024, 4096);
  private static final long TABLES = (long) VirtualProcessors.MAX_COUNT * VirtualProcessors.BYTES_PER_VCPU;

  private final AtomicLong taken = new AtomicLong();

  @Test
  void theTablesOfAllVcpusAreTakenFromTheAccount() {
    SnapshotStore store = store(DataSize.ofMegabytes(16), Long.MAX_VALUE);
    store.store(manyVcpus(1));
    assertThat(taken.get()).isGreaterThan(TABLES);
    store.store(manyVcpus(2));
    assertThat(taken.get()).isGreaterThan(2 * TABLES);
  }

  @Test
  void whatTheAccountHasNotIsRefused() {
    SnapshotStore store = store(DataSize.ofMegabytes(16), TABLES);
    assertThatThrownBy(() -> store.store(manyVcpus(1))).isInstanceOf(RejectedRequestException.class);
    assertThat(store.get(1)).isNull();
  }

  @Test
  void aStreamHoldsNoMoreThanItsLimit() {
    SnapshotStore store = store(DataSize.ofBytes(5 * TABLES / 2), Long.MAX_VALUE);
    store.store(manyVcpus(1));
    store.store(manyVcpus(2));
    assertThatThrownBy(() -> store.store(manyVcpus(3)))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessageContaining("use an id again");
    assertThat(taken.get()).isLessThan(3 * TABLES);
  }

  private SnapshotStore store(DataSize limit, long most) {
    return new SnapshotStore(
        new StreamLimits(256, limit),
        OF_ONE,
        new FreeMeter() {
          @Override
          public void read(long heapBytes) {
            if (taken.get() + heapBytes > most) {
              throw RejectedRequestException.overloaded("no room", Duration.ofSeconds(1));
            }
            taken.addAndGet(heapBytes);
          }
        });
  }

  private static SnapshotDecoder manyVcpus(int id) {
    JsonNode request = RecordedLines.of("/captures/real-run.ndjson").get(1).path("request").deepCopy();
    ArrayNode vcpus = ((ObjectNode) request.path("snapshot")).putArray("vcpus");
    for (int i = 0; i < VirtualProcessors.MAX_COUNT; i++) {
      vcpus.addObject().put("vpIndex", i);
    }
    byte[] frame = SbeMessages.snapshot(request, id);
    UnsafeBuffer message =
        new UnsafeBuffer(frame, SbeFrames.HEADER_BYTES, frame.length - SbeFrames.HEADER_BYTES);
    SnapshotDecoder decoder = new SnapshotDecoder();
    decoder.wrapAndApplyHeader(message, 0, new MessageHeaderDecoder());
    return decoder;
  }
}
