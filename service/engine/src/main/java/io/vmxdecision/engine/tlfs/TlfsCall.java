package io.vmxdecision.engine.tlfs;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.decision.FlushEntry;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.rules.FlushHypercallRules;
import io.vmxdecision.engine.vmx.Control;

/**
 * Rules T2 to T10 and T12: a flush hypercall as the TLFS describes it. All errors are looked for, as any of them
 * may be the outcome.
 */
final class TlfsCall {
  private static final int MASK_HEADER_WORDS = 3;
  private static final int SET_HEADER_WORDS = 4;
  private static final int MOST_FAST_BYTES = 112;
  private static final int INPUT_ALIGNMENT = 8;
  private static final int PAGE_BYTES = 4096;
  private static final int EXTENDED_GVA_RANGES = 1 << 14;
  private static final long FLAG_ALL_PROCESSORS = 1;
  static final long FLAG_ALL_SPACES = 1 << 1;
  static final long FLAG_NON_GLOBAL = 1 << 2;
  private static final long FLAG_EXTENDED_RANGES = 1 << 3;
  private static final long DEFINED_FLAGS = FLAG_ALL_PROCESSORS | FLAG_ALL_SPACES | FLAG_NON_GLOBAL;
  private static final long RESERVED_SPACE_BITS = 0x1ff0_0000_0000_0000L;
  private static final long FORMAT_SPARSE = 0;
  private static final long FORMAT_ALL = 1;

  private TlfsCall() {}

  static void execute(Snapshot snapshot, VmExit exit, FlushCode code, TlfsDecision decision) {
    FlushRequest request = decision.request();
    FlushHypercallRules.readRegisters(exit.registers(), code, request);
    decision.looks(TlfsRule.T2);
    if (exit.registers().cpl() != 0 || !exit.registers().isProtectedMode()) {
      fail(TlfsRule.T2, TlfsOutcome.INVALID_OPCODE, decision);
      decision.mutationsKnown();
      return;
    }
    checkControl(request, decision);
    checkFast(snapshot.cpuid(), exit.from(), request, decision);
    boolean maybeNobody =
        readHeader(snapshot, exit, request, decision) && checkParameters(snapshot.cpuid(), request, decision);
    boolean fails = !decision.allowed().isEmpty();
    if (fails) {
      if (decision.allowed().size() > 1) {
        decision.speaks(TlfsRule.T12);
      }
      decision.mutationsKnown();
    }
    if (isOpen(decision)) {
      decision.allowed().clear();
      return;
    }
    if (fails) {
      return;
    }
    decision.allow(TlfsOutcome.HV_STATUS_SUCCESS);
    decision.mutationsKnown();
    if (maybeNobody) {
      fail(TlfsRule.T7, TlfsOutcome.HV_STATUS_INVALID_PARAMETER, decision);
      return;
    }
    decision.speaks(TlfsRule.T10);
    readList(snapshot, exit, request, decision);
    findTargets(snapshot, exit.from(), request, decision);
  }

  private static boolean isOpen(TlfsDecision decision) {
    return decision.openQuestions().contains(OpenQuestion.EXTENDED_SET)
        || decision.openQuestions().contains(OpenQuestion.LONG_FAST_INPUT)
        || decision.openQuestions().contains(OpenQuestion.EXTENDED_RANGES);
  }

  /** Rules T3 and T5. */
  private static void checkControl(FlushRequest request, TlfsDecision decision) {
    decision.looks(TlfsRule.T3);
    decision.looks(TlfsRule.T5);
    long control = request.control();
    if ((control & HypercallControl.RESERVED) != 0) {
      fail(TlfsRule.T3, TlfsOutcome.HV_STATUS_INVALID_HYPERCALL_INPUT, decision);
    } else if (HypercallControl.NESTED.of(control) != 0) {
      decision.speaks(TlfsRule.T3); // that it is no error
    }
    int count = HypercallControl.repCount(control);
    int start = HypercallControl.repStart(control);
    boolean variable = !request.code().isExtended() && HypercallControl.variableHeaderSize(control) != 0;
    boolean reps = request.code().isList() ? start >= count : count != 0 || start != 0;
    if (variable || reps) {
      fail(TlfsRule.T5, TlfsOutcome.HV_STATUS_INVALID_HYPERCALL_INPUT, decision);
    } else if (start != 0) {
      decision.speaks(TlfsRule.T5);
    }
  }

