package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.snapshot.Cpuid;
import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.ExecutionControl;
import io.vmxdecision.engine.view.FlushCode;
import io.vmxdecision.engine.view.HypercallControl;
import io.vmxdecision.engine.view.HypercallStatus;

/**
 * Rules H: the flush hypercall when L0 handles it, from L2 (when eligible) or from L1. The first
 * rule that applies ends the call; if none does, rule M queues the flush. KVM {@code
 * kvm_hv_hypercall()} and {@code kvm_hv_flush_tlb()}.
 */
public final class FlushHypercallRules {
  private static final int MASK_HEADER_WORDS = 3;
  private static final int SET_HEADER_WORDS = 4;

  /** XMM halves that the header of a fast call takes: the mask, or format and bank mask. */
  private static final int MASK_HEADER_HALVES = 1;

  private static final int SET_HEADER_HALVES = 2;

  private static final long FORMAT_SPARSE_4K = 0;
  private static final long FLAG_ALL_PROCESSORS = 1;
  private static final long LOW_32 = 0xffff_ffffL;

  private FlushHypercallRules() {}

  /** Handles the call {@code code} and completes it (rules C). */
  public static void handle(Snapshot snapshot, VmExit exit, FlushCode code, Decision decision) {
    decision.hypercall().handled(true);
    FlushRequest request = decision.hypercall().request();
    readRegisters(exit.registers(), code, request);
    if (raisesInvalidOpcodeByMode(exit.registers(), decision)) {
      CompletionRules.raiseInvalidOpcode(exit, decision);
      return;
    }
    if (isRefused(snapshot.cpuid(), request, decision)) {
      CompletionRules.complete(snapshot, exit, HypercallStatus.HV_STATUS_ACCESS_DENIED, decision);
      return;
    }
    if (decision.record(Rule.H3, (request.control() & HypercallControl.RESERVED) != 0)) {
      CompletionRules.complete(
          snapshot, exit, HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT, decision);
      return;
    }
    if (lacksXmmInput(snapshot.cpuid(), request, decision)) {
      CompletionRules.raiseInvalidOpcode(exit, decision);
      return;
    }
    boolean invalid =
        hasInvalidShape(request, decision) || !flush(snapshot, exit, request, decision);
    CompletionRules.complete(
        snapshot,
        exit,
        invalid
            ? HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT
            : HypercallStatus.HV_STATUS_SUCCESS,
        decision);
  }

  private static void readRegisters(Registers registers, FlushCode code, FlushRequest request) {
    if (registers.isLongMode()) {
      request.reset(
          code,
          registers.general(Registers.RCX),
          registers.general(Registers.RDX),
          registers.general(Registers.R8));
    } else {
      request.reset(
          code,
          pair(registers, Registers.RDX, Registers.RAX),
          pair(registers, Registers.RBX, Registers.RCX),
          pair(registers, Registers.RDI, Registers.RSI));
    }
  }

  private static long pair(Registers registers, int high, int low) {
    return (registers.general(high) << Integer.SIZE) | (registers.general(low) & LOW_32);
  }

  private static boolean raisesInvalidOpcodeByMode(Registers registers, Decision decision) {
    return decision.record(Rule.H1, registers.cpl() != 0 || !registers.isProtectedMode());
  }

  private static boolean isRefused(Cpuid cpuid, FlushRequest request, Decision decision) {
    int needed =
        request.code().isExtended()
            ? Cpuid.EX_PROCESSOR_MASKS | Cpuid.REMOTE_TLB_FLUSH
            : Cpuid.REMOTE_TLB_FLUSH;
    return decision.record(
        Rule.H2, cpuid.isEnforced() && (cpuid.enlightenmentsEax() & needed) != needed);
  }

  private static boolean lacksXmmInput(Cpuid cpuid, FlushRequest request, Decision decision) {
    return decision.record(
        Rule.H4,
        HypercallControl.isFast(request.control())
            && cpuid.isEnforced()
            && (cpuid.featuresEdx() & Cpuid.XMM_INPUT) == 0);
  }

  private static boolean hasInvalidShape(FlushRequest request, Decision decision) {
    long control = request.control();
    if (!request.code().isExtended()
        && decision.record(Rule.H5, HypercallControl.variableHeaderSize(control) != 0)) {
      return true;
    }
    int repCount = HypercallControl.repCount(control);
    int repStart = HypercallControl.repStart(control);
    return decision.record(
        Rule.H6, repStart != 0 || (request.code().isList() ? repCount == 0 : repCount != 0));
  }

