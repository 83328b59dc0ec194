package io.vmxdecision.engine.entry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.json.JSONException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skyscreamer.jsonassert.JSONCompare;
import org.skyscreamer.jsonassert.JSONCompareMode;
import org.skyscreamer.jsonassert.JSONCompareResult;

/**
 * Every recorded VM-entry, one entry and decision reused for all of them. Those of {@code entry} and {@code
 * entry-vmcs} were recorded from functions of KVM, which know nothing of the CPU's checks: where KVM
 * refuses, they do not say what the CPU would refuse besides. Those of {@code entry-sdm} do, and so do the
 * rules. No reading fits both: {@code e200184} and {@code s24} break N-G21 and N-S9 alike, and only the
 * latter lists N-S9. So of the former kind exactly those that differ in such rows are compared without them.
 */
class RecordedEntriesTest {
  private final VmEntryEngine engine = new VmEntryEngine();
  private final VmEntry entry = new VmEntry();
  private final VmEntryDecision decision = new VmEntryDecision();

  @ParameterizedTest
  @CsvSource({"entry, 600, 19", "entry-vmcs, 300, 6", "entry-sdm, 63, 0"})
  void theEngineDecidesARecordedEntryAsItWasRecorded(String vectors, int count, int kvmAlone)
      throws JSONException {
    List<RecordedEntry> cases = RecordedEntry.all(vectors);
    assertThat(cases).hasSize(count);
    Stream.Builder<String> differences = Stream.builder();
    int withoutCpu = 0;
    for (RecordedEntry one : cases) {
      one.fill(entry);
      engine.decide(entry, decision);
      // Extra properties are fine, arrays have to match whole and in order.
      JSONCompareResult result = compare(one, false);
      if (result.failed() && kvmAlone != 0) {
        result = compare(one, true);
        withoutCpu++;
      }
      if (result.failed()) {
        differences.add(one.id() + ": " + result.getMessage());
      }
      assertThat(decision.undecided()).as(one.id()).isEmpty();
      for (EntryCheck check : decision.violations()) {
        assertThat(entry.evidence(check)).as(one.id() + " " + check).isNotBlank();
      }
    }
    assertThat(differences.build()).isEmpty();
    assertThat(withoutCpu).isEqualTo(kvmAlone);
  }

  private JSONCompareResult compare(RecordedEntry one, boolean withoutCpu) throws JSONException {
    return JSONCompare.compareJSON(
        one.expect().toString(),
        EntryJson.of(entry, decision, withoutCpu).toString(),
        JSONCompareMode.STRICT_ORDER);
  }
}
