package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.SnapshotBuilder;
import io.vmxdecision.engine.machine.SnapshotFault;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The machine that a scenario starts with: all vCPUs in L1 after VMXON, nothing mapped. To be filled, then
 * handed to {@link Scenario}, to which it belongs from then on. Every fault goes to the sink; a machine with
 * a fault must not be played on. Not thread-safe.
 */
public final class ScenarioMachine {
  private final Consumer<SnapshotFault> faults;
  private final SnapshotBuilder builder;
  private final Snapshot snapshot = new Snapshot();
  private long[] vpAssistMsrs = new long[1];
  private boolean vmcsShadowing = true;
  private boolean checkEntries;

  /** One vCPU, no memory, CPUID of zeros; tells {@code faults} what is wrong. */
  public ScenarioMachine(Consumer<SnapshotFault> faults) {
    this.faults = faults;
    builder = new SnapshotBuilder(faults);
    builder.begin(snapshot);
  }

  /** Sets whether the host has 57-bit linear addresses. */
  public void hostLa57(boolean value) {
    builder.hostLa57(value);
  }

  /** Sets whether L0 uses VMCS shadowing, as KVM does by default. */
  public void vmcsShadowing(boolean value) {
    vmcsShadowing = value;
  }

  /**
   * Sets whether VM-entries take the checks of rules N, with the capabilities of the profile; as new they
   * pass.
   */
  public void checkEntries(boolean value) {
    checkEntries = value;
  }

  /** L1's CPUID, to be filled. */
  public Cpuid cpuid() {
    return builder.cpuid();
  }

  /**
   * Sets how many vCPUs there are, 1..4,096; the VP index of each is its index, and its assist MSR 0.
   *
   * @return false when the count is outside its range; then there is one vCPU
   */
  public boolean vcpus(int count) {
    if (!builder.vcpus(count)) {
      return false;
    }
    vpAssistMsrs = new long[count];
    for (int vcpu = 0; vcpu < count; vcpu++) {
      builder.vpIndex(vcpu, vcpu);
    }
    return true;
  }

  /** Sets the VP index of vCPU {@code vcpu}, 0..4,095. */
  public void vpIndex(int vcpu, int value) {
    builder.vpIndex(vcpu, value);
  }

  /** Sets what L1 has written to MSR 0x40000073 on vCPU {@code vcpu}, 64 bits; 0 for nothing. */
  public void vpAssistMsr(int vcpu, long value) {
    vpAssistMsrs[vcpu] = value;
  }

  /**
   * Adds whole pages, at least one, as L1's memory at {@code gpa}: item {@code index} of the input. The bytes
   * are used, not copied, and written to by events.
   */
  public void memory(int index, long gpa, byte[] pages) {
    if (GuestPage.offset(gpa) != 0) {
      faults.accept(new SnapshotFault(SnapshotFault.Place.MEMORY, index,
          SnapshotFault.Kind.NOT_PAGE_ALIGNED, "not page-aligned: the low 12 bits are not 0"));
    } else if (pages.length % GuestPage.BYTES != 0) {
      faults.accept(new SnapshotFault(SnapshotFault.Place.MEMORY, index, SnapshotFault.Kind.OUT_OF_RANGE,
          "memory comes in whole pages of " + GuestPage.BYTES + " bytes"));
    } else {
      builder.memory(index, gpa, pages);
    }
  }

  /** Adds what L1's EPT makes of an L2 page: translation {@code index} of the input. */
  public void translation(int index, long l2Gpa, long l1Gpa) {
    builder.translation(index, l2Gpa, l1Gpa);
  }

  Snapshot snapshot() {
    return snapshot;
  }

  long[] vpAssistMsrs() {
    return Arrays.copyOf(vpAssistMsrs, vpAssistMsrs.length);
  }

  boolean checksEntries() {
    return checkEntries;
  }

  boolean hasVmcsShadowing() {
    return vmcsShadowing;
  }
}
