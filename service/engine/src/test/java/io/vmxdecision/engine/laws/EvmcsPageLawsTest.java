package io.vmxdecision.engine.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.check.ByteRange;
import io.vmxdecision.engine.check.ControlWord;
import io.vmxdecision.engine.check.EvmcsCheck;
import io.vmxdecision.engine.check.EvmcsDifference;
import io.vmxdecision.engine.check.EvmcsDifference.CleanGroupChange;
import io.vmxdecision.engine.check.EvmcsDifference.FieldChange;
import io.vmxdecision.engine.check.EvmcsPages;
import io.vmxdecision.engine.check.Finding;
import io.vmxdecision.engine.check.PageChecks;
import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.check.SharedPage;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;

@PropertyDefaults(edgeCases = EdgeCasesMode.NONE)
class EvmcsPageLawsTest {
  private static final int FIELDS_END = 0x400;

  /** Real pages with up to a hundred bytes changed, most of them in fields, or noise from end to end. */
  @Provide
  Arbitrary<byte[]> pages() {
    return Arbitraries.longs().map(EvmcsPageLawsTest::page);
  }

  private static byte[] page(long seed) {
    Random random = new Random(seed);
    byte[] bytes = EvmcsPages.captured("stage105").copy();
    if (random.nextInt(10) == 0) {
      random.nextBytes(bytes);
      return bytes;
    }
    for (int i = random.nextInt(100); i > 0; i--) {
      int offset = random.nextInt(random.nextInt(4) == 0 ? PageView.PAGE_BYTES : FIELDS_END);
      bytes[offset] = (byte) random.nextInt();
    }
    return bytes;
  }

  @Property
  void whatADifferenceReportsIsExactlyWhatDiffers(
      @ForAll("pages") byte[] before, @ForAll("pages") byte[] after) {
    EvmcsDifference difference =
        EvmcsDifference.between(Profile.KVM_6_12, EvmcsPages.of(before), EvmcsPages.of(after));
    byte[] patched = before.clone();
    EnlightenedVmcs page = EvmcsPages.of(patched);
    for (FieldChange change : difference.fields()) {
      assertThat(change.before()).isEqualTo(page.value(change.field())).isNotEqualTo(change.after());
      page.value(change.field(), change.after());
    }
    for (ByteRange range : difference.unmapped()) {
      for (int i = range.offset(); i < range.offset() + range.length(); i++) {
        assertThat(patched[i]).as("byte 0x%x", i).isNotEqualTo(after[i]);
        patched[i] = after[i];
      }
    }
    assertThat(patched).isEqualTo(after);
  }

  @Property
  void theOrderOfTwoPagesTurnsTheirDifferenceRound(
      @ForAll("pages") byte[] before, @ForAll("pages") byte[] after) {
    EvmcsDifference there =
        EvmcsDifference.between(Profile.KVM_6_12, EvmcsPages.of(before), EvmcsPages.of(after));
    EvmcsDifference back =
        EvmcsDifference.between(Profile.KVM_6_12, EvmcsPages.of(after), EvmcsPages.of(before));
    List<FieldChange> turned =
        back.fields().stream()
            .map(change -> new FieldChange(change.field(), /* before= */ change.after(),
                /* after= */ change.before()))
            .toList();
    assertThat(there.fields()).isEqualTo(turned);
    assertThat(there.unmapped()).isEqualTo(back.unmapped());
    assertThat(there.cleanGroups())
        .extracting(CleanGroupChange::group)
        .isEqualTo(back.cleanGroups().stream().map(CleanGroupChange::group).toList());
  }

