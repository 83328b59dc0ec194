package io.vmxdecision.engine.entry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise of {@link VmEntryEngine}: nothing is allocated per decision. */
class EntryAllocationTest {
  private static final int ROUNDS = 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntryDecision decision = new VmEntryDecision();

  @ParameterizedTest
  @ValueSource(strings = {"entry", "entry-vmcs", "entry-sdm"})
  void noDecisionOnARecordedEntryAllocates(String vectors) {
    List<VmEntry> entries = RecordedEntry.all(vectors).stream().map(RecordedEntry::entry).toList();
    // The first rounds link classes. What is allocated per decision shows in every round, so the best one
    // tells.
    long best = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < entries.size(); i++) {
        engine.decide(entries.get(i), decision);
      }
      best = Math.min(best, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(best).as("bytes allocated in %d decisions", entries.size()).isZero();
  }
}
