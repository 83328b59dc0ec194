package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.Level;

/** Rule T10: KVM_GET_NESTED_STATE and KVM_SET_NESTED_STATE. */
final class NestedStates {
  private static final int GUEST_MODE = 1;
  private static final int RUN_PENDING = 2;
  private static final int EVMCS = 4;

  private static final int SIZE_WITHOUT_VMCS12 = 128;
  private static final int SIZE_WITH_VMCS12 = SIZE_WITHOUT_VMCS12 + PageView.PAGE_BYTES;

  private final Transitions transitions;
  private final boolean vmcsShadowing;

  NestedStates(Transitions transitions, boolean vmcsShadowing) {
    this.transitions = transitions;
    this.vmcsShadowing = vmcsShadowing;
  }

  void save(int index, VcpuState vcpu, ScenarioStep step) {
    boolean withVmcs12 = vcpu.pointer != VcpuState.NONE;
    boolean inL2 = vcpu.level == Level.L2;
    if (withVmcs12) {
      bringVmcs12UpToDate(index, vcpu, inL2);
    }
    int flags =
        (inL2 ? GUEST_MODE : 0) | (inL2 && vcpu.runPending ? RUN_PENDING : 0) | (withVmcs12 ? EVMCS : 0);
    vcpu.saved =
        new VcpuState.Saved(flags, withVmcs12 ? vcpu.vmcs12.copy() : null, vcpu.hasRevision,
            vcpu.interruptibility, vcpu.eventInfo, vcpu.eventErrorCode);
    step.saved = true;
    step.savedFlags = flags;
    step.savedSize = withVmcs12 ? SIZE_WITH_VMCS12 : SIZE_WITHOUT_VMCS12;
  }

  private void bringVmcs12UpToDate(int index, VcpuState vcpu, boolean inL2) {
    if (inL2) {
      vcpu.captureGuestState();
    } else if (!vcpu.writeBackPending) {
      if (vcpu.isMapped()) {
        transitions.load(index, vcpu, 0);
      } else if (vmcsShadowing) {
        EvmcsCopies.damage(vcpu.vmcs12);
      }
    }
  }

  void restore(ScenarioEvent.Restore event, VcpuState vcpu, VcpuState.Saved saved, ScenarioStep step) {
    int index = event.vcpu();
    step.restored = true;
    if (event.recreated()) {
      recreate(index, vcpu);
    } else {
      reset(index, vcpu, step);
    }
    vcpu.zeroVmcs12();
    vcpu.hasRevision = false;
    vcpu.lastVpid = 0;
    vcpu.forgetBitmap();
    vcpu.forgetLastExit();
    vcpu.interruptibility = saved.interruptibility();
    boolean inL2 = (saved.flags() & GUEST_MODE) != 0;
    byte[] vmcs12 = saved.vmcs12();
    if (vmcs12 == null) {
      step.restoreInvalid = inL2;
      return;
    }
    vcpu.pointer = VcpuState.PENDING;
    vcpu.nestedStateRequest = true;
    vcpu.takeVmcs12(vmcs12);
    vcpu.hasRevision = saved.hasRevision();
    if (!saved.hasRevision()) {
      step.restoreInvalid = true;
      return;
    }
    if (inL2) {
      vcpu.mustMerge = true;
      transitions.serveFullFlush(index, vcpu, step);
      transitions.changeLevel(vcpu, Level.L2);
      vcpu.takeGuestState();
      vcpu.interruptibility = saved.interruptibility();
      vcpu.runPending = (saved.flags() & RUN_PENDING) != 0;
      vcpu.eventInfo = saved.eventInfo();
      vcpu.eventErrorCode = saved.eventErrorCode();
    }
  }

  private void recreate(int index, VcpuState vcpu) {
    long msr = vcpu.vpAssistMsr;
    vcpu.recreate();
    transitions.clearQueues(index);
    transitions.publishIds(index, vcpu);
    if (msr != 0) {
      transitions.writeAssistMsr(vcpu, msr);
    }
  }

  /** The vCPU stays, but VMX operation ends: it leaves L2 without an exit that L1 learns of. */
  private void reset(int index, VcpuState vcpu, ScenarioStep step) {
    if (vcpu.level == Level.L2) {
      vcpu.captureGuestState();
      transitions.leaveL2(index, vcpu, step);
    }
    vcpu.nestedStateRequest = false;
    transitions.release(index, vcpu);
    if (vmcsShadowing) {
      vcpu.writeBackPending = false;
    }
  }
}
