package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.scenario.ScenarioStep.MsrBitmapUse;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;

/** Rules T2, T3, T4.4, T5 to T7: mapping, entering, leaving and flushing. */
final class Transitions {
  private static final long ASSIST_MSR_ENABLE = 1;

  /** What became of mapping the eVMCS. */
  enum Mapping {
    MAPPED, DISABLED, ERROR, REFUSED
  }

  private final Snapshot snapshot;
  private final GuestMemory memory;
  private final EvmcsCopies copies;
  private final EnlightenedVmcs candidate = new EnlightenedVmcs();

  Transitions(Snapshot snapshot, EvmcsCopies copies) {
    this.snapshot = snapshot;
    this.memory = snapshot.memory();
    this.copies = copies;
  }

  /** Rule T2; false for #GP, with nothing changed. */
  boolean writeAssistMsr(VcpuState vcpu, long value) {
    if ((value & ASSIST_MSR_ENABLE) == 0) {
      vcpu.vpAssistPage.unwrap();
    } else {
      long page = value & -GuestPage.BYTES;
      if (!memory.view(page, vcpu.vpAssistPage)) {
        return false;
      }
      memory.write(page, new byte[Integer.BYTES]);
    }
    vcpu.vpAssistMsr = value;
    return true;
  }

  /** Rule T2: takes the VP assist page anew; whether it names an eVMCS. */
  static boolean lookUp(VcpuState vcpu) {
    VpAssistPage page = vcpu.vpAssistPage;
    if (!page.isGiven()) {
      return false;
    }
    vcpu.enlightenVmentry = page.enlightenVmentry();
    vcpu.currentNestedVmcs = page.currentNestedVmcs();
    vcpu.directHypercall = page.directHypercall();
    return vcpu.enlightenVmentry != 0
        && vcpu.currentNestedVmcs != VcpuState.NONE
        && vcpu.currentNestedVmcs != VcpuState.PENDING;
  }

  /** Rule T3. */
  Mapping map(int index, VcpuState vcpu, boolean launch) {
    if (!lookUp(vcpu)) {
      release(index, vcpu);
      return Mapping.DISABLED;
    }
    boolean changed = vcpu.currentNestedVmcs != vcpu.pointer;
    if (changed) {
      release(index, vcpu);
      if (!memory.view(vcpu.currentNestedVmcs & -GuestPage.BYTES, candidate)) {
        return Mapping.ERROR;
      }
      memory.view(vcpu.currentNestedVmcs & -GuestPage.BYTES, vcpu.referenced);
      if (!candidate.hasKnownRevision()) {
        return Mapping.REFUSED; // the reference stays behind
      }
      vcpu.pointer = vcpu.currentNestedVmcs;
      if (launch) {
        vcpu.zeroVmcs12();
        vcpu.hasRevision = true;
      }
    }
    if (launch || changed) {
      int clean = vcpu.referenced.cleanFields() & ~EvmcsCopies.ALL_CLEAN;
      vcpu.referenced.value(EvmcsField.HV_CLEAN_FIELDS, Integer.toUnsignedLong(clean));
      vcpu.mustMerge = true;
    }
    return Mapping.MAPPED;
  }

  /** Rule T3: the eVMCS is no longer in use. Only a valid pointer has its reference dropped. */
  void release(int index, VcpuState vcpu) {
    if (vcpu.isMapped()) {
      vcpu.referenced.unwrap();
    }
    vcpu.pointer = VcpuState.NONE;
    vcpu.keep(0, 0, VcpuState.INVALID_GPA);
    publishIds(index, vcpu);
  }

  /** Rule T4.3: takes from the mapped page what is not clean. */
  void load(int index, VcpuState vcpu, int clean) {
    copies.load(vcpu.referenced, clean, vcpu.vmcs12);
    publishIds(index, vcpu);
    if ((clean & StaleData.CONTROLS_CLEAN) != StaleData.CONTROLS_CLEAN) {
      vcpu.mustMerge = true;
    }
  }

  /** Targets of a flush are found by the kept ids. */
  void publishIds(int index, VcpuState vcpu) {
    snapshot.vcpus().nestedContext(index, vcpu.vmId(), vcpu.vpId());
  }

  /** Rule T4.4. */
  MsrBitmapUse lookAtBitmap(VcpuState vcpu) {
    MsrBitmapUse use = MsrBitmapUse.UNUSED;
    if (StaleData.usesBitmap(vcpu)) {
      if (StaleData.mayKeep(vcpu)) {
        use = MsrBitmapUse.KEPT;
      } else if (memory.view(StaleData.bitmapPage(vcpu), candidate)) {
        candidate.copyTo(vcpu.mergedBitmap);
        vcpu.mergedFrom = StaleData.bitmapPage(vcpu);
        vcpu.mustMerge = false;
        use = MsrBitmapUse.MERGED;
      } else {
        use = MsrBitmapUse.UNREADABLE;
      }
    }
    vcpu.bitmapUse = use;
    return use;
  }