  /** Rule T4. */
  private static void checkFast(
      Cpuid cpuid, Level from, FlushRequest request, TlfsDecision decision) {
    decision.looks(TlfsRule.T4);
    if (request.code().isExtended()
        && (cpuid.enlightenmentsEax() & Cpuid.EX_PROCESSOR_MASKS) == 0) {
      decision.ask(OpenQuestion.EXTENDED_SET);
    }
    if (!isFast(request)) {
      return;
    }
    if (from == Level.L1 && (cpuid.featuresEdx() & Cpuid.XMM_INPUT) == 0) {
      fail(TlfsRule.T4, TlfsOutcome.INVALID_OPCODE, decision);
    }
    if (bytes(request) > MOST_FAST_BYTES) {
      decision.ask(OpenQuestion.LONG_FAST_INPUT);
    }
  }

  /**
   * Rule T6, and the header, the banks and the mask.
   *
   * @return whether they could be read
   */
  private static boolean readHeader(
      Snapshot snapshot, VmExit exit, FlushRequest request, TlfsDecision decision) {
    long[] header = request.header();
    if (isFast(request)) {
      header[0] = request.input();
      header[1] = request.output();
      header[2] = exit.registers().xmmHalf(0);
      header[3] = exit.registers().xmmHalf(1);
      return takeHeader(snapshot, exit, request);
    }
    decision.looks(TlfsRule.T6);
    boolean misplaced =
        request.input() % INPUT_ALIGNMENT != 0
            || GuestPage.offset(request.input()) + bytes(request) > PAGE_BYTES;
    if (misplaced) {
      fail(TlfsRule.T6, TlfsOutcome.HV_STATUS_INVALID_ALIGNMENT, decision);
    }
    boolean nested = exit.from() == Level.L2 && snapshot.evmcs().has(Control.ENABLE_EPT);
    long gpa = nested ? snapshot.translations().translate(request.input()) : request.input();
    request.inputL1Gpa(gpa);
    boolean mapped = !nested || gpa != PageTranslations.NONE;
    if (misplaced) {
      boolean inPage = GuestPage.offset(request.input()) + headerBytes(request) <= PAGE_BYTES;
      return mapped
          && inPage
          && snapshot.memory().read(gpa, header, headerWords(request))
          && takeHeader(snapshot, exit, request);
    }
    if (!mapped || !snapshot.memory().covers(gpa, bytes(request))) {
      fail(TlfsRule.T6, TlfsOutcome.MEMORY_INTERCEPT, decision);
    }
    return mapped
        && snapshot.memory().read(gpa, header, headerWords(request))
        && takeHeader(snapshot, exit, request);
  }

  /** What cannot be read of the banks is an error elsewhere, so that nobody asks for them. */
  private static boolean takeHeader(Snapshot snapshot, VmExit exit, FlushRequest request) {
    if (!request.code().isExtended()) {
      request.takeMaskHeader();
      request.allProcessors((request.flags() & FLAG_ALL_PROCESSORS) != 0);
      return true;
    }
    request.takeSetHeader();
    request.allProcessors(
        (request.flags() & FLAG_ALL_PROCESSORS) != 0 || request.format() == FORMAT_ALL);
    int banks = HypercallControl.variableHeaderSize(request.control());
    if (!request.isAllProcessors() && banks == request.processors().bankCount()) {
      for (int i = 0; i < banks; i++) {
        request.processors().banks()[i] = word(snapshot, exit, request, SET_HEADER_WORDS + i);
      }
    }
    return true;
  }

