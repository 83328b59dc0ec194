package io.vmxdecision.engine.entry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.json.JSONException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skyscreamer.jsonassert.JSONCompare;
import org.skyscreamer.jsonassert.JSONCompareMode;

/**
 * Every recorded VM-entry, one entry and decision reused for all of them. Those of {@code entry} and {@code
 * entry-vmcs} were recorded from functions of KVM, which know nothing of the CPU's checks: where KVM
 * refuses, they do not say what the CPU would refuse besides. Those of {@code entry-sdm} do.
 */
class RecordedEntriesTest {
  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntry entry = new VmEntry();
  private final VmEntryDecision decision = new VmEntryDecision();

  @ParameterizedTest
  @CsvSource({"entry, 600, true", "entry-vmcs, 300, true", "entry-sdm, 63, false"})
  void theEngineDecidesARecordedEntryAsItWasRecorded(String vectors, int count, boolean kvmAlone)
      throws JSONException {
    List<RecordedEntry> cases = RecordedEntry.all(vectors);
    assertThat(cases).hasSize(count);
    Stream.Builder<String> differences = Stream.builder();
    for (RecordedEntry one : cases) {
      one.fill(entry);
      engine.decide(entry, decision);
      // Extra properties are fine, arrays have to match whole and in order.
      var result =
          JSONCompare.compareJSON(
              one.expect().toString(),
              EntryJson.of(entry, decision, kvmAlone).toString(),
              JSONCompareMode.STRICT_ORDER);
      if (result.failed()) {
        differences.add(one.id() + ": " + result.getMessage());
      }
      assertThat(decision.undecided()).as(one.id()).isEmpty();
      for (EntryCheck check : decision.violations()) {
        assertThat(entry.evidence(check)).as(one.id() + " " + check).isNotBlank();
      }
    }
    assertThat(differences.build()).isEmpty();
  }
}
