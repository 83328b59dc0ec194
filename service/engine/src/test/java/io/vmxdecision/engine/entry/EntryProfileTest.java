package io.vmxdecision.engine.entry;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the kernels part: the controls that a VM-entry with an eVMCS refuses. */
class EntryProfileTest {
  private static final Capability[] CONTROL_WORDS = {
    Capability.VMX_TRUE_PINBASED_CTLS,
    Capability.VMX_TRUE_PROCBASED_CTLS,
    Capability.VMX_PROCBASED_CTLS2,
    Capability.VMX_TRUE_EXIT_CTLS,
    Capability.VMX_TRUE_ENTRY_CTLS,
  };

  @Test
  void everyKernelIsThere() {
    assertThat(EntryProfile.values()).extracting(EntryProfile::id).containsAll(Profile.ids());
  }

  @ParameterizedTest
  @CsvSource({
    "N-C49, pin_based_vm_exec_control, 0x000000c0, 0xffffffc0, 0xffffffc0",
    "N-C50, cpu_based_vm_exec_control, 0x00000000, 0x00060001, 0x00060001",
    "N-C51, secondary_vm_exec_control, 0x02026701, 0x3ae66701, 0x3aa66701",
    "N-C52, vm_exit_controls, 0x00400000, 0xfc400000, 0xfc400000",
    "N-C53, vm_entry_controls, 0x00000000, 0xfff80c00, 0xfff80c00"
  })
  void eachKernelRefusesItsOwnControls(String id, String word, String by61, String by612, String by73) {
    EntryCheck check = requireNonNull(EntryChecks.of(id));
    EvmcsField field = requireNonNull(EvmcsField.of(word));
    refuses(EntryProfile.KVM_6_1, check, field, Long.decode(by61));
    refuses(EntryProfile.KVM_6_12, check, field, Long.decode(by612));
    refuses(EntryProfile.KVM_7_3, check, field, Long.decode(by73));
  }

  private static void refuses(EntryProfile profile, EntryCheck check, EvmcsField word, long refused) {
    byte[] page = EntryScenario.enlightened().evmcs().copy();
    VmEntry entry = new VmEntry();
    entry.clear(profile, EntryInstruction.VMLAUNCH);
    entry.evmcs().wrap(page, 0);
    // The CPU lets every control be anything, so that L0's refusal shows alone.
    for (Capability each : CONTROL_WORDS) {
      entry.capability(each, 0xffff_ffffL << 32);
    }
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      entry.evmcs().value(word, 1L << bit);
      VmEntryDecision decision = EntryScenario.decide(entry);
      assertThat(decision.isViolated(check)).as("%s, bit %d", profile, bit)
          .isEqualTo(((refused >>> bit) & 1) != 0);
      if (decision.isViolated(check)) {
        assertThat(entry.evidence(check)).contains(word.linuxName());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x1410aa, ENTERS, VM_FAIL_VALID, VM_FAIL_VALID",
    "0x5010aa, ENTERS, VM_FAIL_VALID, ENTERS",
    "0x1210aa, VM_FAIL_VALID, VM_FAIL_VALID, VM_FAIL_VALID"
  })
  void whatBecomesOfAnEntryIsAnotherThingUnderAnotherKernel(
      String secondary, EntryOutcome under61, EntryOutcome under612, EntryOutcome under73) {
    assertThat(outcome(EntryProfile.KVM_6_1, secondary)).isEqualTo(under61);
    assertThat(outcome(EntryProfile.KVM_6_12, secondary)).isEqualTo(under612);
    assertThat(outcome(EntryProfile.KVM_7_3, secondary)).isEqualTo(under73);
  }

  private static EntryOutcome outcome(EntryProfile profile, String secondary) {
    byte[] page = EntryScenario.enlightened().evmcs().copy();
    VmEntry entry = new VmEntry();
    entry.clear(profile, EntryInstruction.VMLAUNCH);
    entry.evmcs().wrap(page, 0);
    entry.capability(Capability.VMX_PROCBASED_CTLS2, 0xffff_ffffL << 32);
    EntryScenario.change(entry, "secondary_vm_exec_control=" + secondary);
    return EntryScenario.decide(entry).outcome();
  }
}
