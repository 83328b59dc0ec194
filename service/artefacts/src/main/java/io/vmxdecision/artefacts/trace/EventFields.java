package io.vmxdecision.artefacts.trace;

import io.vmxdecision.artefacts.trace.TraceEvent.Field;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what follows the name of an event: words with names, in the spelling of any generation. A word with {@code 0x}
 * is hexadecimal, and so is one without, but for the numbers of vCPUs and of exit reasons, which are decimal.
 */
@SuppressWarnings("EnumOrdinal") // a number for each name, nowhere else
final class EventFields {
  private static final Field[] FIELDS = Field.values();

  /** Keys that are no fields: above the ordinals of the fields. */
  private static final int VCPU = 100;

  private static final int REASON = 101;
  private static final int INFO = 102;
  private static final int FAST = 103;
  private static final int SLOW = 104;
  private static final int OF_L2 = 105;
  private static final int LAST_OF_VMENTER = 106;
  private static final int IGNORED = 107;
  private static final int VMCS = 108;
  private static final int VMCB = 109;

  private static final Names KEYS = new Names();
  private static final Names VMX_REASONS = new Names();
  private static final Names SVM_REASONS = new Names();
  private static final Names REASON_FLAGS = new Names();
  private static final Names EXCEPTIONS = new Names();
  private static final byte[] EXCEPTION_KEY = "exception=".getBytes(StandardCharsets.US_ASCII);

  static {
    key(Field.RIP, "rip");
    key(Field.INFO1, "info1", "ext_inf1");
    key(Field.INFO2, "info2", "ext_inf2");
    key(Field.INTR_INFO, "intr_info", "int_info", "ext_int");
    key(Field.ERROR_CODE, "error_code", "int_info_err", "ext_int_err");
    key(Field.NESTED_RIP, "nested_rip", "nrip");
    key(Field.EVENT_INJ, "event_inj");
    key(Field.CODE, "code");
    key(Field.VAR_CNT, "var_cnt");
    key(Field.REP_CNT, "rep_cnt", "cnt");
    key(Field.REP_IDX, "idx");
    key(Field.IN, "in");
    key(Field.OUT, "out");
    key(Field.RESULT, "result");
    key(Field.PROCESSOR_MASK, "processor_mask");
    key(Field.VALID_BANK_MASK, "valid_bank_mask");
    key(Field.FORMAT, "format");
    key(Field.ADDRESS_SPACE, "address_space");
    key(Field.FLAGS, "flags");
    KEYS.add("vcpu", VCPU);
    KEYS.add("vmcs", VMCS);
    KEYS.add("vmcb", VMCB);
    KEYS.add("reason", REASON);
    KEYS.add("info", INFO);
    KEYS.add("fast", FAST);
    KEYS.add("slow", SLOW);
    KEYS.add("(L2)", OF_L2);
    for (String last : new String[]{"cr3", "guest_cr3", "nested_cr3", "nested_eptp"}) {
      KEYS.add(last, LAST_OF_VMENTER);
    }
    for (String other : new String[]{
      "int_ctl", "guest", "requests", "nested_ept=n", "nested_ept=y", "nested_npt=n", "nested_npt=y",
      "npt"}) {
      KEYS.add(other, IGNORED);
    }

    for (BasicExitReason reason : BasicExitReason.values()) {
      VMX_REASONS.add(reason.name(), reason.number());
    }
    // Names of older kernels and of trace-cmd's plugin.
    VMX_REASONS.add("PENDING_INTERRUPT", BasicExitReason.INTERRUPT_WINDOW.number());
    VMX_REASONS.add("PENDING_VIRT_INTR", BasicExitReason.INTERRUPT_WINDOW.number());
    VMX_REASONS.add("PENDING_VIRT_NMI", BasicExitReason.NMI_WINDOW.number());
    VMX_REASONS.add("INVALID_GUEST_STATE", BasicExitReason.INVALID_STATE.number());
    VMX_REASONS.add("MSR_LOAD_FAILURE", BasicExitReason.MSR_LOAD_FAIL.number());
    VMX_REASONS.add("MWAIT", BasicExitReason.MWAIT_INSTRUCTION.number());
    VMX_REASONS.add("MONITOR", BasicExitReason.MONITOR_INSTRUCTION.number());
    VMX_REASONS.add("PAUSE", BasicExitReason.PAUSE_INSTRUCTION.number());
    VMX_REASONS.add("MCE_DURING_VM_ENTRY", BasicExitReason.MCE_DURING_VMENTRY.number());
    VMX_REASONS.add("MTF", BasicExitReason.MONITOR_TRAP_FLAG.number());
    VMX_REASONS.add("VMXOFF", BasicExitReason.VMOFF.number());
    VMX_REASONS.add("VMXON", BasicExitReason.VMON.number());

    for (int code = -1; code <= SvmExitCode.NPF + 3; code++) {
      String name = SvmExitCode.name(code);
      if (name != null) {
        SVM_REASONS.add(name, Integer.toUnsignedLong(code));
      }
    }
    SvmExitCode.pluginNames().forEach((name, code) -> SVM_REASONS.add(name, Integer.toUnsignedLong(code)));

    String[] exceptions = {
      "DE", "DB", "", "BP", "OF", "BR", "UD", "NM", "DF", "", "TS", "NP", "SS", "GP", "PF", "", "MF",
      "AC", "MC"};
    for (int vector = 0; vector < exceptions.length; vector++) {
      if (!exceptions[vector].isEmpty()) {
        EXCEPTIONS.add(exceptions[vector], vector);
      }
    }

    REASON_FLAGS.add("FAILED_VMENTRY", Integer.toUnsignedLong(ExitReason.FAILED_VM_ENTRY));
    REASON_FLAGS.add("BUS_LOCK_DETECTED", ExitReason.BUS_LOCK);
    REASON_FLAGS.add("BUS_LOCK", ExitReason.BUS_LOCK);
    REASON_FLAGS.add("SGX_ENCLAVE_MODE", ExitReason.ENCLAVE_MODE);
    REASON_FLAGS.add("ENCLAVE_MODE", ExitReason.ENCLAVE_MODE);
  }

