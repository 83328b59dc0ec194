package io.vmxdecision.engine.profile;

import static io.vmxdecision.engine.vmx.EvmcsField.*;

import java.util.List;
import java.util.Map;

/** Linux KVM 6.1.192: where it differs from {@link Kvm612}. */
final class Kvm61 {
  private Kvm61() {}

  static Profile profile() {
    return new Profile(
        "kvm-6.1",
        "Linux KVM 6.1 (6.1.192)",
        "Linux 6.1 arch/x86/kvm/",
        Kvm612.assumptions(
            "L0 allows 1,024 vCPUs.",
            "What waits in pendingFlush is not looked at: this kernel has no queues.",
            "A full flush is one of the context, L1 or L2, in which the vCPU next enters the guest. So a"
                + " flush by L1 of a vCPU that runs L2 at that moment flushes L2's tag, and nothing repeats"
                + " it for L1."),
        Kvm612.RESERVED_HYPERCALL_BITS,
        Kvm612.FIFO_SIZE,
        // A list of the unsupported, where later kernels list the supported.
        Kvm612.evmcs(
            Map.of(
                PIN_BASED_VM_EXEC_CONTROL, ~0x0000_00c0,
                CPU_BASED_VM_EXEC_CONTROL, ~0, // not looked at
                SECONDARY_VM_EXEC_CONTROL, ~0x0202_6701,
                VM_EXIT_CONTROLS, ~0x0040_0000,
                VM_ENTRY_CONTROLS, ~0)),
        Departures.of(
            Departure.NO_L2_TLB_FLUSH,
            Departure.VIRTUALIZATION_EXCEPTION_BY_BITMAP,
            Departure.NO_FLUSH_QUEUES,
            Departure.FEWER_VCPUS),
        List.of("Linux 6.1.192 arch/x86/kvm", "Debian 12"),
        List.of(Source.kernel("linux-source-6.1", "6.1.192-1")));
  }
}