  @Property
  void aFindingShowsWhatStandsInThePage(
      @ForAll("pages") byte[] bytes, @ForAll("pages") byte[] previous, @ForAll boolean direct) {
    EnlightenedVmcs page = EvmcsPages.of(bytes);
    List<Finding> findings =
        PageChecks.of(Profile.KVM_6_12, page, EvmcsPages.assist(direct), EvmcsPages.of(previous));
    for (Finding finding : findings) {
      if (finding.check().page() == SharedPage.VP_ASSIST_PAGE) {
        assertThat(direct).isFalse();
        continue;
      }
      EvmcsField field = Objects.requireNonNull(EvmcsField.of(finding.field()));
      assertThat(finding.offset()).isEqualTo(field.offset());
      assertThat(finding.value()).isEqualTo(page.value(field));
      boolean missing = finding.check() == EvmcsCheck.DIRECT_HYPERCALL_WITHOUT_FLUSH;
      if (finding.bit() != Finding.NO_BIT) {
        assertThat((finding.value() >>> finding.bit()) & 1).isEqualTo(missing ? 0 : 1);
      }
      if (finding.before() != null) {
        assertThat(finding.before())
            .isEqualTo(EvmcsPages.of(previous).value(field))
            .isNotEqualTo(finding.value());
      }
    }
    assertThat(findings).doesNotHaveDuplicates();
  }

  @Property
  void thereIsAnErrorIfAndOnlyIfTheRevisionOrAControlIsOneThatKvmRefuses(
      @ForAll("pages") byte[] bytes) {
    EnlightenedVmcs page = EvmcsPages.of(bytes);
    boolean refused = !page.hasKnownRevision();
    for (ControlWord word : ControlWord.values()) {
      refused |= (page.value(word.field()) & ~word.supported(Profile.KVM_6_12) & 0xffff_ffffL) != 0;
    }
    List<Finding> findings =
        PageChecks.of(Profile.KVM_6_12, page, EvmcsPages.NO_ASSIST, EvmcsPages.NO_PAGE);
    assertThat(findings.stream().anyMatch(finding -> finding.check().severity() == Severity.ERROR))
        .isEqualTo(refused);
  }

  @Property
  void everyStaleFieldIsOneOfAGroupThatL1DidNotClear(
      @ForAll("pages") byte[] bytes, @ForAll("pages") byte[] previous) {
    EnlightenedVmcs page = EvmcsPages.of(bytes);
    List<CleanGroupChange> groups =
        EvmcsDifference.between(Profile.KVM_6_12, EvmcsPages.of(previous), page).cleanGroups();
    for (Finding finding : PageChecks.of(Profile.KVM_6_12, page, EvmcsPages.NO_ASSIST,
        EvmcsPages.of(previous))) {
      if (finding.before() != null) {
        EvmcsField field = Objects.requireNonNull(EvmcsField.of(finding.field()));
        assertThat(groups)
            .anyMatch(change -> change.group() == field.cleanGroup() && !change.cleared());
      }
    }
  }

  @Property
  void nothingIsStaleOnceL1ClearsWhatTheDifferenceNames(
      @ForAll("pages") byte[] bytes, @ForAll("pages") byte[] previous) {
    EnlightenedVmcs page = EvmcsPages.of(bytes);
    EnlightenedVmcs earlier = EvmcsPages.of(previous);
    for (CleanGroupChange change : EvmcsDifference.between(Profile.KVM_6_12, earlier, page).cleanGroups()) {
      page.value(EvmcsField.HV_CLEAN_FIELDS, page.cleanFields() & ~(1L << change.group().bit()));
    }
    assertThat(PageChecks.of(Profile.KVM_6_12, page, EvmcsPages.NO_ASSIST, earlier))
        .allMatch(finding -> finding.before() == null);
  }

  @Property
  void checkingChangesNoPage(@ForAll("pages") byte[] bytes, @ForAll("pages") byte[] previous) {
    byte[] page = bytes.clone();
    byte[] earlier = previous.clone();
    PageChecks.of(Profile.KVM_6_12, EvmcsPages.of(page), EvmcsPages.assist(true), EvmcsPages.of(earlier));
    assertThat(page).isEqualTo(bytes);
    assertThat(earlier).isEqualTo(previous);
  }
}
