package io.vmxdecision.app.contract;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.engine.machine.SnapshotFault;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is wrong with the values of one request. There are two kinds: values outside the contract's ranges, which
 * the contract then tells all at once, and contradictions, which no schema can express. What was made of a
 * request with a fault is of no use.
 */
public final class RequestFaults {
  private static final long MAX_U32 = 0xffff_ffffL;
  private static final Violation OUT_OF_RANGE = new Violation("", "a value is outside its range");

  private final List<Violation> contradictions = new ArrayList<>();
  private boolean outsideContract;

  /** No fault yet. */
  public RequestFaults() {}

  /** Notes a value that is outside its range, and returns whether it is within. */
  public boolean require(boolean withinContract) {
    outsideContract |= !withinContract;
    return withinContract;
  }

  /** The 32 bits of a number, which has to be from 0 to 2^32-1. */
  public int u32(long value) {
    require(value >= 0 && value <= MAX_U32);
    return (int) value;
  }

  /** Notes a contradiction; the pointer leads from the request on. */
  public void contradict(String pointer, String detail) {
    contradictions.add(new Violation(pointer, detail));
  }

  /** Notes a contradiction if there is one. */
  public void contradictIf(boolean contradicts, String pointer, String detail) {
    if (contradicts) {
      contradict(pointer, detail);
    }
  }

  /** Notes the faults that the engine finds in what stands at {@code root}, such as {@code /snapshot}. */
  public Consumer<SnapshotFault> at(String root) {
    return fault -> {
      if (require(fault.kind() != SnapshotFault.Kind.OUT_OF_RANGE)) {
        contradict(root + "/" + property(fault), fault.detail());
      }
    };
  }

  private static String property(SnapshotFault fault) {
    int i = fault.index();
    return switch (fault.place()) {
      case VCPU -> "vcpu";
      case VCPUS -> "vcpus";
      case VP_INDEX -> "vcpus/" + i + "/vpIndex";
      case PENDING_L1 -> "vcpus/" + i + "/pendingFlush/l1";
      case PENDING_L2 -> "vcpus/" + i + "/pendingFlush/l2";
      case MEMORY -> "memory/" + i;
      case TRANSLATION_FROM -> "translations/" + i + "/l2Gpa";
      case TRANSLATION_TO -> "translations/" + i + "/l1Gpa";
      case EVMCS -> "evmcs";
      case VP_ASSIST_PAGE -> "vpAssistPage";
      case PARTITION_ASSIST_PAGE -> "partitionAssistPage";
    };
  }

  /**
   * Ends the reading of {@code part}.
   *
   * @throws RejectedRequestException if there is a fault, with every one of its kind; values outside their
   *     range go first
   */
  public void requireNone(JsonContract<?> contract, JsonPart part) {
    if (outsideContract) {
      throw contract.rejection(part, OUT_OF_RANGE);
    }
    if (!contradictions.isEmpty()) {
      throw RejectedRequestException.of(ProblemKind.UNDECIDABLE, contradictions);
    }
  }
}
