package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.recorded.RecordedCase;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The rings that the benchmarks are fed from. Filling one takes a second; it is the same every time. */
public enum Inputs {
  SPACE_FAST("eligible flush, space, fast"),
  SPACE_SLOW("eligible flush, space, slow"),
  LIST_FAST("eligible flush, list, fast"),
  LIST_SLOW("eligible flush, list, slow"),
  INELIGIBLE("ineligible flush"),
  ROUTED("routed exit");

  private static final long SEED = 0x10000031;
  private static final int LONGEST_STEP_OF_RIP = 4096;

  private final String title;

  Inputs(String title) {
    this.title = title;
  }

  /** What the inputs are, for a reader. */
  String title() {
    return title;
  }

  /** A ring of them. Eligible flushes reach {@code vcpus} vCPUs each; the others are as recorded. */
  Ring ring(int vcpus) {
    return switch (this) {
      case SPACE_FAST -> eligibleFlushes(false, true, vcpus);
      case SPACE_SLOW -> eligibleFlushes(false, false, vcpus);
      case LIST_FAST -> eligibleFlushes(true, true, vcpus);
      case LIST_SLOW -> eligibleFlushes(true, false, vcpus);
      case INELIGIBLE ->
        new Ring(asRecorded(decision -> !decision.isL2TlbFlushEligible(), "ineligible", "l2-flush"));
      case ROUTED -> new Ring(asRecorded(decision -> true, "routing"));
    };
  }

  private static List<Input> asRecorded(Predicate<Decision> filter, String... vectors) {
    return cases(vectors).map(Input::new).filter(input -> filter.test(decide(input))).toList();
  }

  /**
   * Recorded flushes, each with a VM made for it: {@code vcpus} vCPUs with VP ids that the call names
   * and pending queues from the recorded cases, so that the flush reaches all of them.
   */
  private static Ring eligibleFlushes(boolean list, boolean fast, int vcpus) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    List<RecordedCase> bases =
        cases("l2-flush").filter(base -> isFlush(decide(new Input(base)), list, fast)).toList();
    List<long[]> queues = cases("l2-flush").flatMap(base -> queues(new Input(base))).toList();
    List<Input> inputs = new ArrayList<>();
    while (inputs.size() < Ring.LEAST) {
      Input input = new Input(bases.get(inputs.size() % bases.size()));
      placeVcpus(input, vcpus, queues, random);
      Decision decision = decide(input);
      if (!isFlush(decision, list, fast) || decision.tlbMutations().count() != vcpus) {
        throw new IllegalStateException("not a flush that reaches " + vcpus + " vCPUs");
      }
      inputs.add(input);
    }
    return new Ring(inputs);
  }

  private static void placeVcpus(Input input, int count, List<long[]> queues, RandomGenerator random) {
    Snapshot snapshot = input.snapshot();
    int[] named = namedProcessors(decide(input).hypercall().request());
    snapshot.evmcs().value(EvmcsField.HV_VP_ID, named[random.nextInt(named.length)]);
    VirtualProcessors vcpus = snapshot.vcpus();
    vcpus.reset(count);
    for (int vcpu = 0; vcpu < count; vcpu++) {
      vcpus.vpIndex(vcpu, vcpu);
      vcpus.nestedContext(vcpu, snapshot.evmcs().vmId(), named[random.nextInt(named.length)]);
      for (long entry : queues.get(random.nextInt(queues.size()))) {
        vcpus.addPending(vcpu, Level.L2, entry);
      }
    }
    snapshot.vcpu(random.nextInt(count));
    Registers registers = input.exit().registers();
    registers.rip(registers.rip() + random.nextInt(LONGEST_STEP_OF_RIP));
  }

  private static int[] namedProcessors(FlushRequest request) {
    return IntStream.range(0, VirtualProcessors.MAX_COUNT)
        .filter(vp -> request.isAllProcessors() || request.processors().contains(vp))
        .toArray();
  }

  private static boolean isFlush(Decision decision, boolean list, boolean fast) {
    FlushRequest request = decision.hypercall().request();
    return decision.hypercall().isHandled()
        && !decision.hypercall().isInvalidOpcode()
        && decision.hypercall().status() == HypercallStatus.HV_STATUS_SUCCESS
        && decision.tlbMutations().count() > 0
        && request.code().isList() == list
        && HypercallControl.isFast(request.control()) == fast;
  }

  private static Stream<long[]> queues(Input input) {
    VirtualProcessors vcpus = input.snapshot().vcpus();
    return IntStream.range(0, vcpus.count())
        .mapToObj(
            vcpu -> IntStream.range(0, vcpus.pendingCount(vcpu, Level.L2))
                .mapToLong(i -> vcpus.pending(vcpu, Level.L2, i))
                .toArray());
  }

  private static Stream<RecordedCase> cases(String... vectors) {
    return Stream.of(vectors).flatMap(name -> RecordedCase.all("/vectors/" + name + ".ndjson.gz").stream());
  }

  private static Decision decide(Input input) {
    Decision decision = new Decision();
    new DecisionEngine().decide(input.snapshot(), input.exit(), decision);
    return decision;
  }
}
