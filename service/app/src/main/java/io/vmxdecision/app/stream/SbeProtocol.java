package io.vmxdecision.app.stream;

import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.AnswerOptions;
import io.vmxdecision.app.decision.Asked;
import io.vmxdecision.app.decision.Decider;
import io.vmxdecision.app.decision.DecisionMetrics;
import io.vmxdecision.app.decision.DecisionRecorder;
import io.vmxdecision.app.decision.KernelDecision;
import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.exchange.Spool;
import io.vmxdecision.app.server.exchange.StreamInput;
import io.vmxdecision.app.server.exchange.StreamProtocol;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.sbe.CpuModeDecoder;
import io.vmxdecision.sbe.ExitDecoder;
import io.vmxdecision.sbe.KernelProfile;
import io.vmxdecision.sbe.MessageHeaderDecoder;
import io.vmxdecision.sbe.RejectionKind;
import io.vmxdecision.sbe.SnapshotDecoder;
import java.util.Locale;
import java.util.function.Supplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * SBE messages in frames (application/vnd.vmx-decision.v1+sbe; schema in {@code api-spec}): snapshots,
 * exits that refer to them, and back a decision or a rejection for each exit. A malformed frame is
 * answered with an error that names its position and ends the stream.
 *
 * <p>Allocates nothing per exit, unless decisions are written down.
 */
final class SbeProtocol implements StreamProtocol {
  private static final String LONGER_THAN_ITS_FRAME = "the message is longer than its frame";

  private final ProblemMetrics problems;
  private final Source source;
  private final DecisionMetrics.Tally tally;
  private final Decider decider;
  private final int maxFrameBytes;
  private final SnapshotStore snapshots;

  private final UnsafeBuffer frame = new UnsafeBuffer(new byte[0]);
  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private final SnapshotDecoder snapshotMessage = new SnapshotDecoder();
  private final ExitDecoder exitMessage = new ExitDecoder();
  private final SbeAnswers encoder = new SbeAnswers();
  private final VmExit exit = new VmExit();
  private final KernelDecision[] kernels = kernels();
  private final Supplier<Asked> asked = this::asked;
  private Snapshot snapshot = new Snapshot();
  private KernelDecision decision = kernels[KernelProfile.KVM_6_12.value()];
  private long correlationId;
  private long frames;

  SbeProtocol(
      DecisionMetrics metrics,
      ProblemMetrics problems,
      DecisionRecorder recorder,
      Source source,
      StreamLimits limits,
      ServiceLimits serviceLimits,
      BodyMeter meter) {
    this.problems = problems;
    this.source = source;
    this.tally = metrics.tally();
    this.decider = Decider.of(tally, recorder);
    this.maxFrameBytes = (int) serviceLimits.body().toBytes();
    this.snapshots = new SnapshotStore(limits, serviceLimits, meter);
  }

  @Override
  public Progress answerNext(StreamInput in, Spool answers) {
    Progress progress;
    try {
      progress = answerWhole(in, answers);
    } catch (MalformedFrameException e) {
      problems.count(ProblemKind.INVALID_REQUEST);
      encoder.writeError(in.position(), frames, String.valueOf(e.getMessage()), answers);
      progress = Progress.ENDED;
    }
    if (progress != Progress.ANSWERED) {
      tally.publish(); // so that counts are exact whenever the client may be waited for
    }
    return progress;
  }

  @Override
  public void refuse(RejectedRequestException e, StreamInput in, Spool answers) {
    tally.publish();
    problems.count(e.kind());
    encoder.writeError(in.position(), frames, String.valueOf(e.getMessage()), answers);
  }

  private Progress answerWhole(StreamInput in, Spool answers) {
    if (in.available() < SbeFrames.HEADER_BYTES) {
      check(!in.isEnded() || in.available() == 0, "the body ends within a frame's header");
      return in.isEnded() ? Progress.ENDED : Progress.NEEDS_INPUT;
    }
    int length = frameLength(in);
    if (in.available() < length) {
      check(!in.isEnded(), "the body ends within a frame");
      return Progress.NEEDS_INPUT;
    }
    frame.wrap(in.buffer(), in.start() + SbeFrames.HEADER_BYTES, length - SbeFrames.HEADER_BYTES);
    answerFrame(answers);
    in.skip(length);
    frames++;
    return Progress.ANSWERED;
  }

  /** The length of the next frame, its header included. */
  private int frameLength(StreamInput in) {
    frame.wrap(in.buffer(), in.start(), SbeFrames.HEADER_BYTES);
    long length = SbeFrames.length(frame, 0);
    int encoding = SbeFrames.encoding(frame, 0);
    check(
        encoding == SbeFrames.ENCODING_SBE_LITTLE_ENDIAN,
        "the encoding type of the frame is not 0xeb50 (SBE 1.0, little-endian)");
    check(
        length >= SbeFrames.HEADER_BYTES + MessageHeaderDecoder.ENCODED_LENGTH,
        "the frame is too short for a message");
    check(length <= maxFrameBytes, "the frame is longer than this service takes");
    return (int) length;
  }

  private void answerFrame(Spool answers) {
    header.wrap(frame, 0);
    check(header.schemaId() == MessageHeaderDecoder.SCHEMA_ID, "the message is of another schema");
    check(
        header.version() <= MessageHeaderDecoder.SCHEMA_VERSION,
        "the message is of a later version of the schema");
    encoder.version(header.version());
    switch (header.templateId()) {
      case ExitDecoder.TEMPLATE_ID -> answerExit(answers);
      case SnapshotDecoder.TEMPLATE_ID -> storeSnapshot();
      default -> throw new MalformedFrameException("the message is neither a Snapshot nor an Exit");
    }
  }

