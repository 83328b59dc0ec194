package io.vmxdecision.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.management.ThreadMXBean;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.SnapshotFault.Kind;
import io.vmxdecision.engine.machine.SnapshotFault.Place;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotBuilderTest {
  private static final byte[] PAGE = new byte[PageView.PAGE_BYTES];

  private final List<SnapshotFault> faults = new ArrayList<>();
  private final SnapshotBuilder builder = new SnapshotBuilder(faults::add);
  private final Snapshot snapshot = new Snapshot();

  SnapshotBuilderTest() {
    builder.begin(snapshot);
  }

  @Test
  void aSnapshotHoldsWhatItWasGiven() {
    fillWithoutFault();
    assertThat(faults).isEmpty();
    assertThat(snapshot.hasHostLa57()).isTrue();
    assertThat(snapshot.cpuid().nestedEax()).isEqualTo(7);
    assertThat(snapshot.vcpu()).isEqualTo(1);
    assertThat(snapshot.vcpus().count()).isEqualTo(2);
    assertThat(snapshot.vcpus().vpIndex(1)).isEqualTo(4095);
    assertThat(snapshot.vcpus().vmId(1)).isEqualTo(5);
    assertThat(snapshot.vcpus().vpId(1)).isEqualTo(-1);
    assertThat(snapshot.vcpus().pending(1, Level.L1, 0)).isEqualTo(0x1000);
    assertThat(snapshot.vcpus().pending(1, Level.L2, 0)).isEqualTo(0x2000);
    assertThat(snapshot.memory().u8(0xffff_ffff_ffff_ffffL)).isZero();
    assertThat(snapshot.translations().translate(0x1000)).isEqualTo(0x2000);
    assertThat(snapshot.evmcs().isGiven()).isTrue();
    assertThat(snapshot.vpAssistPage().isGiven()).isTrue();
    assertThat(snapshot.partitionAssistPage().isGiven()).isTrue();
  }

  @Test
  void theNextSnapshotHasNothingOfTheOneBefore() {
    fillWithoutFault();
    builder.begin(snapshot);
    assertThat(snapshot.vcpus().count()).isEqualTo(1);
    assertThat(snapshot.vcpu()).isZero();
    assertThat(snapshot.memory().size()).isZero();
    assertThat(snapshot.translations().size()).isZero();
    assertThat(snapshot.evmcs().isGiven()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 4097})
  void thereAreOneTo4096Vcpus(int count) {
    assertThat(builder.vcpus(count)).isFalse();
    assertFault(Place.VCPUS, 0, Kind.OUT_OF_RANGE);
    assertThat(snapshot.vcpus().count()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4096})
  void aVpIndexIsBelow4096(int value) {
    builder.vcpus(2);
    builder.vpIndex(1, value);
    assertFault(Place.VP_INDEX, 1, Kind.OUT_OF_RANGE);
  }

  @Test
  void theExitingVcpuIsOneOfThem() {
    builder.vcpus(2);
    builder.exitingVcpu(2);
    assertFault(Place.VCPU, 0, Kind.NO_SUCH_VCPU);
    assertThat(faults.getFirst().detail()).contains("vcpus has 2");
    assertThat(snapshot.vcpu()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4096})
  void theIndexOfAVcpuIsBelow4096WhateverThereIs(int index) {
    builder.exitingVcpu(index);
    assertFault(Place.VCPU, 0, Kind.OUT_OF_RANGE);
  }

  @Test
  void aFullQueueHoldsAFlushAll() {
    builder.vcpus(2);
    for (int i = 0; i < 16; i++) {
      builder.pending(0, Level.L1, i == 3 ? -1 : 0);
      builder.pending(0, Level.L2, i == 15 ? -1 : 0);
      builder.pending(1, Level.L1, 0);
    }
    assertFault(Place.PENDING_L1, 1, Kind.FULL_WITHOUT_FLUSH_ALL);
  }

  @Test
  void aQueueHolds16EntriesAndThatIsToldOnce() {
    builder.vcpus(2);
    for (int i = 0; i < 20; i++) {
      builder.pending(1, Level.L2, -1);
    }
    assertFault(Place.PENDING_L2, 1, Kind.OUT_OF_RANGE);
    assertThat(snapshot.vcpus().pendingCount(1, Level.L2)).isEqualTo(16);
  }

  @Test
  void memoryDoesNotOverlapNorRunPastTheEnd() {
    builder.memory(0, 0x10, new byte[16]);
    builder.memory(1, 0x20, new byte[16]);
    builder.memory(2, 0x1f, new byte[1]);
    builder.memory(3, -8, new byte[9]);
    builder.memory(4, 0x100, new byte[0]);
    assertThat(faults)
        .extracting(SnapshotFault::place, SnapshotFault::index, SnapshotFault::kind)
        .containsExactly(
            tuple(Place.MEMORY, 2, Kind.OVERLAP),
            tuple(Place.MEMORY, 3, Kind.PAST_THE_END),
            tuple(Place.MEMORY, 4, Kind.OUT_OF_RANGE));
    assertThat(snapshot.memory().size()).isEqualTo(2);
  }

  @Test
  void translationsAreOfPagesAndOnePerPage() {
    builder.translation(0, 0x1000, 0x2000);
    builder.translation(1, 0x1000, 0x3000);
    builder.translation(2, 0x1001, 0x3800);
    assertThat(faults)
        .extracting(SnapshotFault::place, SnapshotFault::index, SnapshotFault::kind)
        .containsExactly(
            tuple(Place.TRANSLATION_FROM, 1, Kind.TRANSLATED_TWICE),
            tuple(Place.TRANSLATION_FROM, 2, Kind.NOT_PAGE_ALIGNED),
            tuple(Place.TRANSLATION_TO, 2, Kind.NOT_PAGE_ALIGNED));
    assertThat(snapshot.translations().size()).isEqualTo(1);
  }

  @Test
  void aPageHas4096Bytes() {
    builder.evmcs(new byte[4095]);
    builder.vpAssistPage(new byte[0]);
    builder.partitionAssistPage(new byte[4097]);
    assertThat(faults)
        .extracting(SnapshotFault::place, SnapshotFault::kind)
        .containsExactly(
            tuple(Place.EVMCS, Kind.OUT_OF_RANGE),
            tuple(Place.VP_ASSIST_PAGE, Kind.OUT_OF_RANGE),
            tuple(Place.PARTITION_ASSIST_PAGE, Kind.OUT_OF_RANGE));
    assertThat(snapshot.evmcs().isGiven()).isFalse();
  }

  @Test
  void aSnapshotWithoutAFaultCostsNoGarbageOnceItsTablesHaveGrown() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    byte[] contents = new byte[1];
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 10; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        builder.begin(snapshot);
        fillWithoutFault(contents);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least / 1000).as("bytes per snapshot").isZero();
  }

  private void fillWithoutFault() {
    fillWithoutFault(new byte[1]);
  }

  private void fillWithoutFault(byte[] contents) {
    builder.hostLa57(true);
    builder.cpuid().nestedEax(7);
    builder.vcpus(2);
    builder.vpIndex(1, 4095);
    builder.nestedContext(1, 5, -1);
    builder.pending(1, Level.L1, 0x1000);
    builder.pending(1, Level.L2, 0x2000);
    builder.exitingVcpu(1);
    builder.memory(0, -1, contents);
    builder.translation(0, 0x1000, 0x2000);
    builder.evmcs(PAGE);
    builder.vpAssistPage(PAGE);
    builder.partitionAssistPage(PAGE);
  }

  private void assertFault(Place place, int index, Kind kind) {
    assertThat(faults)
        .extracting(SnapshotFault::place, SnapshotFault::index, SnapshotFault::kind)
        .containsExactly(tuple(place, index, kind));
  }
}
