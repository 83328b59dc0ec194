package io.vmxdecision.engine.entry;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.check.EvmcsPages;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of a real L1 on Linux 6.12 KVM, with which its L2 ran. */
class CapturedEntriesTest {
  @ParameterizedTest
  @ValueSource(strings = {"stage105", "stage200", "stage201", "stage202"})
  void aPageWithWhichL2RanEnters(String stage) {
    VmEntry entry = new VmEntry();
    for (EntryInstruction instruction : EntryInstruction.values()) {
      entry.clear(EntryProfile.KVM_6_12, instruction);
      entry.evmcs().wrap(EvmcsPages.captured(stage).copy(), 0);
      VmEntryDecision decision = EntryScenario.decide(entry);
      assertThat(decision.violations()).isEmpty();
      assertThat(decision.undecided()).isEmpty();
      assertThat(decision.outcome()).isEqualTo(EntryOutcome.ENTERS);
    }
  }
}