  /**
   * Rule T6: L0 enters the guest on the vCPU of the event.
   *
   * @return false when it could not, so that the event does not happen
   */
  boolean enterGuest(ScenarioEvent event, VcpuState vcpu, ScenarioStep step) {
    int index = event.vcpu();
    if (event instanceof ScenarioEvent.Enter) {
      step.entered = vcpu.level;
    }
    if (vcpu.nestedStateRequest) {
      step.entered = vcpu.level;
      step.nestedStatePages = true;
      if (!serveNestedState(index, vcpu)) {
        step.internalError = true;
        return false;
      }
      vcpu.nestedStateRequest = false;
      if (vcpu.level == Level.L2) {
        lookAtBitmap(vcpu);
      }
    }
    serveFullFlush(index, vcpu, step);
    if (vcpu.flushRequest) {
      vcpu.flushRequest = false;
      playQueue(index, vcpu.level, step);
    }
    writeBack(vcpu, step);
    vcpu.runPending = false;
    vcpu.forgetEvent();
    return true;
  }

  /** Rule T6.1; false when the page cannot be mapped or is refused. */
  private boolean serveNestedState(int index, VcpuState vcpu) {
    if (vcpu.pointer == VcpuState.PENDING) {
      Mapping mapping = map(index, vcpu, false);
      if (mapping == Mapping.ERROR || mapping == Mapping.REFUSED) {
        return false;
      }
      vcpu.writeBackPending = true;
    }
    return true;
  }

  private void writeBack(VcpuState vcpu, ScenarioStep step) {
    if (vcpu.writeBackPending && vcpu.isMapped()) {
      step.entered = vcpu.level;
      step.writesDue = true;
      copies.store(vcpu.vmcs12, vcpu.referenced, step.enteredWrites);
      step.enteredWrites.applyTo(vcpu.referenced);
    }
    vcpu.writeBackPending = false;
  }

  /** Rule T5, but for what is written into vmcs12. */
  void leaveL2(int index, VcpuState vcpu, ScenarioStep step) {
    if (vcpu.nestedStateRequest) {
      vcpu.nestedStateRequest = false;
      serveNestedState(index, vcpu);
    }
    serveFullFlush(index, vcpu, step);
    changeLevel(vcpu, Level.L1);
    vcpu.runPending = false;
    vcpu.forgetEvent();
  }

  /**
   * The CPU refuses the controls that L0 gave it: VMLAUNCH or VMRESUME fails in L1, which was never left as L1
   * sees it. So L0 makes no flush of a change to L1. KVM {@code nested_vmx_restore_host_state()}.
   */
  static void undoEntry(VcpuState vcpu) {
    vcpu.level = Level.L1;
    vcpu.runPending = false;
    vcpu.forgetEvent();
  }

  /** Rule T7: each change between L1 and L2. */
  void changeLevel(VcpuState vcpu, Level to) {
    vcpu.level = to;
    vcpu.flushRequest = true;
    if (!vcpu.vmcs12.has(Control.ENABLE_VPID)) {
      vcpu.fullFlushRequest = true;
      return;
    }
    long vpid = vcpu.vmcs12.value(EvmcsField.VIRTUAL_PROCESSOR_ID);
    if (to == Level.L2 && vpid != vcpu.lastVpid) {
      vcpu.lastVpid = vpid;
      vcpu.fullFlushRequest = true;
    }
  }

  /** Rule T7: a full flush of the current level, if one is asked for. */
  void serveFullFlush(int index, VcpuState vcpu, ScenarioStep step) {
    if (!vcpu.fullFlushRequest) {
      return;
    }
    vcpu.fullFlushRequest = false;
    long[] dropped = {};
    if (vcpu.flushRequest) {
      vcpu.flushRequest = false;
      dropped = takeQueue(index, vcpu.level);
    }
    step.drained.add(new Drain(vcpu.level, dropped, true, snapshot.hasHostLa57()));
  }

  private void playQueue(int index, Level level, ScenarioStep step) {
    long[] played = takeQueue(index, level);
    if (played.length > 0) {
      step.drained.add(new Drain(level, played, false, snapshot.hasHostLa57()));
    }
  }

  private long[] takeQueue(int index, Level level) {
    VirtualProcessors queues = snapshot.vcpus();
    long[] entries = new long[queues.pendingCount(index, level)];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = queues.pending(index, level, i);
    }
    queues.clearPending(index, level);
    return entries;
  }

  /** A vCPU that has just been created has empty queues and initial ids. */
  void clearQueues(int index) {
    snapshot.vcpus().clearPending(index, Level.L1);
    snapshot.vcpus().clearPending(index, Level.L2);
  }
}