  /**
   * Rule T7.
   *
   * @return whether the call names nobody, which is an error or none
   */
  private static boolean checkParameters(
      Cpuid cpuid, FlushRequest request, TlfsDecision decision) {
    decision.looks(TlfsRule.T7);
    boolean list = request.code().isList();
    long undefined = request.flags() & ~DEFINED_FLAGS;
    if (list
        && (undefined & FLAG_EXTENDED_RANGES) != 0
        && (cpuid.featuresEdx() & EXTENDED_GVA_RANGES) != 0) {
      decision.ask(OpenQuestion.EXTENDED_RANGES);
      undefined &= ~FLAG_EXTENDED_RANGES;
    }
    boolean badSpace =
        (request.flags() & FLAG_ALL_SPACES) == 0 && (request.addressSpace() & RESERVED_SPACE_BITS) != 0;
    if (undefined != 0 || badSpace || (list && (request.flags() & FLAG_NON_GLOBAL) != 0)) {
      fail(TlfsRule.T7, TlfsOutcome.HV_STATUS_INVALID_PARAMETER, decision);
    }
    if (request.isAllProcessors()) {
      if (request.code().isExtended()) {
        decision.speaks(TlfsRule.T7);
      }
      return false;
    }
    if (!request.code().isExtended()) {
      return request.processors().banks()[0] == 0;
    }
    if (request.format() != FORMAT_SPARSE) {
      fail(TlfsRule.T7, TlfsOutcome.HV_STATUS_INVALID_PARAMETER, decision);
    }
    if (HypercallControl.variableHeaderSize(request.control()) != request.processors().bankCount()) {
      fail(TlfsRule.T7, TlfsOutcome.HV_STATUS_INVALID_HYPERCALL_INPUT, decision);
      fail(TlfsRule.T7, TlfsOutcome.HV_STATUS_INVALID_PARAMETER, decision);
    }
    return request.processors().bankCount() == 0;
  }

  /** Rule T9: the elements from the rep start on. */
  private static void readList(
      Snapshot snapshot, VmExit exit, FlushRequest request, TlfsDecision decision) {
    decision.speaks(TlfsRule.T9);
    if (!request.code().isList()) {
      return;
    }
    int behind = headerWords(request) + variableWords(request);
    int count = HypercallControl.repCount(request.control());
    for (int i = HypercallControl.repStart(request.control()); i < count; i++) {
      decision.element(word(snapshot, exit, request, behind + i));
    }
  }

  /** Rule T8. */
  private static void findTargets(
      Snapshot snapshot, Level from, FlushRequest request, TlfsDecision decision) {
    decision.speaks(TlfsRule.T8);
    VirtualProcessors vcpus = snapshot.vcpus();
    for (int vcpu = 0; vcpu < vcpus.count(); vcpu++) {
      int number = vcpus.vpIndex(vcpu);
      boolean sameVm = true;
      if (from == Level.L2) {
        boolean caller = vcpu == snapshot.vcpu();
        number = caller ? snapshot.evmcs().vpId() : vcpus.vpId(vcpu);
        sameVm = caller || vcpus.vmId(vcpu) == snapshot.evmcs().vmId();
      }
      if (sameVm && (request.isAllProcessors() || request.processors().contains(number))) {
        decision.target(vcpu, vcpus.count());
      }
    }
    for (int i = 0; decision.targetCount() != 0 && i < decision.elementCount(); i++) {
      if (isPartlyCanonical(decision.element(i), snapshot.hasHostLa57())) {
        decision.ask(OpenQuestion.TLB_MUTATIONS);
      }
    }
  }

  private static boolean isPartlyCanonical(long element, boolean la57) {
    return !FlushEntry.isSkipped(element, la57, true)
        && FlushEntry.pages(element, la57, true) != FlushEntry.pages(element, la57, false);
  }

  /** Word {@code index} of the input, which can be read: 0 the address space. */
  private static long word(Snapshot snapshot, VmExit exit, FlushRequest request, int index) {
    if (isFast(request)) {
      int half = index - 2;
      return half < Registers.XMM_HALVES ? exit.registers().xmmHalf(half) : 0;
    }
    long[] one = request.header(); // taken over by now
    return snapshot.memory().read(request.inputL1Gpa() + (long) index * Long.BYTES, one, 1) ? one[0] : 0;
  }

  private static void fail(TlfsRule rule, TlfsOutcome outcome, TlfsDecision decision) {
    decision.speaks(rule);
    decision.allow(outcome);
  }

  /** The size of the input in bytes, at most 41,000: header, banks and list. */
  static int bytes(FlushRequest request) {
    int list = request.code().isList() ? HypercallControl.repCount(request.control()) : 0;
    return (headerWords(request) + variableWords(request) + list) * Long.BYTES;
  }

  private static int headerBytes(FlushRequest request) {
    return headerWords(request) * Long.BYTES;
  }

  private static int headerWords(FlushRequest request) {
    return request.code().isExtended() ? SET_HEADER_WORDS : MASK_HEADER_WORDS;
  }

  private static int variableWords(FlushRequest request) {
    return request.code().isExtended() ? HypercallControl.variableHeaderSize(request.control()) : 0;
  }

  static boolean isFast(FlushRequest request) {
    return HypercallControl.isFast(request.control());
  }
}
