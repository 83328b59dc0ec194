package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.catalogue.CpuidWord;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.decision.RuleSet;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.CapabilityBits;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.FlushHypercallRules;
import io.vmxdecision.engine.rules.RoutingRules;
import io.vmxdecision.engine.rules.Rules;
import io.vmxdecision.engine.vmx.CrAccess;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The single changes to what rules say that they read. Bits are turned over. What is no single bit gets one of
 * a few values, those that a rule tells apart:
 *
 * <ul>
 *   <li>a page that is given is taken away; one that is not is given by a field in it
 *   <li>enlighten_vmentry and TlbLockCount: 0 or 1; current_nested_vmcs: all ones, or 0x1000; revision_id: 0, or
 *       1; CPL: 3, or 0
 *   <li>the call code: each flush call, and 0x8, which is none
 *   <li>rep count: 0 or 1; rep start: 0 or 1; variable header size: 0, 1, or the number of banks of the call
 *   <li>reserved bits, and the format of a VP set: cleared where they are few, the lowest set where there is none
 *   <li>valid_bank_mask: its lowest bit cleared, its lowest clear bit set
 *   <li>a control register that L2 writes, its mask and its shadow: the bits that L1 owns and L2 changes, or
 *       where there are none those that have a name
 *   <li>a bitmap: the bit that is looked at; the injected event of an exit by the monitor trap flag: none, or a
 *       pending MTF VM-exit
 *   <li>memory that is missing is given as zeros up to the end of its page, a byte of a bitmap alone; a translation
 *       that is missing leads to the same address
 * </ul>
 *
 * <p>Not changed is what no verdict depends on, such as RIP, VmIds, queues and the list of a flush; the exit; and
 * addresses.
 */
final class Candidates {
  /** More set bits than that are not cleared by a set of changes. */
  private static final int FEW = MinimalSets.LARGEST;

  /** The code of HvCallNotifyLongSpinWait. */
  private static final int NO_FLUSH = 0x0008;

  private static final long PENDING_MTF = 0x8000_0700L;
  private static final long A_PAGE = 0x1000;
  private static final long ALL_ONES = -1L;
  private static final int VECTORS_IN_BITMAP = 32;
  private static final int LAST_LEAF_OF_ITS_OWN = 63;
  /** Of the header of an Ex call, in 8-byte words; a fast call has the two in XMM0. */
  private static final int FORMAT_WORD = 2;

  private static final int BANK_MASK_WORD = 3;
  private static final int HEADER_WORDS = 4;

  private final Machine machine;
  private final RoutingRules routing;
  private final int most;
  private final List<Change<Place>> changes = new ArrayList<>();
  private final Set<Change<Place>> known = new HashSet<>();
  private final RuleSet seen = new RuleSet();
  private final List<Rule> rules = new ArrayList<>();
  private final Set<Bit> bitmapBits = new LinkedHashSet<>();
  private final Set<Place.Region> missing = new LinkedHashSet<>();
  private final Set<Long> inputPages = new LinkedHashSet<>();
  private final Set<Long> headers = new LinkedHashSet<>();
  private boolean cut;

  /** A bit of a bitmap in L1's memory. */
  private record Bit(long gpa, int bit) {}

  Candidates(Profile profile, Machine machine, int most) {
    this.machine = machine;
    this.most = most;
    routing = RoutingRules.of(profile);
  }

  int count() {
    return changes.size();
  }

  Change<Place> get(int index) {
    return changes.get(index);
  }

  /** Whether there were more than the limit. */
  boolean isCut() {
    return cut;
  }

  /** Notes what {@code decision} looked at, which changes may have been made for. */
  void note(Decision decision) {
    for (Rule rule : Rules.all()) {
      if (decision.looked(rule) && !seen.contains(rule)) {
        seen.add(rule);
        rules.add(rule);
      }
    }
    if (decision.looked(RoutingRules.R)) {
      RoutingGround ground = decision.route().ground();
      if (ground == RoutingGround.BITMAP || ground == RoutingGround.BITMAP_UNREADABLE) {
        bitmapBits.add(new Bit(decision.route().gpa(), decision.route().bit()));
      }
    }
    if (decision.looked(FlushHypercallRules.H7)) {
      long input = decision.hypercall().request().input();
      inputPages.add(input - GuestPage.offset(input));
    }
    if (decision.looked(FlushHypercallRules.H8)) {
      noteInput(decision, decision.hypercall().request());
    }
  }

