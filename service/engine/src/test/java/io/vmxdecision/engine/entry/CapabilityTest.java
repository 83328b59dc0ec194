package io.vmxdecision.engine.entry;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vmxdecision.engine.check.ControlWord;
import io.vmxdecision.engine.profile.Profile;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapabilityTest {
  @ParameterizedTest
  @CsvSource({
    "vmxTruePinbasedCtls, 0x3f00000016, 0x3f00000016",
    "vmxTrueProcbasedCtls, 0xfff9fffe04006172, 0xfff9fffe04006172",
    "vmxProcbasedCtls2, 0x1118fe00000000, 0x1118fe00000000",
    "vmxTrueExitCtls, 0xbfffff00036dfb, 0xbfefff00036dfb",
    "vmxTrueEntryCtls, 0x1f3ff000011fb, 0x1d3ff000011fb",
    "vmxMisc, 0x20000165, 0x20000165"
  })
  void l1ReadsOfTheDefaultsWhatAnEvmcsSupports(String name, String with, String without) {
    Capability capability = requireNonNull(Capability.of(name));
    long word = capability.byDefault();
    assertThat(capability.readByL1(word, true)).isEqualTo(Long.parseUnsignedLong(with.substring(2), 16));
    assertThat(capability.readByL1(word, false))
        .isEqualTo(Long.parseUnsignedLong(without.substring(2), 16));
  }

  @Test
  void theControlsThatAnEvmcsSupportsAreThoseThatThePageChecksKnow() {
    Map<ControlWord, Long> supported =
        Map.of(
            ControlWord.PIN_BASED, 0x3fL,
            ControlWord.PRIMARY, 0xfff9_fffeL,
            ControlWord.SECONDARY, 0xc519_98feL,
            ControlWord.VM_EXIT, 0x3bf_ffffL,
            ControlWord.VM_ENTRY, 0x7_f3ffL);
    for (ControlWord word : ControlWord.values()) {
      assertThat(supported).containsEntry(word, Integer.toUnsignedLong(word.supported(Profile.KVM_6_12)));
    }
  }

  @Test
  void aPhysicalAddressWidthIsFrom36To52() {
    VmEntry entry = new VmEntry();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> entry.capability(Capability.MAX_PHY_ADDR, 35));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> entry.capability(Capability.MAX_PHY_ADDR, 53));
    entry.capability(Capability.MAX_PHY_ADDR, 52);
  }

  @Test
  void fieldsAreFoundByNameAndByEncoding() {
    for (VmcsField field : VmcsField.values()) {
      assertThat(VmcsField.of(field.linuxName())).isSameAs(field);
      if (field != VmcsField.REVISION_ID) {
        assertThat(VmcsField.ofEncoding(field.encoding())).isSameAs(field);
      }
    }
    assertThat(VmcsField.ofEncoding(0x6802)).isSameAs(VmcsField.GUEST_CR3);
    assertThat(VmcsField.of("guest_cr9")).isNull();
  }
}
