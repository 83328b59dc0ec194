package io.vmxdecision.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.check.EvmcsPages;
import io.vmxdecision.engine.check.Finding;
import io.vmxdecision.engine.check.PageChecks;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.rules.FlushHypercallRules;
import io.vmxdecision.engine.scenario.FlushScenario;
import io.vmxdecision.engine.scenario.FlushScenario.Vcpu;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What differs in a profile differs in its decisions, without a change to any rule. */
class ProfileTest {
  private static final Profile KVM = Profile.KVM_6_12;

  private final FlushScenario call = new FlushScenario();

  /** An L0 that reserves what the TLFS does. */
  private static Profile ofTheTlfs() {
    return another(HypercallControl.RESERVED, KVM.fifoSize(), KVM.evmcs());
  }

  private static Profile another(long reserved, int fifoSize, EvmcsSupport evmcs) {
    return new Profile("other", "Another L0", "other.git ", List.of(), reserved, fifoSize, evmcs,
        Departures.NONE, List.of(), List.of());
  }

  @Test
  void aProfileThatReservesOtherBitsOfTheControlWordRefusesOtherCalls() {
    call.reservedBits = HypercallControl.NESTED.mask();
    assertThat(call.decide(KVM).hypercall().status())
        .isEqualTo(HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT);
    assertThat(call.decide(ofTheTlfs()).hypercall().status())
        .isEqualTo(HypercallStatus.HV_STATUS_SUCCESS);
    call.reservedBits = 1L << 44;
    assertThat(call.decide(ofTheTlfs()).hypercall().status())
        .isEqualTo(HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT);
  }

  @Test
  void theEvidenceNamesTheReservedBitsOfTheProfile() {
    call.reservedBits = 1L << 31 | 1L << 44;
    assertThat(evidenceOfH3(KVM)).endsWith("reserved bits set: 0x100080000000");
    assertThat(evidenceOfH3(ofTheTlfs())).endsWith("reserved bits set: 0x100000000000");
  }

  private String evidenceOfH3(Profile profile) {
    Decision decision = call.decide(profile);
    return FlushHypercallRules.H3.evidence()
        .in(new Decided(profile, call.snapshot, call.exit, decision));
  }

  @ParameterizedTest
  @CsvSource({
    // places, pending, entries in the list, pending after, flush-all at the end
    "16, 0, 4, 4, false",
    "4, 0, 3, 3, false", "4, 0, 4, 1, true", "4, 1, 2, 3, false", "4, 2, 2, 3, true", "4, 4, 2, 4, false"
  })
  void aShorterQueueTakesShorterLists(int places, int pending, int entries, int after, boolean flushAll) {
    call.code = 0x3;
    call.repCount = entries;
    call.payload = new long[1 + entries];
    call.vcpus = List.of(new Vcpu(0, 0, 0, List.of(), Collections.nCopies(pending, 0x1000L)));
    Decision decision = call.decide(another(KVM.reservedHypercallBits(), places, KVM.evmcs()));
    TlbMutation mutation = new TlbMutation().wrap(call.snapshot, decision).at(0);
    assertThat(mutation.pendingAfterCount()).isEqualTo(after);
    assertThat(mutation.isFlushAll(after - 1)).isEqualTo(flushAll);
  }

  @Test
  void aProfileThatSupportsAControlDoesNotRefuseIt() {
    Map<EvmcsField, Integer> controls = new HashMap<>(KVM.evmcs().controls());
    controls.merge(
        EvmcsField.SECONDARY_VM_EXEC_CONTROL, 1 << Control.USE_TSC_SCALING.bit(), (a, b) -> a | b);
    Profile scaling =
        another(
            KVM.reservedHypercallBits(),
            KVM.fifoSize(),
            new EvmcsSupport(KVM.evmcs().loaded(), KVM.evmcs().stored(), controls));
    EnlightenedVmcs page = EvmcsPages.captured("stage105");
    long bit = 1L << Control.USE_TSC_SCALING.bit();
    page.value(
        EvmcsField.SECONDARY_VM_EXEC_CONTROL, page.value(EvmcsField.SECONDARY_VM_EXEC_CONTROL) | bit);
    assertThat(findings(KVM, page)).extracting(Finding::bit).contains(25);
    assertThat(findings(scaling, page)).extracting(Finding::bit).doesNotContain(25);
  }

  private static List<Finding> findings(Profile profile, EnlightenedVmcs page) {
    return PageChecks.of(profile, page, EvmcsPages.NO_ASSIST, EvmcsPages.NO_PAGE).stream()
        .filter(finding -> finding.field().equals("secondary_vm_exec_control"))
        .toList();
  }

  @Test
  void referencesNameTheSourceOfTheProfile() {
    assertThat(FlushHypercallRules.H5.references(KVM))
        .containsExactly("Linux 6.12 arch/x86/kvm/hyperv.c kvm_hv_hypercall()");
    assertThat(FlushHypercallRules.H5.references(ofTheTlfs()))
        .containsExactly("other.git hyperv.c kvm_hv_hypercall()");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17})
  void aQueueThatThereIsNoPlaceForIsRefused(int places) {
    assertThatThrownBy(() -> another(0, places, KVM.evmcs()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2..16");
  }

  @Test
  void aProfileIsFoundByItsId() {
    assertThat(Profile.ids()).containsExactly("kvm-6.1", "kvm-6.12", "kvm-7.3");
    assertThat(Profile.of("kvm-6.12")).isSameAs(KVM);
    assertThat(Profile.of("kvm-6.13")).isNull();
  }
}
