package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.decision.TlbMutations;
import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VirtualProcessors;

/**
 * Rule M: the targets of a flush, and what each queues. What a target does with its queue when it
 * next enters the guest is {@link io.vmxdecision.engine.decision.TlbMutation}. KVM {@code
 * kvm_hv_flush_tlb()} and {@code hv_tlb_flush_enqueue()}.
 */
public final class TlbMutationRules {
  private TlbMutationRules() {}

  /** Queues the flush of {@code request}, made by {@code from} (L1 or L2), for every target. */
  public static void queue(
      Snapshot snapshot, Level from, FlushRequest request, Decision decision) {
    TlbMutations mutations = decision.tlbMutations();
    mutations.reserve(snapshot.vcpus().count());
    if (from == Level.L2) {
      queueForL2(snapshot, request, mutations);
    } else {
      queueForL1(snapshot.vcpus(), request, mutations);
    }
    decision.record(Rule.M, mutations.count() != 0);
  }

  private static void queueForL1(
      VirtualProcessors vcpus, FlushRequest request, TlbMutations mutations) {
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      if (request.isAllProcessors() || request.processors().contains(vcpus.vpIndex(vcpu))) {
        enqueue(vcpus.pendingCount(vcpu, Level.L1), request.entryCount(), vcpu, mutations);
      }
    }
  }

  /** The nested context of the exiting vCPU is the one in the eVMCS, which is read once. */
  private static void queueForL2(
      Snapshot snapshot, FlushRequest request, TlbMutations mutations) {
    VirtualProcessors vcpus = snapshot.vcpus();
    int caller = snapshot.vcpu();
    long callersVmId = snapshot.evmcs().vmId();
    int callersVpId = snapshot.evmcs().vpId();
    boolean all = request.isAllProcessors();
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      boolean sameVm = vcpu == caller || vcpus.vmId(vcpu) == callersVmId;
      int vpId = vcpu == caller ? callersVpId : vcpus.vpId(vcpu);
      if (sameVm && (all || request.processors().contains(vpId))) {
        enqueue(vcpus.pendingCount(vcpu, Level.L2), request.entryCount(), vcpu, mutations);
      }
    }
  }

  private static void enqueue(int pending, int listLength, int vcpu, TlbMutations mutations) {
    int free = VirtualProcessors.FIFO_SIZE - pending;
    if (listLength > 0 && listLength < free) {
      mutations.addList(vcpu);
    } else if (free > 0) {
      mutations.addFlushAll(vcpu);
    } else {
      mutations.addNothing(vcpu);
    }
  }
}
