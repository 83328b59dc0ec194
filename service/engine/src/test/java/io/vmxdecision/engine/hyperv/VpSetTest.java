package io.vmxdecision.engine.hyperv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class VpSetTest {
  @Test
  void theExampleOfTheTlfsHoldsItsThreeProcessors() {
    VpSet set = new VpSet();
    set.validBanksMask(0x05);
    set.banks()[0] = 0x21;
    set.banks()[1] = 0x04;
    assertThat(set.contains(0)).isTrue();
    assertThat(set.contains(5)).isTrue();
    assertThat(set.contains(130)).isTrue();
    assertThat(set.contains(64)).isFalse();
    assertThat(set.contains(128)).isFalse();
  }

  @Test
  void aProcessorPastTheLastBankIsNeverInASet() {
    VpSet set = new VpSet();
    set.validBanksMask(-1L);
    Arrays.fill(set.banks(), -1L);
    assertThat(set.contains(4095)).isTrue();
    assertThat(set.contains(4096)).isFalse();
    assertThat(set.contains(-1)).isFalse();
  }

  @Property
  void aSetHoldsWhatWasPutIntoItsBanksAndNothingElse(
      @ForAll @Size(max = 40) Set<@IntRange(max = 4095) Integer> processors,
      @ForAll @IntRange(max = 4095) int other) {
    SortedMap<Integer, Long> banks = new TreeMap<>();
    processors.forEach(vp -> banks.merge(vp / 64, 1L << (vp % 64), (a, b) -> a | b));
    VpSet set = new VpSet();
    long mask = 0;
    int rank = 0;
    for (var bank : banks.entrySet()) {
      mask |= 1L << bank.getKey();
      set.banks()[rank++] = bank.getValue();
    }
    set.validBanksMask(mask);
    assertThat(processors).allMatch(set::contains);
    assertThat(set.contains(other)).isEqualTo(processors.contains(other));
    assertThat(set.bankCount()).isEqualTo(banks.size());
  }
}
