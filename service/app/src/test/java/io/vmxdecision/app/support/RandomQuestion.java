package io.vmxdecision.app.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.SnapshotBuilder;
import io.vmxdecision.engine.machine.SnapshotFault;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A question with something random in every place that has one, and of every length that a list can have up to
 * eight. It can be decided: either an eVMCS is in use, or the exit is a flush hypercall.
 */
public final class RandomQuestion {
  private static final int VMCALL = 0x12;
  private static final int REASONS = 75;

  private final Random random;
  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final List<SnapshotFault> faults = new ArrayList<>();
  private final SnapshotBuilder builder = new SnapshotBuilder(faults::add);

  private RandomQuestion(Random random) {
    this.random = random;
  }

  /** A question that depends on {@code seed} alone. */
  public static Question of(long seed) {
    return new RandomQuestion(new Random(seed)).make();
  }

  private Question make() {
    builder.begin(snapshot);
    builder.hostLa57(random.nextBoolean());
    Cpuid cpuid = builder.cpuid();
    cpuid.nestedEax(random.nextInt());
    cpuid.enlightenmentsEax(random.nextInt());
    cpuid.featuresEdx(random.nextInt());
    cpuid.enforced(random.nextBoolean());
    cpuid.sgx(random.nextBoolean());
    makeVcpus();
    for (int i = random.nextInt(9); i > 0; i--) {
      builder.memory(i, (long) i << (13 + random.nextInt(50)), bytes(1 + random.nextInt(40)));
    }
    for (int i = random.nextInt(9); i > 0; i--) {
      builder.translation(i, (random.nextLong() << 16) | ((long) i << 12), random.nextLong() & -4096L);
    }
    faults.removeIf(fault -> fault.kind() == SnapshotFault.Kind.OVERLAP); // of memory: it is left out
    boolean active = random.nextBoolean();
    if (active || random.nextBoolean()) {
      builder.evmcs(bytes(PageView.PAGE_BYTES));
    }
    if (active || random.nextBoolean()) {
      builder.vpAssistPage(bytes(PageView.PAGE_BYTES));
    }
    if (random.nextBoolean()) {
      builder.partitionAssistPage(bytes(PageView.PAGE_BYTES));
    }
    assertThat(faults).isEmpty();
    makeExit();
    if (active) {
      snapshot.evmcs().value(EvmcsField.REVISION_ID, 1);
      snapshot.vpAssistPage().enlightenVmentry(1);
    } else {
      exit.from(random.nextBoolean() ? Level.L1 : Level.L2);
      exit.reason(VMCALL);
      FlushCode[] codes = FlushCode.values();
      int code = codes[random.nextInt(codes.length)].code();
      int register = exit.registers().isLongMode() ? Registers.RCX : Registers.RAX;
      exit.registers().general(register, (random.nextLong() & ~0xffffL) | code);
    }
    return new Question(null, Profile.KVM_6_12, snapshot, exit);
  }

  private void makeVcpus() {
    int count = 1 + random.nextInt(8);
    builder.vcpus(count);
    for (int i = 0; i < count; i++) {
      builder.vpIndex(i, random.nextInt(VirtualProcessors.MAX_COUNT));
      builder.nestedContext(i, random.nextLong(), random.nextInt());
      makeQueue(i, Level.L1);
      makeQueue(i, Level.L2);
    }
    builder.exitingVcpu(random.nextInt(count));
  }

  /** The first entry is a "flush all", since a full queue has to hold one. */
  private void makeQueue(int vcpu, Level fifo) {
    int count = random.nextInt(VirtualProcessors.FIFO_SIZE + 1);
    for (int i = 0; i < count; i++) {
      builder.pending(vcpu, fifo, i == 0 ? VirtualProcessors.FLUSH_ALL : random.nextLong());
    }
  }

  private void makeExit() {
    exit.reason(random.nextInt(REASONS));
    exit.qualification(random.nextLong());
    exit.interruptionInfo(random.nextInt());
    exit.interruptionErrorCode(random.nextInt());
    exit.instructionLength(random.nextInt());
    exit.instructionInfo(random.nextInt());
    exit.guestLinearAddress(random.nextLong());
    exit.idtVectoringInfo(random.nextInt());
    exit.idtVectoringErrorCode(random.nextInt());
    Registers registers = exit.registers();
    for (int i = 0; i < Registers.GENERAL; i++) {
      registers.general(i, random.nextLong());
    }
    for (int i = 0; i < Registers.XMM_HALVES; i++) {
      registers.xmmHalf(i, random.nextLong());
    }
    registers.rip(random.nextLong());
    registers.rflags(random.nextLong());
    registers.cpl(random.nextInt(Registers.MAX_CPL + 1));
    registers.protectedMode(random.nextBoolean());
    registers.longMode(random.nextBoolean());
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
