package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A flush hypercall in all its parts. As constructed: an eligible, fast, empty-handed
 * HvCallFlushVirtualAddressSpace of L2 for all processors, one vCPU, lock count 0.
 */
public final class FlushScenario {
  /** Where the input block of a slow call lies, as L1 sees it. */
  public static final long INPUT_GPA = 0x5000;

  /** The same page as L2 sees it, where L2 runs on L1's EPT. */
  public static final long INPUT_L2_GPA = 0x9000;

  public Level from = Level.L2;
  public int code = 0x2;
  public boolean fast = true;
  public int variableHeaderSize;
  public int repCount;
  public int repStart;
  public long reservedBits;
  public long addressSpace;
  public long flags = 1;

  /** What follows address space and flags: mask, or format, bank mask and banks; then the list. */
  public long[] payload = {0};

  public boolean ept;
  public boolean translated = true;
  public int unreadableFromByte = Integer.MAX_VALUE;
  public int cpl;
  public boolean protectedMode = true;
  public boolean longMode = true;
  public boolean enforced;
  public int enlightenmentsEax = Cpuid.REMOTE_TLB_FLUSH | Cpuid.EX_PROCESSOR_MASKS;
  public int featuresEdx = Cpuid.XMM_INPUT;
  public int revision = EnlightenedVmcs.REVISION_EVMCS_1;
  public boolean enlightenVmentry = true;
  public long currentNestedVmcs = 0x66000;
  public boolean directHypercall = true;
  public boolean nestedFlushHypercall = true;
  public boolean cpuidDirectFlush = true;
  public @Nullable Integer tlbLockCount = 0;
  public long vmId = 1;
  public int vpId = 1;
  public long rip = 0x401000;
  public int instructionLength = 3;
  public boolean la57;
  public List<Vcpu> vcpus = List.of(new Vcpu(0, 0, 0, List.of(), List.of()));

  /** A vCPU: VP index, nested context, the two queues. */
  public record Vcpu(int vpIndex, long vmId, int vpId, List<Long> l1, List<Long> l2) {}

  public final Snapshot snapshot = new Snapshot();
  public final VmExit exit = new VmExit();

  /** Whether all five conditions of the L2 TLB flush are asked to hold. */
  public boolean isMeantToBeEligible() {
    return enlightenVmentry && nestedFlushHypercall && directHypercall && cpuidDirectFlush
        && currentNestedVmcs != -1 && currentNestedVmcs != -2
        && (revision == EnlightenedVmcs.REVISION_EVMCS_1 || revision == EnlightenedVmcs.REVISION_VMCS12);
  }

  /** Fills snapshot and exit, and decides. */
  public Decision decide() {
    return decide(Profile.DEFAULT);
  }

  /** The same as the L0 of a profile does. */
  public Decision decide(Profile profile) {
    Decision decision = new Decision();
    fill();
    DecisionEngine.of(profile).decide(snapshot, exit, decision);
    return decision;
  }

  /** Fills {@link #snapshot} and {@link #exit}. */
  public void fill() {
    snapshot.clear();
    fillPages();
    snapshot.cpuid().nestedEax(cpuidDirectFlush ? Cpuid.NESTED_DIRECT_FLUSH : 0);
    snapshot.cpuid().enlightenmentsEax(enlightenmentsEax);
    snapshot.cpuid().featuresEdx(featuresEdx);
    snapshot.cpuid().enforced(enforced);
    snapshot.hostLa57(la57);
    fillVcpus();
    exit.clear();
    fillInput();
    exit.from(from);
    exit.reason(0x12);
    exit.instructionLength(instructionLength);
  }

