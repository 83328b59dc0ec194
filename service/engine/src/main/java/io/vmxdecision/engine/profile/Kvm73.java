package io.vmxdecision.engine.profile;

import static io.vmxdecision.engine.vmx.EvmcsField.*;

import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Linux KVM 7.3.4: where it differs from {@link Kvm612}. */
final class Kvm73 {
  /** Mode-based execute control for EPT. */
  private static final int MODE_BASED_EPT_EXEC = 1 << 22;

  private Kvm73() {}

  static Profile profile() {
    Map<EvmcsField, Integer> controls = new HashMap<>(Kvm612.CONTROLS);
    controls.merge(SECONDARY_VM_EXEC_CONTROL, MODE_BASED_EPT_EXEC, (known, added) -> known | added);
    return new Profile(
        "kvm-7.3",
        "Linux KVM 7.3 (7.3.4), and 7.2",
        "Linux 7.3 arch/x86/kvm/",
        Kvm612.assumptions("L0 allows 4,096 vCPUs (as Debian configures it).", "The vCPU is not in SMM."),
        Kvm612.RESERVED_HYPERCALL_BITS,
        Kvm612.FIFO_SIZE,
        Kvm612.evmcs(controls),
        Departures.of(
            Departure.CANONICAL_BY_PAGE,
            Departure.MSR_IMMEDIATE_BY_BITMAP,
            Departure.XSAVES_FOR_L1,
            Departure.TDX_CALLS_NEVER_FOR_L1,
            Departure.CPUID_FAULTING),
        List.of("Linux 7.3.4 arch/x86/kvm", "Linux 7.2.13 arch/x86/kvm"),
        List.of(Source.kernel("linux-source-7.3", "7.3.4"), Source.kernel("linux-source-7.2", "7.2.13")));
  }
}