  private void storeSnapshot() {
    check(
        header.blockLength() == SnapshotDecoder.BLOCK_LENGTH, "the Snapshot's block has another length");
    snapshotMessage.wrapAndApplyHeader(frame, 0, header);
    try {
      snapshots.store(snapshotMessage);
    } catch (IndexOutOfBoundsException e) {
      throw new MalformedFrameException(LONGER_THAN_ITS_FRAME);
    }
    checkEnd(snapshotMessage.limit());
  }

  private void answerExit(Spool answers) {
    check(header.blockLength() == exitBlock(), "the Exit's block has another length");
    exitMessage.wrapAndApplyHeader(frame, 0, header);
    checkEnd(exitMessage.limit());
    correlationId = exitMessage.correlationId();
    @Nullable Snapshot stored = snapshots.get((int) exitMessage.snapshotId());
    if (stored == null) {
      reject(ProblemKind.INVALID_REQUEST, RejectionKind.UNKNOWN_SNAPSHOT, answers);
      return;
    }
    snapshot = stored;
    decision = decision();
    readExit();
    decider.decide(decision, snapshot, exit, asked);
    switch (decision.decision().outcome()) {
      case DECIDED -> encoder.writeDecision(correlationId, snapshot, exit, decision.decision(), answers);
      case NOT_A_FLUSH_HYPERCALL ->
        reject(ProblemKind.UNDECIDABLE, RejectionKind.NOT_A_FLUSH_HYPERCALL, answers);
      case NO_ACTIVE_EVMCS ->
        reject(ProblemKind.UNDECIDABLE, RejectionKind.NO_ACTIVE_EVMCS, answers);
      case TOO_MANY_VCPUS ->
        reject(ProblemKind.UNDECIDABLE, RejectionKind.TOO_MANY_VCPUS, answers);
    }
  }

  /** The length of an Exit's block in the version of the message: version 0 has no profile. */
  private int exitBlock() {
    return header.version() < ExitDecoder.profileSinceVersion()
        ? ExitDecoder.profileEncodingOffset()
        : ExitDecoder.BLOCK_LENGTH;
  }

  private KernelDecision decision() {
    short raw = exitMessage.profileRaw();
    if (raw == KernelProfile.NULL_VAL.value()) {
      return kernels[KernelProfile.KVM_6_12.value()];
    }
    check(raw < kernels.length, "profile: one of those of the schema");
    return kernels[raw];
  }

  /** By the number that the schema gives each, from 0. */
  private static KernelDecision[] kernels() {
    KernelDecision[] kernels = new KernelDecision[Profile.all().size()];
    for (Profile profile : Profile.all()) {
      String name = profile.id().toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_');
      kernels[KernelProfile.valueOf(name).value()] = new KernelDecision(profile);
    }
    return kernels;
  }

  private void reject(ProblemKind counted, RejectionKind told, Spool answers) {
    problems.count(counted);
    encoder.writeRejection(correlationId, told, answers);
  }

  /** The exit that is being answered. */
  private Asked asked() {
    return new Asked(
        new Question(null, decision.profile(), snapshot, exit),
        new Word64(correlationId),
        AnswerOptions.PLAIN,
        source);
  }

  private void readExit() {
    exit.from(from());
    exit.reason((int) exitMessage.reason());
    exit.qualification(exitMessage.qualification());
    exit.guestLinearAddress(exitMessage.guestLinearAddress());
    exit.interruptionInfo((int) exitMessage.interruptionInfo());
    exit.interruptionErrorCode((int) exitMessage.interruptionErrorCode());
    exit.instructionLength((int) exitMessage.instructionLength());
    exit.instructionInfo((int) exitMessage.instructionInfo());
    exit.idtVectoringInfo((int) exitMessage.idtVectoringInfo());
    exit.idtVectoringErrorCode((int) exitMessage.idtVectoringErrorCode());
    Registers registers = exit.registers();
    check(exitMessage.cpl() <= Registers.MAX_CPL, "cpl: at most 3");
    registers.cpl(exitMessage.cpl());
    CpuModeDecoder mode = exitMessage.mode();
    registers.protectedMode(mode.protectedMode());
    registers.longMode(mode.longMode());
    registers.rip(exitMessage.rip());
    registers.rflags(exitMessage.rflags());
    for (int i = 0; i < Registers.GENERAL; i++) {
      registers.general(i, exitMessage.general(i));
    }
    for (int i = 0; i < Registers.XMM_HALVES; i++) {
      registers.xmmHalf(i, exitMessage.xmm(i));
    }
  }

  private Level from() {
    return switch (exitMessage.fromRaw()) {
      case 1 -> Level.L1;
      case 2 -> Level.L2;
      default -> throw new MalformedFrameException("from: L1 or L2");
    };
  }

  private void checkEnd(int limit) {
    check(limit <= frame.capacity(), LONGER_THAN_ITS_FRAME);
    check(limit == frame.capacity(), "the frame is longer than its message");
  }

  private static void check(boolean holds, String fault) {
    if (!holds) {
      throw new MalformedFrameException(fault);
    }
  }
}
