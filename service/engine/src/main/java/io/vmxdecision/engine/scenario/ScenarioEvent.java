package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.machine.VmExit;
import java.util.List;
import java.util.Set;

/** Something that happens on a vCPU. Immutable, but for the exit that {@link Exit} holds. */
public sealed interface ScenarioEvent {
  /** The index of the vCPU, from 0. */
  int vcpu();

  /** Software on the vCPU, at whichever level, stores bytes, in this order. All of them have to be memory. */
  record Write(int vcpu, List<MemoryWrite> writes) implements ScenarioEvent {
    /** Copies the list. */
    public Write {
      writes = List.copyOf(writes);
    }
  }

  /** L1 writes {@code value}, 64 bits, to the MSR 0x40000073 (HV_X64_MSR_VP_ASSIST_PAGE). */
  record WriteVpAssistMsr(int vcpu, long value) implements ScenarioEvent {}

  /** L1 executes VMLAUNCH, or else VMRESUME. */
  record VmEntry(int vcpu, boolean launch) implements ScenarioEvent {}

  /** L1 executes VMCLEAR of the VMCS at {@code gpa}, any 64 bits. */
  record VmClear(int vcpu, long gpa) implements ScenarioEvent {}

  /**
   * The vCPU exits from the level that it is in; from L1 only for a flush hypercall.
   *
   * @param exit the exit; not changed, and {@link VmExit#from()} does not count
   * @param given what of it is said; the rest is as the vCPU had it last
   */
  record Exit(int vcpu, VmExit exit, Set<Given> given) implements ScenarioEvent {
    /** Copies the set. */
    public Exit {
      given = Set.copyOf(given);
    }
  }

  /**
   * L0 makes L2 exit to L1 of its own accord.
   *
   * @param reason the exit reason, 32 bits; bit 27 does not count
   * @param interruptionInfo the VM-exit interruption information, 32 bits
   * @param qualification the exit qualification, 64 bits
   */
  record Inject(int vcpu, int reason, int interruptionInfo, long qualification)
      implements
        ScenarioEvent {}

  /** L0 enters the guest, nothing more. */
  record Enter(int vcpu) implements ScenarioEvent {}

  /** The VMM calls KVM_GET_NESTED_STATE. */
  record Save(int vcpu) implements ScenarioEvent {}

  /**
   * The VMM calls KVM_SET_NESTED_STATE with the vCPU's last save.
   *
   * @param recreated whether the vCPU is created anew before
   */
  record Restore(int vcpu, boolean recreated) implements ScenarioEvent {}

  /** What an exit may leave out. */
  enum Given {
    /** RSP. */
    RSP,
    /** RIP. */
    RIP,
    /** RFLAGS. */
    RFLAGS,
    /** The instruction information. */
    INSTRUCTION_INFO,
    /** The guest-linear address. */
    GUEST_LINEAR_ADDRESS
  }
}