  /** Rules H7 to H12 and M; false when one of H7, H8, H9, H11 and H12 applies. */
  private static boolean flush(
      Snapshot snapshot, VmExit exit, FlushRequest request, Decision decision) {
    if (!translateInput(snapshot, exit.from(), request, decision)
        || !readHeader(snapshot, exit, request, decision)) {
      return false;
    }
    int consumed = 0; // XMM halves of a fast call, 8-byte words of a slow one
    if (request.code().isExtended()) {
      int variableHeaderSize = HypercallControl.variableHeaderSize(request.control());
      if (decision.record(Rule.H9, variableHeaderSize != request.processors().bankCount())) {
        return false;
      }
      boolean sparse = request.format() == FORMAT_SPARSE_4K;
      if (sparse && decision.record(Rule.H10, variableHeaderSize == 0)) {
        return true;
      }
      if (sparse && !readBanks(snapshot, exit, request, variableHeaderSize, decision)) {
        return false;
      }
      consumed = variableHeaderSize; // skipped over where they are not read
    }
    if (!readList(snapshot, exit, request, consumed, decision)) {
      return false;
    }
    TlbMutationRules.queue(snapshot, exit.from(), request, decision);
    return true;
  }

  private static boolean translateInput(
      Snapshot snapshot, Level from, FlushRequest request, Decision decision) {
    if (HypercallControl.isFast(request.control())
        || from != Level.L2
        || !snapshot.evmcs().has(ExecutionControl.ENABLE_EPT)) {
      return true;
    }
    long gpa = snapshot.translations().translate(request.input());
    request.inputL1Gpa(gpa);
    return !decision.record(Rule.H7, gpa == PageTranslations.NONE);
  }

  private static boolean readHeader(
      Snapshot snapshot, VmExit exit, FlushRequest request, Decision decision) {
    boolean extended = request.code().isExtended();
    long[] header = request.header();
    if (HypercallControl.isFast(request.control())) {
      Registers registers = exit.registers();
      header[0] = request.input();
      header[1] = request.output();
      header[2] = registers.xmmHalf(0);
      header[3] = registers.xmmHalf(1);
    } else {
      GuestMemory memory = snapshot.memory();
      int words = extended ? SET_HEADER_WORDS : MASK_HEADER_WORDS;
      if (decision.record(Rule.H8, !memory.read(request.inputL1Gpa(), header, words))) {
        return false;
      }
    }
    if (extended) {
      request.takeSetHeader();
      request.allProcessors(request.format() != FORMAT_SPARSE_4K);
    } else {
      request.takeMaskHeader();
      // Mask 0 means all: Windows Server 2012 sends it and expects a flush (KVM da66761c2d93).
      request.allProcessors(
          (request.flags() & FLAG_ALL_PROCESSORS) != 0 || request.processors().banks()[0] == 0);
    }
    return true;
  }

  private static boolean readBanks(
      Snapshot snapshot, VmExit exit, FlushRequest request, int count, Decision decision) {
    boolean read = readWords(snapshot, exit, request, 0, count, request.processors().banks());
    return !decision.record(Rule.H11, !read);
  }

  private static boolean readList(
      Snapshot snapshot, VmExit exit, FlushRequest request, int consumed, Decision decision) {
    int count = HypercallControl.repCount(request.control());
    if (!request.code().isList() || count > FlushRequest.MAX_ENTRIES) {
      return true; // one "flush all"
    }
    boolean read = readWords(snapshot, exit, request, consumed, count, request.entries());
    if (decision.record(Rule.H12, !read)) {
      return false;
    }
    request.entryCount(count);
    return true;
  }

  /**
   * Reads {@code count} words that stand {@code skip} words behind the header, from the XMM halves or
   * from memory.
   *
   * @return false when there are fewer halves, or a byte is unreadable
   */
  private static boolean readWords(
      Snapshot snapshot,
      VmExit exit,
      FlushRequest request,
      int skip,
      int count,
      long[] destination) {
    boolean extended = request.code().isExtended();
    if (!HypercallControl.isFast(request.control())) {
      int words = (extended ? SET_HEADER_WORDS : MASK_HEADER_WORDS) + skip;
      long gpa = request.inputL1Gpa() + (long) words * Long.BYTES;
      return snapshot.memory().read(gpa, destination, count);
    }
    int first = (extended ? SET_HEADER_HALVES : MASK_HEADER_HALVES) + skip;
    if (count > Registers.XMM_HALVES - first) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      destination[i] = exit.registers().xmmHalf(first + i);
    }
    return true;
  }
}
