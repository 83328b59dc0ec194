package io.vmxdecision.engine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.check.EvmcsDifference.CleanGroupChange;
import io.vmxdecision.engine.check.EvmcsDifference.FieldChange;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.junit.jupiter.api.Test;

class EvmcsDifferenceTest {

  @Test
  void theSyntheticExitOfARealRunChangedFourFieldsThatL0Writes() {
    EvmcsDifference difference =
        EvmcsDifference.between(Profile.KVM_6_12,
            EvmcsPages.captured("stage202"), EvmcsPages.captured("stage105"));
    assertThat(difference.fields())
        .containsExactly(
            new FieldChange(EvmcsField.VM_EXIT_REASON, 0x1f, 0x1000_0031),
            new FieldChange(EvmcsField.VM_EXIT_INSTRUCTION_LEN, 2, 3),
            new FieldChange(EvmcsField.GUEST_RFLAGS, 0x2, 0x46),
            new FieldChange(EvmcsField.GUEST_RIP, 0x401f3d, 0x401f87));
    assertThat(difference.cleanGroups())
        .containsExactly(new CleanGroupChange(CleanFieldGroup.GUEST_BASIC, false, true));
    assertThat(difference.unmapped()).isEmpty();
  }

  @Test
  void aGroupIsL1sAsSoonAsOneOfItsFieldsIsNotL0s() {
    EnlightenedVmcs before = EvmcsPages.captured("stage105");
    EnlightenedVmcs after = EvmcsPages.captured("stage105");
    after.value(EvmcsField.GUEST_CR3, 0x1000);
    after.value(EvmcsField.CR0_READ_SHADOW, 0x31);
    after.value(EvmcsField.HV_CLEAN_FIELDS, 0xffff & ~(1 << 8));
    assertThat(EvmcsDifference.between(Profile.KVM_6_12, before, after).cleanGroups())
        .containsExactly(new CleanGroupChange(CleanFieldGroup.CRDR, true, false));
  }

  @Test
  void aFieldOfNoSingleGroupIsOneOfAllSixteen() {
    EnlightenedVmcs after = EvmcsPages.with(EvmcsField.CR3_TARGET_COUNT, 4);
    assertThat(
        EvmcsDifference.between(Profile.KVM_6_12, EvmcsPages.captured("stage105"), after).cleanGroups())
        .hasSize(16)
        .allMatch(group -> !group.cleared() && !group.writtenByL0())
        .extracting(group -> group.group().bit())
        .startsWith(0)
        .endsWith(15)
        .doesNotHaveDuplicates();
  }

  @Test
  void whatLiesOutsideTheFieldsIsListedInRanges() {
    byte[] bytes = new byte[PageView.PAGE_BYTES];
    bytes[0x128] = 1; // in padding between two fields, which ends at 0x140
    bytes[0x13f] = 1;
    bytes[0x33c] = 1; // next to hv_clean_fields and hv_synthetic_controls
    bytes[0x33f] = 1;
    bytes[0x338] = 1;
    bytes[0xffe] = 1;
    bytes[0xfff] = 1;
    EnlightenedVmcs page = EvmcsPages.of(bytes);
    ByteRange[] expected = {
      new ByteRange(0x128, 1), new ByteRange(0x13f, 1), new ByteRange(0x33c, 1), new ByteRange(0x33f, 1),
      new ByteRange(0xffe, 2)};
    assertThat(UnmappedBytes.nonZero(page)).containsExactly(expected);
    EnlightenedVmcs zero = EvmcsPages.of(new byte[PageView.PAGE_BYTES]);
    assertThat(EvmcsDifference.between(Profile.KVM_6_12, page, zero).unmapped()).containsExactly(expected);
    assertThat(EvmcsDifference.between(Profile.KVM_6_12, page, page))
        .isEqualTo(
            EvmcsDifference.between(Profile.KVM_6_12, zero, zero));
  }
}
