package io.vmxdecision.engine.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExitReasonTest {
  @ParameterizedTest
  @CsvSource({
    "10000031, HYPERV_SYNTHETIC",
    // one bit more, and it is no longer exactly that
    "18000031, IMPOSSIBLE", "30000031, IMPOSSIBLE", "90000031, IMPOSSIBLE",
    "00000031, ARCHITECTURAL", "00000012, ARCHITECTURAL", "80000021, ARCHITECTURAL",
    "0c00001e, ARCHITECTURAL", "00000000, ARCHITECTURAL", "00000055, ARCHITECTURAL",
    "00000023, UNDEFINED", "00000026, UNDEFINED", "0000002a, UNDEFINED", "00000047, UNDEFINED",
    "0000ffff, UNDEFINED", "08000023, UNDEFINED",
    "10000005, STM", "10000006, STM", "20000005, STM", "20000006, STM", "20000012, STM",
    // the STM's VMCALL comes from VMX root, so no MTF exit can be pending
    "10000012, IMPOSSIBLE", "30000012, IMPOSSIBLE",
    "10000030, IMPOSSIBLE", "20000031, IMPOSSIBLE", "10000023, IMPOSSIBLE",
    "00010012, IMPOSSIBLE", "02000012, IMPOSSIBLE", "40000012, IMPOSSIBLE", "50000005, IMPOSSIBLE"
  })
  void aRawReasonIsOfItsKind(String raw, ExitReasonKind kind) {
    assertThat(ExitReason.kind(Integer.parseUnsignedInt(raw, 16))).isEqualTo(kind);
  }

  @Property
  void noReservedBitIsEverPossible(@ForAll int raw) {
    boolean reserved = (raw & 0x43ff_0000) != 0;
    assertThat(!reserved || ExitReason.kind(raw) == ExitReasonKind.IMPOSSIBLE).isTrue();
  }

  @Test
  void theNamesAreThoseOfLinux() throws IOException {
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(
        Objects.requireNonNull(ExitReasonTest.class.getResourceAsStream("/reference/exit-reasons.csv")),
        StandardCharsets.UTF_8))) {
      lines.lines().skip(1).forEach(line -> {
        String[] cells = line.split(",", -1);
        BasicExitReason reason = BasicExitReason.of(Integer.parseInt(cells[0]));
        assertThat(reason).as(line).isNotNull();
        assertThat(String.valueOf(reason)).isEqualTo(cells[1]);
      });
    }
  }

  @Test
  void everyReasonIsFoundByItsNumber() {
    for (BasicExitReason reason : BasicExitReason.values()) {
      assertThat(BasicExitReason.of(reason.number())).isEqualTo(reason);
    }
    assertThat(BasicExitReason.of(-1)).isNull();
    assertThat(BasicExitReason.of(86)).isNull();
  }
}
