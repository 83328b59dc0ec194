package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.decision.TlbMutations;
import io.vmxdecision.engine.hyperv.VpSet;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rule M: the targets of a flush, and what each queues. What a target does with its queue when it
 * next enters the guest is {@link io.vmxdecision.engine.decision.TlbMutation}. KVM {@code
 * kvm_hv_flush_tlb()} and {@code hv_tlb_flush_enqueue()}.
 */
public final class TlbMutationRules {
  public static final Rule M =
      new Rule(
          27,
          "M",
          "The call reaches at least one vCPU.",
          "Each target queues the list if it leaves an entry free, otherwise one \"flush all\"; a full"
              + " queue, which always holds a \"flush all\", stays as it is.",
          "hyperv.c hv_tlb_flush_enqueue(), kvm_hv_vcpu_flush_tlb()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.State.CALL_AS_READ,
              Input.State.VCPU_CONTEXTS,
              Input.State.QUEUE_LENGTHS,
              Input.of(EvmcsField.HV_VM_ID),
              Input.of(EvmcsField.HV_VP_ID)),
          TlbMutationRules::targets);

  private TlbMutationRules() {}

  /** Queues the flush of {@code request}, made by {@code from} (L1 or L2), for every target. */
  public static void queue(
      Profile profile, Snapshot snapshot, Level from, FlushRequest request, Decision decision) {
    TlbMutations mutations = decision.tlbMutations();
    mutations.reserve(snapshot.vcpus().count());
    if (from == Level.L2) {
      queueForL2(profile, snapshot, request, mutations);
    } else {
      queueForL1(profile, snapshot.vcpus(), request, mutations);
    }
    decision.record(M, mutations.count() != 0);
    if (profile.has(Departure.NO_FLUSH_QUEUES)) {
      decision.record(DepartureRules.P3, mutations.count() != 0);
    } else if (profile.has(Departure.CANONICAL_BY_PAGE)) {
      mutations.canonicalByPage(true);
      decision.record(DepartureRules.P5, mutations.count() != 0);
    }
  }

  private static void queueForL1(
      Profile profile, VirtualProcessors vcpus, FlushRequest request, TlbMutations mutations) {
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      if (request.isAllProcessors() || request.processors().contains(vcpus.vpIndex(vcpu))) {
        enqueue(profile, vcpus.pendingCount(vcpu, Level.L1), request.entryCount(), vcpu, mutations);
      }
    }
  }

  /** The nested context of the exiting vCPU is the one in the eVMCS, which is read once. */
  private static void queueForL2(
      Profile profile, Snapshot snapshot, FlushRequest request, TlbMutations mutations) {
    VirtualProcessors vcpus = snapshot.vcpus();
    int caller = snapshot.vcpu();
    long callersVmId = snapshot.evmcs().vmId();
    int callersVpId = snapshot.evmcs().vpId();
    boolean all = request.isAllProcessors();
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      boolean sameVm = vcpu == caller || vcpus.vmId(vcpu) == callersVmId;
      int vpId = vcpu == caller ? callersVpId : vcpus.vpId(vcpu);
      if (sameVm && (all || request.processors().contains(vpId))) {
        enqueue(profile, vcpus.pendingCount(vcpu, Level.L2), request.entryCount(), vcpu, mutations);
      }
    }
  }

  private static void enqueue(
      Profile profile, int pending, int listLength, int vcpu, TlbMutations mutations) {
    int free = profile.fifoSize() - pending;
    if (profile.has(Departure.NO_FLUSH_QUEUES)) {
      mutations.addUnqueued(vcpu);
    } else if (listLength > 0 && listLength < free) {
      mutations.addList(vcpu);
    } else if (free > 0) {
      mutations.addFlushAll(vcpu);
    } else {
      mutations.addNothing(vcpu);
    }
  }

  private static String targets(Decided decided) {
    FlushRequest call = decided.call();
    TlbMutations mutations = decided.decision().tlbMutations();
    String who = call.isAllProcessors() ? "all processors" : "processors " + set(call.processors());
    String what = call.entryCount() == 0 ? "one \"flush all\"" : "a list of " + call.entryCount();
    return mutations.count() + " of " + decided.snapshot().vcpus().count() + " vCPUs for " + who
        + ", their " + mutations.fifo() + " queue, " + what;
  }

  private static String set(VpSet processors) {
    return "in valid_bank_mask " + Words.hex(processors.validBanksMask()) + ", banks"
        + Arrays.stream(processors.banks(), 0, processors.bankCount())
            .mapToObj(bank -> " " + Words.hex(bank))
            .collect(Collectors.joining());
  }
}
