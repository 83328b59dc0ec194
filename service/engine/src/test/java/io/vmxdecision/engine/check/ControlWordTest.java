package io.vmxdecision.engine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.profile.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ControlWordTest {

  /** {@code EVMCS1_SUPPORTED_*} of Linux 6.12, and what {@code vmx/hyperv.c} makes of them. */
  @ParameterizedTest
  @CsvSource(textBlock = """
      # word,    bits that may be set
      PIN_BASED, 0 1 2 3 4 5
      PRIMARY,   1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 19 20 21 22 23 24 25 26 27 28 29 30 31
      SECONDARY, 1 2 3 4 5 6 7 11 12 15 16 19 20 24 26 30 31
      VM_EXIT,   0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 23 24 25
      VM_ENTRY,  0 1 2 3 4 5 6 7 8 9 12 13 14 15 16 17 18
      """)
  void aWordSupportsExactlyTheBitsThatTheKernelListsForAnEvmcs(ControlWord word, String bits) {
    List<String> supported = new ArrayList<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if (((word.supported(Profile.KVM_6_12) >>> bit) & 1) != 0) {
        supported.add(String.valueOf(bit));
      }
    }
    assertThat(supported).containsExactlyElementsOf(Arrays.asList(bits.split(" ")));
  }

  @ParameterizedTest
  @CsvSource(textBlock = """
      PIN_BASED, 6,  activate VMX-preemption timer
      PIN_BASED, 7,  process posted interrupts
      PRIMARY,   17, activate tertiary controls
      SECONDARY, 0,  virtualize APIC accesses
      SECONDARY, 8,  APIC-register virtualization
      SECONDARY, 9,  virtual-interrupt delivery
      SECONDARY, 10, PAUSE-loop exiting
      SECONDARY, 13, enable VM functions
      SECONDARY, 14, VMCS shadowing
      SECONDARY, 17, enable PML
      SECONDARY, 18, EPT-violation #VE
      SECONDARY, 22, mode-based execute control for EPT
      SECONDARY, 25, use TSC scaling
      VM_EXIT,   22, save VMX-preemption timer value
      VM_EXIT,   28, load CET state
      VM_ENTRY,  10, entry to SMM
      VM_ENTRY,  11, deactivate dual-monitor treatment
      VM_ENTRY,  20, load CET state
      """)
  void whatIsNotSupportedHasTheNameThatTheSdmGivesIt(ControlWord word, int bit, String title) {
    assertThat((word.supported(Profile.KVM_6_12) >>> bit) & 1).isZero();
    assertThat(word.title(bit)).isEqualTo(title);
  }

  @ParameterizedTest
  @EnumSource
  void aWordIsFoundByItsFieldAndNamesNoTwoBitsAlike(ControlWord word) {
    assertThat(ControlWord.of(word.field())).isEqualTo(word);
    List<String> titles = new ArrayList<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      String title = word.title(bit);
      if (title != null) {
        titles.add(title);
      }
    }
    assertThat(titles).isNotEmpty().doesNotHaveDuplicates();
  }

  @Test
  void thePerfGlobalCtrlControlsAreSupportedThoughMsrsMayHideThem() {
    assertThat(ControlWord.VM_EXIT.supported(Profile.KVM_6_12) & 0x1000).isNotZero();
    assertThat(ControlWord.VM_ENTRY.supported(Profile.KVM_6_12) & 0x2000).isNotZero();
  }
}