  private void fillPages() {
    EnlightenedVmcs evmcs = snapshot.evmcs();
    evmcs.wrap(new byte[PageView.PAGE_BYTES], 0);
    evmcs.value(EvmcsField.REVISION_ID, revision);
    evmcs.value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, nestedFlushHypercall ? 1 : 0);
    evmcs.value(EvmcsField.HV_VM_ID, vmId);
    evmcs.value(EvmcsField.HV_VP_ID, vpId);
    if (ept) {
      evmcs.value(EvmcsField.CPU_BASED_VM_EXEC_CONTROL, bit(Control.ACTIVATE_SECONDARY_CONTROLS));
      evmcs.value(EvmcsField.SECONDARY_VM_EXEC_CONTROL, bit(Control.ENABLE_EPT));
    }
    snapshot.vpAssistPage().wrap(new byte[PageView.PAGE_BYTES], 0);
    snapshot.vpAssistPage().enlightenVmentry(enlightenVmentry ? 1 : 0);
    snapshot.vpAssistPage().currentNestedVmcs(currentNestedVmcs);
    snapshot.vpAssistPage().directHypercall(directHypercall);
    if (tlbLockCount != null) {
      snapshot.partitionAssistPage().wrap(new byte[PageView.PAGE_BYTES], 0);
      snapshot.partitionAssistPage().tlbLockCount(tlbLockCount);
    }
  }

  private static long bit(Control control) {
    return 1L << control.bit();
  }

  private void fillVcpus() {
    snapshot.vcpus().reset(vcpus.size());
    for (int i = 0; i < vcpus.size(); i++) {
      Vcpu vcpu = vcpus.get(i);
      snapshot.vcpus().vpIndex(i, vcpu.vpIndex());
      snapshot.vcpus().nestedContext(i, vcpu.vmId(), vcpu.vpId());
      for (long entry : vcpu.l1()) {
        snapshot.vcpus().addPending(i, Level.L1, entry);
      }
      for (long entry : vcpu.l2()) {
        snapshot.vcpus().addPending(i, Level.L2, entry);
      }
    }
  }

  /** The control word. */
  public long control() {
    return code | (fast ? 1L << 16 : 0) | (long) variableHeaderSize << 17 | (long) repCount << 32
        | (long) repStart << 48 | reservedBits;
  }

  private void fillInput() {
    long input = fast ? addressSpace : ept ? INPUT_L2_GPA : INPUT_GPA;
    long output = fast ? flags : 0;
    Registers registers = exit.registers();
    registers.rip(rip);
    registers.cpl(cpl);
    registers.protectedMode(protectedMode);
    registers.longMode(longMode);
    if (longMode) {
      registers.general(Registers.RCX, control());
      registers.general(Registers.RDX, input);
      registers.general(Registers.R8, output);
    } else {
      pair(Registers.RDX, Registers.RAX, control());
      pair(Registers.RBX, Registers.RCX, input);
      pair(Registers.RDI, Registers.RSI, output);
    }
    if (fast) {
      for (int i = 0; i < Math.min(payload.length, Registers.XMM_HALVES); i++) {
        registers.xmmHalf(i, payload[i]);
      }
    } else {
      fillMemory();
    }
  }

  private void pair(int high, int low, long value) {
    exit.registers().general(high, value >>> Integer.SIZE);
    exit.registers().general(low, value & 0xffff_ffffL);
  }

  private void fillMemory() {
    List<Long> words = new ArrayList<>(List.of(addressSpace, flags));
    Arrays.stream(payload).forEach(words::add);
    byte[] bytes = new byte[words.size() * Long.BYTES];
    for (int i = 0; i < words.size(); i++) {
      LittleEndian.u64(bytes, i * Long.BYTES, words.get(i));
    }
    int readable = Math.min(bytes.length, unreadableFromByte);
    if (readable > 0) {
      snapshot.memory().add(INPUT_GPA, bytes, 0, readable);
    }
    if (ept && translated) {
      snapshot.translations().add(INPUT_L2_GPA, INPUT_GPA);
    }
  }

  @Override
  public String toString() {
    return "%s control 0x%x flags 0x%x payload %s cpl %d %s enforced %s ept %s/%s readable %d lock %s vcpus %s"
        .formatted(from, control(), flags, Arrays.toString(payload), cpl, longMode ? "64-bit" : "32-bit",
            enforced, ept, translated, unreadableFromByte, tlbLockCount, vcpus);
  }
}