  private void noteInput(Decision decision, FlushRequest request) {
    headers.add(request.inputL1Gpa());
    if (decision.met(FlushHypercallRules.H8)
        || decision.met(FlushHypercallRules.H11)
        || decision.met(FlushHypercallRules.H12)) {
      int list = HypercallControl.repCount(request.control());
      int words =
          HEADER_WORDS
              + HypercallControl.variableHeaderSize(request.control())
              + (list <= Profile.LARGEST_FIFO ? list : 0);
      noteMissing(request.inputL1Gpa(), words * Long.BYTES);
    }
  }

  /** Notes the first of the bytes that are not there, with the rest of its page up to what is there. */
  private void noteMissing(long gpa, int length) {
    long end = gpa + length;
    long first = gpa;
    while (first != end && machine.snapshot.memory().u8(first) >= 0) {
      first++;
    }
    if (first == end) {
      return;
    }
    int count = 1;
    while (GuestPage.offset(first + count) != 0 && machine.snapshot.memory().u8(first + count) < 0) {
      count++;
    }
    missing.add(new Place.Region(first, count));
  }

  /** Makes candidates of what was noted. No change must be made now. */
  void grow() {
    for (Rule rule : rules) {
      boolean routes = rule.equals(RoutingRules.R);
      int reason = ExitReason.basic(machine.exit.reason());
      (routes ? routing.reads(reason) : rule.reads()).forEach(this::add);
    }
    rules.clear();
    for (Bit bit : bitmapBits) {
      int value = machine.snapshot.memory().u8(bit.gpa());
      if (value < 0) {
        missing.add(new Place.Region(bit.gpa(), 1));
      } else {
        bit(new Place.Memory(bit.gpa()), bit.bit(), value);
      }
    }
    bitmapBits.clear();
    missing.forEach(region -> change(region, Change.WHOLE, 0, 1));
    missing.clear();
    inputPages.forEach(this::translation);
    inputPages.clear();
  }

  private void add(Input input) {
    switch (input) {
      case Input.Field(PageField field, long mask) when mask != field.mask() ->
        bits(new Place.Field(field), mask, machine.value(field));
      case Input.Field(PageField field, long mask) -> number(field);
      case Input.Cpuid(CpuidWord word, int mask) ->
        bits(new Place.Cpuid(word), Integer.toUnsignedLong(mask), word.of(machine.snapshot.cpuid()));
      // Rule F5 reads the code in the register that it is in, others in the control word.
      case Input.General(int number, long mask) when mask == HypercallControl.CODE.mask() -> control(mask);
      case Input.ControlWord(long mask) -> control(mask);
      case Input.State state -> state(state);
      case Input.General general -> {}
      case Input.Word word -> {}
    }
  }

  private void number(PageField field) {
    long value = machine.value(field);
    Place place = new Place.Field(field);
    switch (field) {
      case VpAssistField.ENLIGHTEN_VMENTRY -> change(place, field.mask(), value, value == 0 ? 1 : 0);
      case VpAssistField.CURRENT_NESTED_VMCS ->
        change(place, field.mask(), value, value == ALL_ONES || value == ALL_ONES - 1 ? A_PAGE : ALL_ONES);
      case PartitionAssistField.TLB_LOCK_COUNT -> change(place, field.mask(), value, value == 0 ? 1 : 0);
      case EvmcsField.REVISION_ID -> change(
          place,
          field.mask(),
          value,
          EnlightenedVmcs.isKnownRevision((int) value) ? 0 : EnlightenedVmcs.REVISION_EVMCS_1);
      case EvmcsField.VM_ENTRY_INTR_INFO_FIELD ->
        change(place, field.mask(), value, value == PENDING_MTF ? 0 : PENDING_MTF);
      case EvmcsField.EXCEPTION_BITMAP -> bit(
          place,
          InterruptionInfo.vector(machine.exit.interruptionInfo()) % VECTORS_IN_BITMAP,
          value);
      case EvmcsField.ENCLS_EXITING_BITMAP -> {
        long leaf = machine.exit.registers().general(Registers.RAX) & Registers.LOW_32;
        bit(place, (int) Math.min(leaf, LAST_LEAF_OF_ITS_OWN), value);
      }
      case EvmcsField.CR0_GUEST_HOST_MASK, EvmcsField.CR0_READ_SHADOW -> controlRegister(0, place, value);
      case EvmcsField.CR4_GUEST_HOST_MASK, EvmcsField.CR4_READ_SHADOW -> controlRegister(4, place, value);
      default -> {} // an address, or an id on which no verdict depends
    }
  }