  private byte[] bytes = {};
  private int at;
  private int end;

  /** The bounds of the last token, less a comma or colon at its end. */
  private int tokenFrom;

  private int tokenTo;

  private boolean last;
  private boolean stopsAtReason;
  private boolean dangling;
  private boolean condition;

  /** Reads {@code bytes[from..to)} into {@code event}, whose kind is set. */
  void read(byte[] bytes, int from, int to, TraceEvent event, boolean reasonIsEnough) {
    this.bytes = bytes;
    at = from;
    end = to;
    last = false;
    dangling = false;
    condition = event.kind == TraceEventKind.NESTED_VMENTER_FAILED;
    stopsAtReason = reasonIsEnough && endsWithErrorCode(bytes, from, to);
    switch (event.kind) {
      case NESTED_VMENTER_FAILED -> {
        skipBlanks();
        event.text(bytes, at, end);
        dangling = isOpenCondition();
      }
      case MSR -> msr(event);
      case INJ_EXCEPTION -> exception(event);
      case HYPERCALL, USERSPACE_EXIT, OTHER, LOST -> last = true;
      default -> words(event);
    }
  }

  /** Whether the last word of the event was there. If not, it may stand on the next line. */
  boolean isComplete() {
    return last;
  }

  /** Whether the text ended after a key without its value. */
  boolean isDangling() {
    return dangling;
  }

  /**
   * Whether {@code bytes[from..to)} may be the rest of the event that was read last: it begins with a key, or where the
   * event's text is a condition in C, with an operator between two operands.
   */
  boolean isContinuedBy(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    at = from;
    end = to;
    if (condition) {
      byte second = from + 1 < to ? bytes[from + 1] : 0;
      return switch (bytes[from]) {
        case '=', '!' -> second == '=';
        case '&', '|' -> second == bytes[from] || isBlank(second);
        case '<' -> true;
        default -> false;
      };
    }
    return token() && KEYS.find(bytes, tokenFrom, tokenTo) != Names.NOT_FOUND;
  }

  /** Whether the condition in C, {@code bytes[at..end)}, lacks its end: a bracket or an operand. */
  private boolean isOpenCondition() {
    int open = 0;
    byte latest = 0;
    for (int i = at; i < end; i++) {
      if (bytes[i] == '(') {
        open++;
      } else if (bytes[i] == ')') {
        open--;
      }
      latest = isBlank(bytes[i]) ? latest : bytes[i];
    }
    return switch (latest) {
      case 0, ':', '!', '=', '&', '|', '<', '>', '~' -> true;
      default -> open > 0;
    };
  }

