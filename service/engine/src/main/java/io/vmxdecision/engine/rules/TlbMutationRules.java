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
    VirtualProcessors vcpus = snapshot.vcpus();
    mutations.reserve(vcpus.count());
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      boolean target =
          from == Level.L2
              ? isNestedTarget(snapshot, vcpu, request)
              : request.isAllProcessors() || request.processors().contains(vcpus.vpIndex(vcpu));
      if (target) {
        enqueue(vcpus.pendingCount(vcpu, from), request.entryCount(), vcpu, mutations);
      }
    }
    decision.record(Rule.M, mutations.count() != 0);
  }

  /** The nested context of the exiting vCPU is the one in the eVMCS. */
  private static boolean isNestedTarget(Snapshot snapshot, int vcpu, FlushRequest request) {
    boolean caller = vcpu == snapshot.vcpu();
    long callersVmId = snapshot.evmcs().vmId();
    if (!caller && snapshot.vcpus().vmId(vcpu) != callersVmId) {
      return false;
    }
    int vpId = caller ? snapshot.evmcs().vpId() : snapshot.vcpus().vpId(vcpu);
    return request.isAllProcessors() || request.processors().contains(vpId);
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
