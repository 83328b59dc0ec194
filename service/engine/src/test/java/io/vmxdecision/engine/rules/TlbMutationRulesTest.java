package io.vmxdecision.engine.rules;

import static io.vmxdecision.engine.machine.VirtualProcessors.FLUSH_ALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.FlushScenario;
import io.vmxdecision.engine.scenario.FlushScenario.Vcpu;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlbMutationRulesTest {
  private final FlushScenario call = new FlushScenario();

  @ParameterizedTest
  @CsvSource({
    // pending, entries in the list, pending after, flush-all at the end
    "0, 15, 15, false", "0, 1, 1, false", "1, 14, 15, false", "1, 15, 2, true", "15, 1, 16, true",
    "14, 1, 15, false", "14, 2, 15, true", "16, 1, 16, true", "0, 16, 1, true"
  })
  void aListIsQueuedWholeIfItLeavesAPlaceForAFlushAll(int pending, int entries, int after, boolean flushAll) {
    List<Long> queue = new ArrayList<>(Collections.nCopies(pending, 0x1000L));
    if (pending == 16) {
      queue.set(15, FLUSH_ALL);
    }
    call.vcpus = List.of(new Vcpu(0, 0, 0, List.of(), queue));
    call.fast = false;
    list(entries, 0x2000);
    TlbMutation mutation = onlyMutation();
    assertThat(mutation.pendingBeforeCount()).isEqualTo(pending);
    assertThat(mutation.pendingAfterCount()).isEqualTo(after);
    assertThat(mutation.pendingAfter(after - 1)).isEqualTo(flushAll ? FLUSH_ALL : 0x2000);
  }

  @Test
  void theTargetsOfL2AreTheVcpusThatRunItsVmAndANamedVp() {
    call.flags = 0;
    call.payload = new long[]{0b1010}; // VP 1 and 3
    call.vmId = 7;
    call.vpId = 1;
    call.vcpus = List.of(
        vcpu(0, 0, 0), // the caller: the eVMCS says VM 7, VP 1
        vcpu(1, 7, 3),
        vcpu(2, 7, 2),
        vcpu(3, 8, 3),
        vcpu(4, 7, 67)); // bank 1
    assertThat(targets(call.decide())).containsExactly(0, 1);
    call.payload = new long[]{0};
    assertThat(targets(call.decide())).as("mask 0 means all").containsExactly(0, 1, 2, 4);
  }

  @Test
  void theTargetsOfL1AreNamedByVpIndex() {
    call.from = Level.L1;
    call.flags = 0;
    call.payload = new long[]{0b110};
    call.vcpus = List.of(vcpu(2, 0, 0), vcpu(1, 0, 0), vcpu(0, 0, 0), vcpu(66, 0, 0));
    assertThat(targets(call.decide())).containsExactly(0, 1);
    call.flags = 1;
    assertThat(targets(call.decide())).containsExactly(0, 1, 2, 3);
  }

  @Test
  void vmIdZeroReachesEveryVcpuThatRunsNothing() {
    // For KVM (kvm_hv_flush_tlb()) 0 is a VmId like any other, and also what it has for "none".
    call.vmId = 0;
    call.vcpus = List.of(vcpu(0, 0, 0), vcpu(1, 0, 0), vcpu(2, 5, 0));
    assertThat(targets(call.decide())).containsExactly(0, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "0000700000000003, false, false, 4",
    "ffff800000000fff, false, false, 4096",
    "00007ffffffff001, false, false, 2",
    "0000800000000000, false, true, 1",
    "0000800000000000, true, false, 1",
    "ff7fffffffffffff, true, false, 4096",
    "fe7fffffffffffff, true, true, 4096",
    "00ffffffffffffff, true, false, 4096",
    "0100000000000000, true, true, 1"
  })
  void anEntryIsSkippedIfItsStartIsNotCanonicalOnTheHost(String entry, boolean la57, boolean skipped,
      int pages) {
    call.la57 = la57;
    list(1, Long.parseUnsignedLong(entry, 16));
    TlbMutation mutation = onlyMutation();
    assertThat(mutation.isSkipped(0)).isEqualTo(skipped);
    assertThat(mutation.pages(0)).isEqualTo(pages);
    assertThat(mutation.gva(0)).isEqualTo(Long.parseUnsignedLong(entry, 16) & ~0xfffL);
  }

  @Test
  void anEntryOfAllOnesIsAFlushAll() {
    list(1, -1L);
    TlbMutation mutation = onlyMutation();
    assertThat(mutation.pendingAfterCount()).isEqualTo(1);
    assertThat(mutation.isFlushAll(0)).isTrue();
  }

  @Test
  void aFlushReachesUpTo4096Vcpus() {
    call.vcpus = IntStream.range(0, 4096).mapToObj(i -> vcpu(i, 1, i)).toList();
    call.vpId = 0;
    assertThat(targets(call.decide())).hasSize(4096);
    call.flags = 0;
    call.code = 0x13;
    call.variableHeaderSize = 2;
    call.payload = new long[]{0, 1L << 63 | 1, 1, 1L << 63}; // VP 0 and 4095
    assertThat(targets(call.decide())).containsExactly(0, 4095);
  }

  private void list(int entries, long entry) {
    call.code = 0x3;
    call.repCount = entries;
    call.payload = new long[1 + entries];
    Arrays.fill(call.payload, 1, 1 + entries, entry);
  }

  private TlbMutation onlyMutation() {
    Decision decision = call.decide();
    assertThat(decision.tlbMutations().count()).isEqualTo(1);
    return new TlbMutation().wrap(call.snapshot, decision).at(0);
  }

  private static Vcpu vcpu(int vpIndex, long vmId, int vpId) {
    return new Vcpu(vpIndex, vmId, vpId, List.of(), List.of());
  }

  private static List<Integer> targets(Decision decision) {
    List<Integer> targets = new ArrayList<>();
    for (int i = 0; i < decision.tlbMutations().count(); i++) {
      targets.add(decision.tlbMutations().vcpu(i));
    }
    return targets;
  }
}
