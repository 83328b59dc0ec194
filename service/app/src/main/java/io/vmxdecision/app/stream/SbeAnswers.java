package io.vmxdecision.app.stream;

import io.vmxdecision.app.server.exchange.Spool;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.decision.ExitToL1;
import io.vmxdecision.engine.decision.HypercallOutcome;
import io.vmxdecision.engine.decision.TlbMutation;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.rules.EligibilityRules;
import io.vmxdecision.sbe.DecisionEncoder;
import io.vmxdecision.sbe.Level;
import io.vmxdecision.sbe.MessageHeaderEncoder;
import io.vmxdecision.sbe.RejectionEncoder;
import io.vmxdecision.sbe.RejectionKind;
import io.vmxdecision.sbe.StreamErrorEncoder;
import org.agrona.concurrent.UnsafeBuffer;

/** Writes the messages of answers, each in its frame. One instance per stream. */
final class SbeAnswers {
  private static final int WRITE_BYTES = DecisionEncoder.EvmcsWritesEncoder.sbeBlockLength();
  private static final int MUTATION_BYTES =
      DecisionEncoder.TlbMutationsEncoder.sbeBlockLength()
          + DecisionEncoder.TlbMutationsEncoder.PendingAfterEncoder.sbeHeaderSize()
          + DecisionEncoder.TlbMutationsEncoder.RangesEncoder.sbeHeaderSize()
          + VirtualProcessors.FIFO_SIZE
              * (DecisionEncoder.TlbMutationsEncoder.PendingAfterEncoder.sbeBlockLength()
                  + DecisionEncoder.TlbMutationsEncoder.RangesEncoder.sbeBlockLength());

  /** Enough for every message but a decision with many mutations; see {@link #reserve}. */
  private static final int LEAST_BYTES = 4096;

  private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LEAST_BYTES]);
  private final TlbMutation mutation = new TlbMutation();
  private final MessageHeaderEncoder header = new MessageHeaderEncoder();
  private final DecisionEncoder decisionMessage = new DecisionEncoder();
  private final RejectionEncoder rejectionMessage = new RejectionEncoder();
  private final StreamErrorEncoder errorMessage = new StreamErrorEncoder();
  private int version;

  /** Answers in that version of the schema: they are the same in all, but for values that only later ones have. */
  void version(int value) {
    version = value;
  }

  void writeRejection(long correlationId, RejectionKind kind, Spool answers) {
    rejectionMessage.wrapAndApplyHeader(buffer, SbeFrames.HEADER_BYTES, header);
    rejectionMessage.correlationId(correlationId).kind(kind);
    write(rejectionMessage.limit(), answers);
  }

  void writeError(long position, long frame, String detail, Spool answers) {
    errorMessage.wrapAndApplyHeader(buffer, SbeFrames.HEADER_BYTES, header);
    errorMessage.position(position).frame(frame).detail(detail);
    write(errorMessage.limit(), answers);
  }

  void writeDecision(
      long correlationId, Snapshot snapshot, VmExit exit, Decision decision, Spool answers) {
    reserve(decision);
    decisionMessage.wrapAndApplyHeader(buffer, SbeFrames.HEADER_BYTES, header);
    HypercallOutcome hypercall = decision.hypercall();
    ExitToL1 toL1 = decision.exitToL1();
    decisionMessage
        .correlationId(correlationId)
        .result(hypercall.result())
        .raxAfter(hypercall.raxAfter())
        .rdxAfter(hypercall.rdxAfter())
        .ripAfter(hypercall.ripAfter())
        .qualification(toL1.qualification())
        .reason(Integer.toUnsignedLong(toL1.reason()))
        .interruptionInfo(Integer.toUnsignedLong(toL1.interruptionInfo()))
        .idtVectoringInfo(Integer.toUnsignedLong(toL1.idtVectoringInfo()))
        .instructionLength(Integer.toUnsignedLong(toL1.instructionLength()))
        .instructionInfo(Integer.toUnsignedLong(toL1.instructionInfo()))
        .handledBy(level(decision.handledBy()));
    decisionMessage
        .conditions()
        .clear()
        .evmcsActive(decision.met(EligibilityRules.F1))
        .evmcsNestedFlushHypercall(decision.met(EligibilityRules.F2))
        .vpAssistDirectHypercall(decision.met(EligibilityRules.F3))
        .cpuidDirectFlush(decision.met(EligibilityRules.F4))
        .flushHypercall(decision.met(EligibilityRules.F5));
    decisionMessage
        .flags()
        .clear()
        .hypercallHandled(hypercall.isHandled())
        .invalidOpcode(hypercall.isInvalidOpcode())
        .syntheticExit(decision.isSyntheticExit())
        .exitToL1(toL1.isPresent());
    writeEvmcsWrites(toL1.evmcsWrites());
    writeMutations(snapshot, decision);
    write(decisionMessage.limit(), answers);
  }

  private void writeEvmcsWrites(EvmcsWrites writes) {
    DecisionEncoder.EvmcsWritesEncoder group = decisionMessage.evmcsWritesCount(writes.count());
    for (int i = 0; i < writes.count(); i++) {
      group
          .next()
          .offset(writes.field(i).offset())
          .size((short) writes.field(i).bytes())
          .before(writes.before(i))
          .after(writes.after(i));
    }
  }

  private void writeMutations(Snapshot snapshot, Decision decision) {
    int count = decision.tlbMutations().count();
    DecisionEncoder.TlbMutationsEncoder group = decisionMessage.tlbMutationsCount(count);
    mutation.wrap(snapshot, decision);
    for (int i = 0; i < count; i++) {
      mutation.at(i);
      writeMutation(group.next());
    }
  }

  private void writeMutation(DecisionEncoder.TlbMutationsEncoder group) {
    int pending = mutation.pendingAfterCount();
    int shown = mutation.hasQueue() ? pending : 0;
    int ranges = 0;
    int last = 0;
    while (last < pending && !mutation.isFlushAll(last)) {
      ranges += mutation.isSkipped(last) ? 0 : 1;
      last++;
    }
    group
        .vcpu(mutation.vcpu())
        .fifo(mutation.hasQueue() ? level(mutation.fifo()) : Level.NULL_VAL)
        .flushAll((short) (last < pending ? 1 : 0));
    DecisionEncoder.TlbMutationsEncoder.PendingAfterEncoder entries =
        group.pendingAfterCount(shown);
    for (int i = 0; i < shown; i++) {
      entries.next().entry(mutation.pendingAfter(i));
    }
    DecisionEncoder.TlbMutationsEncoder.RangesEncoder invalidated = group.rangesCount(ranges);
    for (int i = 0; i < last; i++) {
      if (!mutation.isSkipped(i)) {
        invalidated.next().gva(mutation.gva(i)).pages(mutation.pages(i));
      }
    }
  }

  /** Makes the buffer as large as the message may become: the codecs do not make it grow. */
  private void reserve(Decision decision) {
    int most =
        LEAST_BYTES
            + decision.exitToL1().evmcsWrites().count() * WRITE_BYTES
            + decision.tlbMutations().count() * MUTATION_BYTES;
    if (buffer.capacity() < most) {
      buffer.wrap(new byte[most]);
    }
  }

  private static Level level(io.vmxdecision.engine.machine.Level level) {
    return switch (level) {
      case L0 -> Level.L0;
      case L1 -> Level.L1;
      case L2 -> Level.L2;
    };
  }

  private void write(int end, Spool answers) {
    header.version(version);
    SbeFrames.write(buffer, 0, end - SbeFrames.HEADER_BYTES);
    answers.write(buffer.byteArray(), 0, end);
  }
}