  /** Whether the last word but one is the last key of an exit, so that nothing of it is on another line. */
  private static boolean endsWithErrorCode(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from && !isBlank(bytes[end - 1])) {
      end--;
    }
    int begin = end - 1;
    while (begin > from && !isBlank(bytes[begin - 1])) {
      begin--;
    }
    return begin > from && KEYS.find(bytes, begin, end - 1) == Field.ERROR_CODE.ordinal();
  }

  private void words(TraceEvent event) {
    while (token()) {
      long key = KEYS.find(bytes, tokenFrom, tokenTo);
      if (key == Names.NOT_FOUND) {
        continue;
      }
      if (key < FIELDS.length) {
        word(FIELDS[(int) key], event);
      } else {
        special((int) key, event);
        if (stopsAtReason && event.has(Field.REASON)) {
          last = true;
          return;
        }
      }
    }
    last = isLastThere(event);
  }

  private void word(Field field, TraceEvent event) {
    int before = at;
    if (!token()) {
      dangling = true;
      return;
    }
    if (!isNumber(tokenFrom, tokenTo)) {
      at = before; // a key whose value somebody cut out
      return;
    }
    event.set(field, hexadecimal(tokenFrom, tokenTo));
  }

  private void special(int key, TraceEvent event) {
    switch (key) {
      case VCPU -> {
        if (token() && isNumber(tokenFrom, tokenTo)) {
          event.vcpu = (int) Math.min(decimal(tokenFrom, tokenTo), Integer.MAX_VALUE);
        } else {
          dangling = true;
        }
      }
      case REASON -> reason(event);
      case INFO -> {
        word(Field.INFO1, event);
        if (event.has(Field.INFO1)) {
          word(Field.INFO2, event);
          last = event.has(Field.INFO2);
        }
      }
      case VMCS, VMCB -> {
        event.isa = key == VMCS ? Isa.VMX : Isa.SVM;
        word(Field.VMCS, event);
      }
      case FAST -> event.set(Field.FAST, 1);
      case SLOW -> event.set(Field.FAST, 0);
      case OF_L2 -> {
        event.forL2 = true;
        event.levelMarked = true;
      }
      case LAST_OF_VMENTER -> {
        if (token()) {
          last = true;
        } else {
          dangling = true;
        }
      }
      default -> {
        // a word that nobody needs: its value is passed over as a token of its own
      }
    }
  }

  /** {@code EPT_MISCONFIG 0x10000000}, {@code UD excp}, {@code UNKNOWN (49)}, {@code 0x31}, ... */
  private void reason(TraceEvent event) {
    if (!token()) {
      dangling = true;
      return;
    }
    int from = tokenFrom;
    int to = tokenTo;
    long number = VMX_REASONS.find(bytes, from, to);
    if (number != Names.NOT_FOUND) {
      event.isa = Isa.VMX;
      event.set(Field.REASON, number | flags());
      return;
    }
    number = SVM_REASONS.find(bytes, from, to);
    if (number != Names.NOT_FOUND) {
      event.isa = Isa.SVM;
      event.set(Field.REASON, number);
      return;
    }
    if (isNumber(from, to) && (isPrefixed(from, to) || isAllDigits(from, to))) {
      event.set(Field.REASON,
          (isPrefixed(from, to) ? hexadecimal(from, to) : decimal(from, to)) | flags());
      return;
    }
    int before = at;
    if (token()) { // two words: an exception of SVM, or a number in brackets
      long two = SVM_REASONS.find(bytes, from, tokenTo);
      if (two != Names.NOT_FOUND) {
        event.isa = Isa.SVM;
        event.set(Field.REASON, two);
        return;
      }
      if (bytes[tokenFrom] == '(' && bytes[tokenTo - 1] == ')' && isAllDigits(tokenFrom + 1, tokenTo - 1)) {
        event.set(Field.REASON, decimal(tokenFrom + 1, tokenTo - 1) | flags());
        return;
      }
    }
    at = before;
  }

  /** The bits above 15 that follow a reason's name. */
  private long flags() {
    long flags = 0;
    while (true) {
      int before = at;
      if (!token()) {
        return flags;
      }
      long flag = REASON_FLAGS.find(bytes, tokenFrom, tokenTo);
      if (flag != Names.NOT_FOUND) {
        flags |= flag;
      } else if (isPrefixed(tokenFrom, tokenTo) && isNumber(tokenFrom, tokenTo)) {
        flags |= hexadecimal(tokenFrom, tokenTo);
      } else {
        at = before;
        return flags;
      }
    }
  }

  /** {@code #UD}, {@code #GP (0x0)}; {@code exception=6} where {@code trace-cmd} could not print it. */
  private void exception(TraceEvent event) {
    last = true;
    if (!token()) {
      return;
    }
    if (bytes[tokenFrom] == '#' && tokenTo - tokenFrom == 3) {
      long vector = EXCEPTIONS.find(bytes, tokenFrom + 1, tokenTo);
      if (vector != Names.NOT_FOUND) {
        event.set(Field.EXCEPTION, vector);
      }
      return;
    }
    do {
      int value = tokenFrom + EXCEPTION_KEY.length;
      if (value < tokenTo && isAllDigits(value, tokenTo)
          && Arrays.equals(bytes, tokenFrom, value, EXCEPTION_KEY, 0, EXCEPTION_KEY.length)) {
        event.set(Field.EXCEPTION, decimal(value, tokenTo));
        return;
      }
    } while (token());
  }

  /** {@code msr_read 80f = 0xff}, also {@code msr_write 1b = 0x0 (#GP)}. */
  private void msr(TraceEvent event) {
    last = true;
    if (token()) {
      event.write = tokenTo - tokenFrom == "msr_write".length() && bytes[tokenFrom + "msr_".length()] == 'w';
      if (token() && isNumber(tokenFrom, tokenTo)) {
        event.set(Field.MSR_INDEX, hexadecimal(tokenFrom, tokenTo));
        if (token() && bytes[tokenFrom] == '=' && token() && isNumber(tokenFrom, tokenTo)) {
          event.set(Field.MSR_VALUE, hexadecimal(tokenFrom, tokenTo));
          event.refused = token() && bytes[tokenFrom] == '(';
        }
      }
    }
  }

  private boolean isLastThere(TraceEvent event) {
    return switch (event.kind) {
      case EXIT, NESTED_VMEXIT, NESTED_VMEXIT_INJECT -> last || event.has(Field.ERROR_CODE);
      case HV_HYPERCALL -> event.has(Field.OUT);
      case HV_HYPERCALL_DONE -> event.has(Field.RESULT);
      case HV_FLUSH_TLB, HV_FLUSH_TLB_EX -> {
        boolean blank = end > 0 && bytes[end - 1] == ' '; // Linux 6.2 and later print it in place of "(L2)"
        event.levelMarked |= blank;
        yield event.has(Field.FLAGS) && (event.forL2 || blank);
      }
      case ENTRY -> true;
      default -> last;
    };
  }

  private void skipBlanks() {
    while (at < end && isBlank(bytes[at])) {
      at++;
    }
  }

  private boolean token() {
    skipBlanks();
    tokenFrom = at;
    while (at < end && !isBlank(bytes[at])) {
      at++;
    }
    tokenTo = at;
    if (tokenTo > tokenFrom && (bytes[tokenTo - 1] == ':' || bytes[tokenTo - 1] == ',')) {
      tokenTo--;
    }
    return at > tokenFrom;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private boolean isPrefixed(int from, int to) {
    return to - from > 2 && bytes[from] == '0' && (bytes[from + 1] | 0x20) == 'x';
  }

  /** Whether it begins as a hexadecimal number; {@code 0x40[immediate exit]} does. */
  private boolean isNumber(int from, int to) {
    return to > from && digit(bytes[isPrefixed(from, to) ? from + 2 : from]) >= 0;
  }

  private boolean isAllDigits(int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < '0' || bytes[i] > '9') {
        return false;
      }
    }
    return to > from;
  }

  private long hexadecimal(int from, int to) {
    long value = 0;
    for (int i = isPrefixed(from, to) ? from + 2 : from; i < to; i++) {
      int digit = digit(bytes[i]);
      if (digit < 0) {
        break;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private long decimal(int from, int to) {
    long value = 0;
    for (int i = from; i < to && bytes[i] >= '0' && bytes[i] <= '9' && value < Long.MAX_VALUE / 100; i++) {
      value = value * 10 + bytes[i] - '0';
    }
    return value;
  }

  private static int digit(byte b) {
    if (b >= '0' && b <= '9') {
      return b - '0';
    }
    int lower = b | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  private static void key(Field field, String... names) {
    for (String name : names) {
      KEYS.add(name, field.ordinal());
    }
  }
}
