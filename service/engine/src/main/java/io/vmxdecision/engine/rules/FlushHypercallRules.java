package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.catalogue.CpuidWord;
import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.hyperv.VpSet;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.Control;
import java.util.List;

/**
 * Rules H: the flush hypercall when L0 handles it, from L2 (when eligible) or from L1. The first
 * rule that applies ends the call; if none does, rule M queues the flush. KVM {@code
 * kvm_hv_hypercall()} and {@code kvm_hv_flush_tlb()}.
 */
public final class FlushHypercallRules {
  public static final Rule H1 =
      new Rule(
          15,
          "H1",
          "CPL is not 0, or the vCPU is not in protected mode.",
          "#UD into the guest (an L1 that intercepts #UD gets it as an exit of its own); nothing else"
              + " happens.",
          "hyperv.c kvm_hv_hypercall()",
          "TLFS, Hypercall Interface: Legal Hypercall Environments",
          List.of(
              Input.State.CPL,
              Input.State.PROTECTED_MODE),
          decided -> "CPL " + decided.registers().cpl() + ", protected mode "
              + (decided.registers().isProtectedMode() ? "on" : "off"));

  public static final Rule H2 =
      new Rule(
          16,
          "H2",
          "CPUID is enforced, and enlightenments EAX (0x40000004) lacks bit 11 (Ex calls only) or bit 2.",
          "HV_STATUS_ACCESS_DENIED. It is L1's CPUID also for a call of L2.",
          "hyperv.c hv_check_hypercall_access()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.State.CPUID_ENFORCED,
              Input.of(
                  CpuidWord.ENLIGHTENMENTS_EAX, Cpuid.EX_PROCESSOR_MASKS | Cpuid.REMOTE_TLB_FLUSH),
              Input.control(HypercallControl.CODE)),
          decided -> enforcement(decided) + ", "
              + CpuidWord.ENLIGHTENMENTS_EAX.value(decided.snapshot().cpuid()) + ", call code "
              + Words.hex(decided.call().code().code()));

  public static final Rule H3 =
      new Rule(
          17,
          "H3",
          "A reserved bit of the control word is set: 31:27, 47:44 or 63:60.",
          "HV_STATUS_INVALID_HYPERCALL_INPUT.",
          "hyperv.c kvm_hv_hypercall()",
          "TLFS, Hypercall Inputs (which defines bit 31 as \"is nested\"; KVM has it reserved)",
          List.of(Input.control(HypercallControl.RESERVED | HypercallControl.NESTED.mask())),
          decided -> "control word " + Words.hex(decided.call().control()) + ", reserved bits set: "
              + Words.hex(decided.call().control() & decided.profile().reservedHypercallBits()));

  public static final Rule H4 =
      new Rule(
          18,
          "H4",
          "The call is fast, CPUID is enforced, and features EDX (0x40000003) lacks bit 4 (XMM input).",
          "#UD into the guest.",
          "hyperv.c kvm_hv_hypercall()",
          "TLFS, Hypercall Inputs: XMM Fast Hypercall Input",
          List.of(
              Input.control(HypercallControl.FAST),
              Input.State.CPUID_ENFORCED,
              Input.of(CpuidWord.FEATURES_EDX, Cpuid.XMM_INPUT)),
          decided -> (isFast(decided) ? "fast" : "slow") + " call (control word "
              + HypercallControl.FAST.bits() + "), " + enforcement(decided) + ", "
              + CpuidWord.FEATURES_EDX.value(decided.snapshot().cpuid()));

  public static final Rule H5 =
      new Rule(
          19,
          "H5",
          "The call is 0x0002 or 0x0003, and its variable header size (26:17) is not 0.",
          "HV_STATUS_INVALID_HYPERCALL_INPUT.",
          "hyperv.c kvm_hv_hypercall()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.control(HypercallControl.CODE), Input.control(HypercallControl.VARIABLE_HEADER_SIZE)),
          decided -> "control word "
              + Words.value(HypercallControl.VARIABLE_HEADER_SIZE, decided.call().control()));

  public static final Rule H6 =
      new Rule(
          20,
          "H6",
          "A list call has rep count (43:32) 0 or rep start (59:48) not 0; or a space call has either"
              + " not 0.",
          "HV_STATUS_INVALID_HYPERCALL_INPUT.",
          "hyperv.c kvm_hv_hypercall()",
          "TLFS, Hypercall Classes (which allows a rep start; KVM does not)",
          List.of(
              Input.control(HypercallControl.CODE),
              Input.control(HypercallControl.REP_COUNT),
              Input.control(HypercallControl.REP_START)),
          decided -> "control word "
              + Words.value(HypercallControl.REP_COUNT, decided.call().control()) + "; "
              + Words.value(HypercallControl.REP_START, decided.call().control()));

  public static final Rule H7 =
      new Rule(
          21,
          "H7",
          "A slow call of an L2 that runs on L1's EPT (secondary control bit 1): the page of the input"
              + " GPA, an L2 GPA, has no translation.",
          "HV_STATUS_INVALID_HYPERCALL_INPUT. Only the start is translated: a block that crosses a page"
              + " is read on from the next L1 GPA.",
          "hyperv.c kvm_hv_flush_tlb()",
          Rule.NOT_SPECIFIED,
          Input.all(
              List.of(Input.control(HypercallControl.FAST)),
              Input.of(Control.ENABLE_EPT),
              List.of(
                  Input.State.INPUT_GPA,
                  Input.State.INPUT_TRANSLATION)),
          decided -> "input GPA " + Words.hex(decided.call().input()) + " of L2 translates to "
              + (decided.decision().met(FlushHypercallRules.H7)
                  ? "nothing"
                  : Words.hex(decided.call().inputL1Gpa())));

  public static final Rule H8 =
      new Rule(
          22,
          "H8",
          "The header (24 bytes, 32 for the Ex calls) of a slow call is unreadable.",
          "HV_STATUS_INVALID_HYPERCALL_INPUT.",
          "hyperv.c kvm_hv_flush_tlb()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.control(HypercallControl.CODE),
              Input.control(HypercallControl.FAST),
              Input.State.INPUT_GPA,
              Input.State.HEADER),
          decided -> memory(
              "header of " + headerWords(decided.call()) * Long.BYTES + " bytes",
              FlushHypercallRules.H8,
              decided));

  public static final Rule H9 =
      new Rule(
          23,
          "H9",
          "The variable header size of an Ex call differs from the number of set bits of"
              + " valid_bank_mask.",
          "HV_STATUS_INVALID_HYPERCALL_INPUT, for every set format.",
          "hyperv.c kvm_hv_flush_tlb()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.control(HypercallControl.CODE),
              Input.control(HypercallControl.VARIABLE_HEADER_SIZE),
              Input.State.VALID_BANK_MASK),
          decided -> variableHeaderSize(decided) + ", valid_bank_mask = "
              + Words.hex(decided.call().processors().validBanksMask()) + " with "
              + decided.call().processors().bankCount() + " bits set");

  public static final Rule H10 =
      new Rule(
          24,
          "H10",
          "An Ex call with format 0 (sparse) has no banks.",
          "Success at once; nothing is flushed.",
          "hyperv.c kvm_hv_flush_tlb()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.control(HypercallControl.CODE),
              Input.State.FORMAT,
              Input.control(HypercallControl.VARIABLE_HEADER_SIZE)),
          decided -> "format = " + Words.hex(decided.call().format()) + ", "
              + variableHeaderSize(decided));

  public static final Rule H11 =
      new Rule(
          25,
          "H11",
          "The banks of an Ex call with format 0 (sparse) cannot be had: more than the XMM halves left"
              + " (fast), or unreadable (slow).",
          "HV_STATUS_INVALID_HYPERCALL_INPUT. (More than 64 banks would also end here, but H9 lets none"
              + " through.)",
          "hyperv.c kvm_get_sparse_vp_set(), kvm_hv_get_hc_data()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.control(HypercallControl.CODE),
              Input.control(HypercallControl.FAST),
              Input.control(HypercallControl.VARIABLE_HEADER_SIZE),
              Input.State.FORMAT,
              Input.State.XMM,
              Input.State.BANKS),
          decided -> input(
              HypercallControl.variableHeaderSize(decided.call().control()) + " banks",
              FlushHypercallRules.H11,
              decided));

  public static final Rule H12 =
      new Rule(
          26,
          "H12",
          "The entries of a list call with rep count up to 15 cannot be had: more than the XMM halves"
              + " left (fast), or unreadable (slow).",
          "HV_STATUS_INVALID_HYPERCALL_INPUT. A longer list is not read: it flushes all.",
          "hyperv.c kvm_hv_get_tlb_flush_entries(), kvm_hv_get_hc_data()",
          Rule.NOT_SPECIFIED,
          List.of(
              Input.control(HypercallControl.CODE),
              Input.control(HypercallControl.FAST),
              Input.control(HypercallControl.VARIABLE_HEADER_SIZE),
              Input.control(HypercallControl.REP_COUNT),
              Input.State.XMM,
              Input.State.LIST),
          decided -> input(
              HypercallControl.repCount(decided.call().control()) + " list entries",
              FlushHypercallRules.H12,
              decided));

  /** H1 to H12, in the order in which they are looked at. */
  static final List<Rule> H = List.of(H1, H2, H3, H4, H5, H6, H7, H8, H9, H10, H11, H12);

  private static final int MASK_HEADER_WORDS = 3;
  private static final int SET_HEADER_WORDS = 4;

  /** XMM halves that the header of a fast call takes: the mask, or format and bank mask. */
  private static final int MASK_HEADER_HALVES = 1;

  private static final int SET_HEADER_HALVES = 2;

  private static final long FORMAT_SPARSE_4K = 0;
  private static final long FLAG_ALL_PROCESSORS = 1;

  private FlushHypercallRules() {}

  /** Handles the call {@code code} and completes it (rules C). */
  public static void handle(
      Profile profile, Snapshot snapshot, VmExit exit, FlushCode code, Decision decision) {
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
    if (decision.record(H3, (request.control() & profile.reservedHypercallBits()) != 0)) {
      CompletionRules.complete(
          snapshot, exit, HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT, decision);
      return;
    }
    if (lacksXmmInput(snapshot.cpuid(), request, decision)) {
      CompletionRules.raiseInvalidOpcode(exit, decision);
      return;
    }
    boolean invalid =
        hasInvalidShape(request, decision) || !flush(profile, snapshot, exit, request, decision);
    CompletionRules.complete(
        snapshot,
        exit,
        invalid
            ? HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT
            : HypercallStatus.HV_STATUS_SUCCESS,
        decision);
  }

  /** Starts {@code request} with the three words of the call, by the register conventions of the TLFS. */
  public static void readRegisters(Registers registers, FlushCode code, FlushRequest request) {
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
    return (registers.general(high) << Integer.SIZE) | (registers.general(low) & Registers.LOW_32);
  }

  private static boolean raisesInvalidOpcodeByMode(Registers registers, Decision decision) {
    return decision.record(H1, registers.cpl() != 0 || !registers.isProtectedMode());
  }

  private static boolean isRefused(Cpuid cpuid, FlushRequest request, Decision decision) {
    int needed =
        request.code().isExtended()
            ? Cpuid.EX_PROCESSOR_MASKS | Cpuid.REMOTE_TLB_FLUSH
            : Cpuid.REMOTE_TLB_FLUSH;
    return decision.record(
        H2, cpuid.isEnforced() && (cpuid.enlightenmentsEax() & needed) != needed);
  }

  private static boolean lacksXmmInput(Cpuid cpuid, FlushRequest request, Decision decision) {
    return decision.record(
        H4,
        HypercallControl.isFast(request.control())
            && cpuid.isEnforced()
            && (cpuid.featuresEdx() & Cpuid.XMM_INPUT) == 0);
  }

  private static boolean hasInvalidShape(FlushRequest request, Decision decision) {
    long control = request.control();
    if (!request.code().isExtended()
        && decision.record(H5, HypercallControl.variableHeaderSize(control) != 0)) {
      return true;
    }
    int repCount = HypercallControl.repCount(control);
    int repStart = HypercallControl.repStart(control);
    return decision.record(
        H6, repStart != 0 || (request.code().isList() ? repCount == 0 : repCount != 0));
  }

  /** Rules H7 to H12 and M; false when one of H7, H8, H9, H11 and H12 applies. */
  private static boolean flush(
      Profile profile, Snapshot snapshot, VmExit exit, FlushRequest request, Decision decision) {
    if (!translateInput(snapshot, exit.from(), request, decision)
        || !readHeader(snapshot, exit, request, decision)) {
      return false;
    }
    int consumed = 0; // XMM halves of a fast call, 8-byte words of a slow one
    if (request.code().isExtended()) {
      int variableHeaderSize = HypercallControl.variableHeaderSize(request.control());
      if (decision.record(H9, variableHeaderSize != request.processors().bankCount())) {
        return false;
      }
      boolean sparse = request.format() == FORMAT_SPARSE_4K;
      if (sparse && decision.record(H10, variableHeaderSize == 0)) {
        return true;
      }
      if (sparse && !readBanks(profile, snapshot, exit, request, variableHeaderSize, decision)) {
        return false;
      }
      consumed = variableHeaderSize; // skipped over where they are not read
    }
    if (!readList(profile, snapshot, exit, request, consumed, decision)) {
      return false;
    }
    TlbMutationRules.queue(profile, snapshot, exit.from(), request, decision);
    return true;
  }

  private static boolean translateInput(
      Snapshot snapshot, Level from, FlushRequest request, Decision decision) {
    if (HypercallControl.isFast(request.control())
        || from != Level.L2
        || !snapshot.evmcs().has(Control.ENABLE_EPT)) {
      return true;
    }
    long gpa = snapshot.translations().translate(request.input());
    request.inputL1Gpa(gpa);
    return !decision.record(H7, gpa == PageTranslations.NONE);
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
      if (decision.record(
          H8, !memory.read(request.inputL1Gpa(), header, headerWords(request)))) {
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
      Profile profile,
      Snapshot snapshot,
      VmExit exit,
      FlushRequest request,
      int count,
      Decision decision) {
    int wanted = count;
    if (profile.has(Departure.FEWER_VCPUS) && !HypercallControl.isFast(request.control())) {
      int most = profile.mostVcpus() / VpSet.BANK_SIZE;
      decision.record(DepartureRules.P4, count > most);
      wanted = Math.min(count, most);
    }
    boolean read = readWords(snapshot, exit, request, 0, wanted, request.processors().banks());
    return !decision.record(H11, !read);
  }

  private static boolean readList(
      Profile profile,
      Snapshot snapshot,
      VmExit exit,
      FlushRequest request,
      int consumed,
      Decision decision) {
    int count = HypercallControl.repCount(request.control());
    if (!request.code().isList() || count > profile.longestList() || profile.has(Departure.NO_FLUSH_QUEUES)) {
      return true; // one "flush all"
    }
    boolean read = readWords(snapshot, exit, request, consumed, count, request.entries());
    if (decision.record(H12, !read)) {
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
    if (!HypercallControl.isFast(request.control())) {
      int words = headerWords(request) + skip;
      long gpa = request.inputL1Gpa() + (long) words * Long.BYTES;
      return snapshot.memory().read(gpa, destination, count);
    }
    int first = (request.code().isExtended() ? SET_HEADER_HALVES : MASK_HEADER_HALVES) + skip;
    if (count > Registers.XMM_HALVES - first) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      destination[i] = exit.registers().xmmHalf(first + i);
    }
    return true;
  }

  private static int headerWords(FlushRequest request) {
    return request.code().isExtended() ? SET_HEADER_WORDS : MASK_HEADER_WORDS;
  }

  private static boolean isFast(Decided decided) {
    return HypercallControl.isFast(decided.call().control());
  }

  private static String enforcement(Decided decided) {
    return decided.snapshot().cpuid().isEnforced() ? "CPUID is enforced" : "CPUID is not enforced";
  }

  private static String variableHeaderSize(Decided decided) {
    return HypercallControl.VARIABLE_HEADER_SIZE.name() + " = "
        + HypercallControl.variableHeaderSize(decided.call().control());
  }

  private static String memory(String what, Rule failure, Decided decided) {
    return what + " at L1 GPA " + Words.hex(decided.call().inputL1Gpa())
        + (decided.decision().met(failure) ? ": unreadable" : ": read");
  }

  private static String input(String what, Rule failure, Decided decided) {
    if (!isFast(decided)) {
      return memory(what + " behind the header", failure, decided);
    }
    return what
        + (decided.decision().met(failure) ? ": more than the XMM halves left" : ": in the XMM halves left");
  }
}
