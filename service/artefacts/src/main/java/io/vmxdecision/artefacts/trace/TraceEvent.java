package io.vmxdecision.artefacts.trace;

import java.nio.charset.StandardCharsets;

/**
 * One event of a trace. Reused: the {@link TraceReader} fills the same object again and again. Which fields mean
 * something depends on the kind; one that the line does not have is absent by {@link #has}, and 0.
 *
 * <p>Mutable, not thread-safe, allocates nothing but in {@link #text()}.
 */
@SuppressWarnings("EnumOrdinal") // the array of values is this object's own
public final class TraceEvent {
  /** The value of {@link #cpu()}, {@link #task()} and {@link #vcpu()} where the line has none. */
  public static final int NONE = -1;

  /** The value of {@link #timeNanos()} where the line has no time in seconds. */
  public static final long NO_TIME = Long.MIN_VALUE;

  /** The words of an event, by name. */
  public enum Field {
    /** The exit reason or exit code, 32 bits (VMX) or 64 (SVM). */
    REASON,
    /** The guest's RIP; of {@link TraceEventKind#NESTED_VMENTER} that of L1. */
    RIP,
    /** VMX: the exit qualification. SVM: EXITINFO1. */
    INFO1,
    /** VMX: the IDT-vectoring information. SVM: EXITINFO2. */
    INFO2,
    /** The interruption information (VMX), EXITINTINFO (SVM); 32 bits. */
    INTR_INFO,
    /** The error code that belongs to it, 32 bits. */
    ERROR_CODE,
    /** The address of the VMCS or VMCB that L1 enters; all ones for an enlightened VMCS. */
    VMCS,
    /** L2's RIP. */
    NESTED_RIP,
    /** The event that L1 injects with the entry, 32 bits. */
    EVENT_INJ,
    /** The call code of a hypercall, 16 bits. */
    CODE,
    /** 1 for a fast hypercall, 0 for a slow one. */
    FAST,
    /** The size of the variable header in 8-byte words, 0..1,023. */
    VAR_CNT,
    /** The rep count, 0..4,095. */
    REP_CNT,
    /** The rep start, 0..4,095. */
    REP_IDX,
    /** The input word: a GPA, or the first word of a fast call. */
    IN,
    /** The output word: a GPA, or the second word of a fast call. */
    OUT,
    /** The result of a hypercall. */
    RESULT,
    /** The processor mask of a flush. */
    PROCESSOR_MASK,
    /** The mask of valid banks of a flush with a VP set. */
    VALID_BANK_MASK,
    /** The format of the VP set, 0 for sparse. */
    FORMAT,
    /** The address space of a flush. */
    ADDRESS_SPACE,
    /** The flags of a flush. */
    FLAGS,
    /** An MSR's number, 32 bits. */
    MSR_INDEX,
    /** What is read from an MSR, or written to it. */
    MSR_VALUE,
    /** The vector of an exception. */
    EXCEPTION
  }

  private final long[] values = new long[Field.values().length];
  private int present;

  TraceEventKind kind = TraceEventKind.OTHER;
  Isa isa = Isa.UNKNOWN;
  long line;
  int cpu = NONE;
  int task = NONE;
  int vcpu = NONE;
  long timeNanos = NO_TIME;
  boolean forL2;
  boolean levelMarked;
  boolean write;
  boolean refused;
  boolean ofKvm;
  boolean cut;
  long lost;

  private byte[] textBytes = {};
  private int textFrom;
  private int textTo;

  /** An event that says nothing. */
  public TraceEvent() {}

  void clear() {
    present = 0;
    kind = TraceEventKind.OTHER;
    isa = Isa.UNKNOWN;
    cpu = NONE;
    task = NONE;
    vcpu = NONE;
    timeNanos = NO_TIME;
    forL2 = false;
    levelMarked = false;
    write = false;
    refused = false;
    ofKvm = false;
    cut = false;
    lost = 0;
    textFrom = 0;
    textTo = 0;
  }

  void set(Field field, long value) {
    values[field.ordinal()] = value;
    present |= 1 << field.ordinal();
  }

  void text(byte[] bytes, int from, int to) {
    textBytes = bytes;
    textFrom = from;
    textTo = to;
  }

  /** What it is. */
  public TraceEventKind kind() {
    return kind;
  }

  /** Whose words they are. {@link Isa#UNKNOWN} where the reason is a bare number or there is none. */
  public Isa isa() {
    return isa;
  }

  /** The number of its line, from 1; of a wrapped event its first one. */
  public long line() {
    return line;
  }

  /** The CPU of the host, or {@link #NONE}. */
  public int cpu() {
    return cpu;
  }

  /** The thread of the host (its pid), which is a vCPU's, or {@link #NONE}. */
  public int task() {
    return task;
  }

  /** The vCPU as the line says, or {@link #NONE}. */
  public int vcpu() {
    return vcpu;
  }

  /** The time in nanoseconds since the clock's start, or {@link #NO_TIME}. */
  public long timeNanos() {
    return timeNanos;
  }

  /** Whether the line has the field. */
  public boolean has(Field field) {
    return (present & (1 << field.ordinal())) != 0;
  }

  /** The value of a field, 0 if the line does not have it. */
  public long value(Field field) {
    return has(field) ? values[field.ordinal()] : 0;
  }

  /** Of a flush: whether it is marked as a call of L2. */
  public boolean isForL2() {
    return forL2;
  }

  /** Of a flush: whether the line could be marked at all, as those of Linux 6.2 and later are. */
  public boolean isLevelMarked() {
    return levelMarked;
  }

  /** Of an MSR access: whether it is a write. */
  public boolean isWrite() {
    return write;
  }

  /** Of an MSR access: whether it ends in a #GP. */
  public boolean isRefused() {
    return refused;
  }

  /** Whether the event is one of KVM's, also where it has no kind of its own. */
  public boolean isOfKvm() {
    return ofKvm;
  }

  /**
   * Whether its end was not read: the line was longer than {@link TraceReader#MAX_LINE_BYTES}, or the text ended before
   * the line did.
   */
  public boolean isCut() {
    return cut;
  }

  /** Of {@link TraceEventKind#LOST}: how many events were lost; 0 if the marker does not say. */
  public long lost() {
    return lost;
  }

  /** What follows the event's name, for {@link TraceEventKind#NESTED_VMENTER_FAILED}; else empty. */
  public String text() {
    return new String(textBytes, textFrom, textTo - textFrom, StandardCharsets.UTF_8);
  }
}
