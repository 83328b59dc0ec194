package io.vmxdecision.engine.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import org.assertj.core.api.ListAssert;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageChecksTest {
  private static final int WHOLE_FIELD = Finding.NO_BIT;

  @ParameterizedTest
  @ValueSource(strings = {"stage105", "stage200", "stage201", "stage202"})
  void aPageOfARealRunHasNoFault(String stage) {
    assertThat(
        PageChecks.of(Profile.KVM_6_12, EvmcsPages.captured(stage), EvmcsPages.assist(true),
            EvmcsPages.NO_PAGE))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 0x11e57ed0L})
  void bothRevisionsThatKvmKnowsAreTaken(long revision) {
    assertFound(EvmcsPages.with(EvmcsField.REVISION_ID, revision)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 2, 0x11e57ed1L, 0x101, 0xffff_ffffL})
  void anyOtherRevisionIsAnError(long revision) {
    assertFound(EvmcsPages.with(EvmcsField.REVISION_ID, revision))
        .containsExactly(tuple(EvmcsCheck.REVISION, "revision_id", 0, WHOLE_FIELD, revision));
    assertThat(EvmcsCheck.REVISION.severity()).isEqualTo(Severity.ERROR);
  }

  @ParameterizedTest
  @EnumSource
  void everyControlThatIsNotSupportedIsAnErrorOfItsOwn(ControlWord word) {
    EnlightenedVmcs page = EvmcsPages.with(word.field(), -1);
    page.value(EvmcsField.CPU_BASED_VM_EXEC_CONTROL,
        page.value(EvmcsField.CPU_BASED_VM_EXEC_CONTROL) | 1L << 31);
    List<Finding> findings = found(page);
    assertThat(findings).hasSize(Integer.bitCount(~word.supported(Profile.KVM_6_12)));
    assertThat(findings).allSatisfy(
        finding -> {
          assertThat(finding.check()).isEqualTo(word.check());
          assertThat(finding.check().severity()).isEqualTo(Severity.ERROR);
          assertThat(finding.field()).isEqualTo(word.field().linuxName());
          assertThat((word.supported(Profile.KVM_6_12) >>> finding.bit()) & 1).isZero();
        });
  }

  @ParameterizedTest
  @EnumSource
  void allSupportedControlsAtOnceAreNoFault(ControlWord word) {
    EnlightenedVmcs page = EvmcsPages.captured("stage105");
    page.value(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, ControlWord.PRIMARY.supported(Profile.KVM_6_12));
    page.value(word.field(), word.supported(Profile.KVM_6_12));
    assertFound(page).isEmpty();
  }

  @Test
  void tscScalingIsRefusedThoughTheEvmcsHasItsField() {
    EnlightenedVmcs page = EvmcsPages.with(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 1 << 25);
    page.value(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, 1L << 31);
    assertFound(page)
        .containsExactly(
            tuple(EvmcsCheck.UNSUPPORTED_SECONDARY_CONTROL, "secondary_vm_exec_control", 0x64, 25, 1L << 25));
  }

  @Test
  void secondaryControlsThatAreNotActivatedDoNotCountButAreRefusedAllTheSame() {
    EnlightenedVmcs page = EvmcsPages.with(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 0x2002);
    page.value(EvmcsField.CPU_BASED_VM_EXEC_CONTROL,
        ControlWord.PRIMARY.supported(Profile.KVM_6_12) & ~(1L << 31));
    assertFound(page)
        .containsExactly(
            tuple(EvmcsCheck.UNSUPPORTED_SECONDARY_CONTROL, "secondary_vm_exec_control", 0x64, 13, 0x2002L),
            tuple(EvmcsCheck.INACTIVE_SECONDARY_CONTROL, "secondary_vm_exec_control", 0x64, 1, 0x2002L),
            tuple(EvmcsCheck.INACTIVE_SECONDARY_CONTROL, "secondary_vm_exec_control", 0x64, 13, 0x2002L));
    page.value(EvmcsField.SECONDARY_VM_EXEC_CONTROL, 0);
    assertFound(page).isEmpty();
  }

  @Test
  void anL2TlbFlushThatOnlyTheEvmcsEnablesPointsAtTheVpAssistPage() {
    List<Finding> findings =
        PageChecks.of(Profile.KVM_6_12,
            EvmcsPages.captured("stage105"), EvmcsPages.assist(false), EvmcsPages.NO_PAGE);
    assertThat(findings)
        .containsExactly(
            new Finding(
                EvmcsCheck.FLUSH_WITHOUT_DIRECT_HYPERCALL, "nested_control.features", 0x20, 0, 0, null));
    assertThat(findings.getFirst().check().page()).isEqualTo(SharedPage.VP_ASSIST_PAGE);
  }

  @Test
  void anL2TlbFlushThatOnlyTheVpAssistPageEnablesPointsAtTheEvmcs() {
    EnlightenedVmcs page = EvmcsPages.with(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 2);
    List<Finding> findings =
        PageChecks.of(Profile.KVM_6_12, page, EvmcsPages.assist(true), EvmcsPages.NO_PAGE);
    assertThat(findings)
        .containsExactly(
            new Finding(
                EvmcsCheck.DIRECT_HYPERCALL_WITHOUT_FLUSH, "hv_enlightenments_control", 0x344, 0, 2, null));
    assertThat(findings.getFirst().check().page()).isEqualTo(SharedPage.EVMCS);
  }

  @Test
  void withoutAVpAssistPageOrWithBothSwitchesOffNothingIsHalfConfigured() {
    assertFound(EvmcsPages.captured("stage105")).isEmpty();
    EnlightenedVmcs off = EvmcsPages.with(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 0);
    assertFound(off).isEmpty();
    assertThat(PageChecks.of(Profile.KVM_6_12, off, EvmcsPages.assist(false), EvmcsPages.NO_PAGE)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(textBlock = """
      HV_VM_ID,              FLUSH_WITHOUT_VM_ID
      HV_VP_ID,              FLUSH_WITHOUT_VP_ID
      PARTITION_ASSIST_PAGE, FLUSH_WITHOUT_PARTITION_ASSIST_PAGE
      """)
  void anEnabledFlushWithoutItsContextIsSuspicious(EvmcsField field, EvmcsCheck check) {
    EnlightenedVmcs page = EvmcsPages.with(field, 0);
    assertFound(page)
        .containsExactly(tuple(check, field.linuxName(), field.offset(), WHOLE_FIELD, 0L));
    page.value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 0);
    assertFound(page).as("with the flush not enabled").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {0x126001, 0x126800, 0x4, 0xffff_ffff_ffff_ffffL})
  void aPartitionAssistPageOffThePageGridIsSuspicious(long gpa) {
    assertFound(EvmcsPages.with(EvmcsField.PARTITION_ASSIST_PAGE, gpa))
        .containsExactly(
            tuple(EvmcsCheck.UNALIGNED_PARTITION_ASSIST_PAGE, "partition_assist_page", 0x358, WHOLE_FIELD,
                gpa));
  }

  @Test
  void everyReservedEnlightenmentIsAFindingOfItsOwn() {
    List<Finding> findings =
        found(EvmcsPages.with(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 0xffff_ffffL));
    assertThat(findings).hasSize(30);
    assertThat(findings).extracting(Finding::check).containsOnly(EvmcsCheck.RESERVED_ENLIGHTENMENT);
    assertThat(findings).extracting(Finding::bit).startsWith(2).endsWith(31).doesNotHaveDuplicates();
  }

  @Test
  void aZeroPageLacksARevisionAndNothingElse() {
    assertFound(EvmcsPages.of(new byte[PageView.PAGE_BYTES]))
        .containsExactly(tuple(EvmcsCheck.REVISION, "revision_id", 0, WHOLE_FIELD, 0L));
  }

  @ParameterizedTest
  @CsvSource(textBlock = """
      # field,                   check when its group stays clean
      HV_VM_ID,                  STALE_FLUSH_CONTEXT
      HV_VP_ID,                  STALE_FLUSH_CONTEXT
      PARTITION_ASSIST_PAGE,     STALE_FLUSH_CONTEXT
      IO_BITMAP_A,               STALE_FIELD
      MSR_BITMAP,                STALE_FIELD
      TSC_OFFSET,                STALE_FIELD
      PIN_BASED_VM_EXEC_CONTROL, STALE_FIELD
      EXCEPTION_BITMAP,          STALE_FIELD
      CR0_READ_SHADOW,           STALE_FIELD
      EPT_POINTER,               STALE_FIELD
      HOST_RSP,                  STALE_FIELD
      HOST_RIP,                  STALE_FIELD
      CPU_BASED_VM_EXEC_CONTROL, STALE_FIELD_OR_L0_WRITE
      VM_ENTRY_CONTROLS,         STALE_FIELD_OR_L0_WRITE
      VM_ENTRY_INTR_INFO_FIELD,  STALE_FIELD_OR_L0_WRITE
      GUEST_CR3,                 STALE_FIELD_OR_L0_WRITE
      GUEST_RSP,                 STALE_FIELD_OR_L0_WRITE
      GUEST_SYSENTER_CS,         STALE_FIELD_OR_L0_WRITE
      GUEST_ES_SELECTOR,         STALE_FIELD_OR_L0_WRITE
      """)
  void aFieldThatChangesUnderASetCleanBitMayBeStale(EvmcsField field, EvmcsCheck check) {
    EnlightenedVmcs before = EvmcsPages.captured("stage105");
    EnlightenedVmcs after = EvmcsPages.captured("stage105");
    long old = before.value(field);
    after.value(field, old ^ 0x1000);
    Finding expected =
        new Finding(check, field.linuxName(), field.offset(), WHOLE_FIELD, old ^ 0x1000, old);
    after.value(EvmcsField.HV_CLEAN_FIELDS, 1L << field.cleanGroup().bit());
    assertThat(lint(before, after)).as("clean").contains(expected);
    after.value(EvmcsField.HV_CLEAN_FIELDS, 0xffff & ~(1L << field.cleanGroup().bit()));
    assertThat(lint(before, after)).as("dirty").isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"TPR_THRESHOLD", "GUEST_RIP", "HV_ENLIGHTENMENTS_CONTROL", "HV_CLEAN_FIELDS",
    "VM_EXIT_REASON", "EXIT_QUALIFICATION", "CR3_TARGET_COUNT", "VM_EXIT_MSR_LOAD_ADDR", "GUEST_IA32_S_CET",
    "GUEST_IA32_LBR_CTL", "GUEST_SSP", "HV_SYNTHETIC_CONTROLS"})
  void aFieldThatIsAlwaysLoadedOrNeverIsNeverStale(EvmcsField field) {
    EnlightenedVmcs before = EvmcsPages.captured("stage105");
    EnlightenedVmcs after = EvmcsPages.captured("stage105");
    after.value(field, before.value(field) ^ 0x1_0000);
    assertThat(after.value(EvmcsField.HV_CLEAN_FIELDS) & 0xffff).isEqualTo(0xffff);
    assertThat(lint(before, after)).isEmpty();
  }

  @Test
  void whatARealL0DidBetweenTwoDumpsIsToldApartFromWhatL1Did() {
    // Dumped in L2, after L0 had set all clean bits: L1 changed host_rip and cleared its bit before that.
    assertThat(lint(EvmcsPages.captured("stage200"), EvmcsPages.captured("stage105")))
        .extracting(Finding::field, Finding::check)
        .containsExactly(
            tuple("host_rip", EvmcsCheck.STALE_FIELD),
            tuple("guest_rflags", EvmcsCheck.STALE_FIELD_OR_L0_WRITE));
  }

  @ParameterizedTest
  @EnumSource
  void everyCheckHasItsWordsAndSources(EvmcsCheck check) {
    assertThat(check.statement()).endsWith(".");
    assertThat(check.consequence()).isNotEmpty();
    assertThat(check.references(Profile.KVM_6_12)).hasSize(2);
    assertThat(check.references(Profile.KVM_6_12).getFirst())
        .matches("Linux 6\\.12 arch/x86/kvm/(vmx/)?[a-z]+\\.[ch] .*");
    assertThat(check.references(Profile.KVM_6_12).getLast()).matches("(TLFS|SDM vol\\. 3), .*");
  }

  private static List<Finding> found(EnlightenedVmcs page) {
    return PageChecks.of(Profile.KVM_6_12, page, EvmcsPages.NO_ASSIST, EvmcsPages.NO_PAGE);
  }

  private static ListAssert<Tuple> assertFound(EnlightenedVmcs page) {
    return assertThat(
        found(page).stream()
            .map(
                finding -> tuple(
                    finding.check(), finding.field(), finding.offset(), finding.bit(), finding.value()))
            .toList());
  }

  private static List<Finding> lint(EnlightenedVmcs before, EnlightenedVmcs after) {
    return PageChecks.of(Profile.KVM_6_12, after, EvmcsPages.NO_ASSIST, before).stream()
        .filter(finding -> finding.before() != null)
        .toList();
  }
}