  private void state(Input.State state) {
    switch (state) {
      case VP_ASSIST_PAGE -> page(PageField.Page.VP_ASSIST_PAGE, VpAssistField.ENLIGHTEN_VMENTRY, 1);
      case EVMCS_PAGE -> page(PageField.Page.EVMCS, EvmcsField.REVISION_ID, EnlightenedVmcs.REVISION_EVMCS_1);
      case PARTITION_ASSIST_PAGE -> {
        page(PageField.Page.PARTITION_ASSIST_PAGE, PartitionAssistField.TLB_LOCK_COUNT, 0);
        if (!machine.isGiven(PageField.Page.PARTITION_ASSIST_PAGE)) {
          number(PartitionAssistField.TLB_LOCK_COUNT);
        }
      }
      case CPL -> {
        int cpl = machine.exit.registers().cpl();
        change(Place.State.CPL, Change.WHOLE, cpl, cpl == 0 ? Registers.MAX_CPL : 0);
      }
      case PROTECTED_MODE -> turn(Place.State.PROTECTED_MODE);
      case LONG_MODE -> turn(Place.State.LONG_MODE);
      case CPUID_ENFORCED -> turn(Place.State.CPUID_ENFORCED);
      case CPUID_FAULTING -> turn(Place.State.CPUID_FAULTING);
      case SGX -> turn(Place.State.SGX);
      case FORMAT -> headerWord(FORMAT_WORD);
      case VALID_BANK_MASK -> headerWord(BANK_MASK_WORD);
      case MOV_REGISTER -> movRegister();
      // Noted where they were looked at.
      case HEADER, BANKS, LIST, INPUT_TRANSLATION, MSR_BITMAP, IO_BITMAPS, VMCS_BITMAP -> {}
      // An address, a number, or something on which no verdict depends.
      case INPUT_GPA, XMM, CALL_AS_READ, VMCS_FIELD_REGISTER, WRITTEN_FIELDS, VCPU_CONTEXTS, TARGETS,
          QUEUE_LENGTHS,
          QUEUES ->
        {}
    }
  }

  /** Takes the page away, or gives it with a value in a field. */
  private void page(PageField.Page page, PageField field, long value) {
    if (machine.isGiven(page)) {
      change(new Place.Page(page), Change.WHOLE, 1, 0);
    } else {
      change(new Place.Field(field), field.mask(), 0, value);
    }
  }

  private void control(long mask) {
    if (mask == HypercallControl.CODE.mask()) {
      for (FlushCode code : FlushCode.values()) {
        controlValue(mask, code.code());
      }
      controlValue(mask, NO_FLUSH);
    } else if (mask == HypercallControl.FAST.mask()) {
      controlValue(mask, 0);
      controlValue(mask, 1);
    } else if (mask == HypercallControl.VARIABLE_HEADER_SIZE.mask()) {
      controlValue(mask, 0);
      controlValue(mask, 1);
      headerWords(BANK_MASK_WORD).forEach(banks -> controlValue(mask, Long.bitCount(banks)));
    } else if (mask == HypercallControl.REP_COUNT.mask() || mask == HypercallControl.REP_START.mask()) {
      controlValue(mask, 0);
      controlValue(mask, 1);
    } else {
      reserved(mask);
    }
  }

  /** The control word: RCX; outside 64-bit mode EDX:EAX. */
  private long controlWord() {
    Registers registers = machine.exit.registers();
    return registers.isLongMode()
        ? registers.general(Registers.RCX)
        : (registers.general(Registers.RDX) << Integer.SIZE)
            | (registers.general(Registers.RAX) & Registers.LOW_32);
  }

  /** Gives the bits of {@code mask}, which are a run within one half, another value. */
  private void controlValue(long mask, long value) {
    long before = controlWord() & mask;
    long after = value << Long.numberOfTrailingZeros(mask);
    if (before == after) {
      return;
    }
    if (machine.exit.registers().isLongMode()) {
      change(new Place.General(Registers.RCX), mask, before, after);
    } else if ((mask & Registers.LOW_32) != 0) {
      change(new Place.General(Registers.RAX), mask, before, after);
    } else {
      change(
          new Place.General(Registers.RDX),
          mask >>> Integer.SIZE,
          before >>> Integer.SIZE,
          after >>> Integer.SIZE);
    }
  }

  private void reserved(long mask) {
    long set = controlWord() & mask;
    if (set == 0) {
      controlValue(Long.lowestOneBit(mask), 1);
    }
    for (long rest = few(set); rest != 0; rest &= rest - 1) {
      controlValue(Long.lowestOneBit(rest), 0);
    }
  }

  private static long few(long set) {
    return Long.bitCount(set) <= FEW ? set : 0;
  }

  /** The values of a word of the header, as a fast call has it and wherever a slow one was seen to. */
  private List<Long> headerWords(int word) {
    List<Long> values = new ArrayList<>();
    values.add(machine.exit.registers().xmmHalf(word - FORMAT_WORD));
    long[] value = new long[1];
    for (long header : headers) {
      if (machine.snapshot.memory().read(header + (long) word * Long.BYTES, value, 1)) {
        values.add(value[0]);
      }
    }
    return values;
  }

  private void headerWord(int word) {
    boolean fast = HypercallControl.isFast(controlWord());
    if (fast) {
      int half = word - FORMAT_WORD;
      long value = machine.exit.registers().xmmHalf(half);
      bits(new Place.XmmHalf(half), headerBits(word, value), value);
      return;
    }
    long[] value = new long[1];
    for (long header : headers) {
      long gpa = header + (long) word * Long.BYTES;
      if (machine.snapshot.memory().read(gpa, value, 1)) {
        for (long rest = headerBits(word, value[0]); rest != 0; rest &= rest - 1) {
          int bit = Long.numberOfTrailingZeros(rest);
          long at = gpa + bit / Byte.SIZE;
          bit(new Place.Memory(at), bit % Byte.SIZE, machine.snapshot.memory().u8(at));
        }
      }
    }
  }

  private static long headerBits(int word, long value) {
    return word == BANK_MASK_WORD
        ? Long.lowestOneBit(value) | Long.lowestOneBit(~value)
        : value == 0 ? 1 : few(value);
  }

  private void translation(long l2Page) {
    long l1Page = machine.snapshot.translations().translate(l2Page);
    if (l1Page == PageTranslations.NONE) {
      change(new Place.Translation(l2Page, l2Page), Change.WHOLE, 0, 1);
    } else {
      change(new Place.Translation(l2Page, l1Page), Change.WHOLE, 1, 0);
    }
  }

  private void controlRegister(int register, Place place, long value) {
    long qualification = machine.exit.qualification();
    boolean ofCr0 = CrAccess.type(qualification) >= CrAccess.CLTS; // and LMSW
    if (ofCr0 ? register == 0 : CrAccess.register(qualification) == register) {
      bits(place, controlRegisterBits(register), value);
    }
  }

  private void movRegister() {
    long qualification = machine.exit.qualification();
    int register = CrAccess.register(qualification);
    if (CrAccess.type(qualification) == CrAccess.MOV_TO_CR && (register == 0 || register == 4)) {
      int source = CrAccess.generalRegister(qualification);
      bits(
          new Place.General(source),
          controlRegisterBits(register),
          machine.exit.registers().general(source));
    }
  }

  /** The bits of CR0 or CR4 that L1 owns and L2 changes; where there are none, those that have a name. */
  private long controlRegisterBits(int register) {
    boolean cr0 = register == 0;
    long mask = machine.value(cr0 ? EvmcsField.CR0_GUEST_HOST_MASK : EvmcsField.CR4_GUEST_HOST_MASK);
    long shadow = machine.value(cr0 ? EvmcsField.CR0_READ_SHADOW : EvmcsField.CR4_READ_SHADOW);
    VmExit exit = machine.exit;
    long changed =
        switch (CrAccess.type(exit.qualification())) {
          case CrAccess.MOV_TO_CR ->
            exit.registers().operand(CrAccess.generalRegister(exit.qualification())) ^ shadow;
          case CrAccess.LMSW -> CrAccess.lmswSource(exit.qualification()) ^ shadow;
          default -> shadow;
        };
    long owned = mask & changed;
    return owned == 0 ? named(cr0 ? Capability.VMX_CR0_FIXED1 : Capability.VMX_CR4_FIXED1) : few(owned);
  }

  private static long named(Capability register) {
    return CapabilityBits.of(register).stream().mapToLong(CapabilityBits::mask).reduce(0, (a, b) -> a | b);
  }

  private void turn(Place.State state) {
    long value = machine.value(state);
    change(state, Change.WHOLE, value, 1 - value);
  }

  /** Turns over each bit of {@code mask}. */
  private void bits(Place place, long mask, long value) {
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      bit(place, Long.numberOfTrailingZeros(rest), value);
    }
  }

  private void bit(Place place, int bit, long value) {
    long mask = 1L << bit;
    change(place, mask, value & mask, ~value & mask);
  }

  private void change(Place place, long mask, long from, long to) {
    Change<Place> change = new Change<>(place, mask, from, to);
    if (!known.add(change)) {
      return;
    }
    if (changes.size() < most) {
      changes.add(change);
    } else {
      cut = true;
    }
  }
}
