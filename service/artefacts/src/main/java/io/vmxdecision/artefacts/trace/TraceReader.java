package io.vmxdecision.artefacts.trace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads trace text, however it comes in pieces.
 *
 * <p>Assumptions and Guarantees
 *
 * <ol>
 *   <li>Every line is counted once: it is an event or a part of one, a marker that events were lost, a header or
 *       comment, empty, or unknown.
 *   <li>Of a line at most {@link #MAX_LINE_BYTES} bytes are read. Memory does not depend on the text.
 *   <li>An event that a mail wrapped over several lines is put together; its line is the first. So an event that lacks
 *       its last words is handed on with the next line or at the end.
 *   <li>A sign of quotation ({@code >}) before a line is passed over.
 *   <li>Nothing is allocated per line. One thread at a time.
 * </ol>
 */
public final class TraceReader {
  /** The most bytes of a line that are read, 4,096. */
  public static final int MAX_LINE_BYTES = 4096;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHS = 0x8080_8080_8080_8080L;
  private static final long NEW_LINES = ONES * '\n';

  private static final long NANOS = 1_000_000_000L;
  private static final byte[] SUBSYSTEM = {'k', 'v', 'm', ':'};
  private static final byte[] PREFIX = {'k', 'v', 'm', '_'};

  private final TraceSink sink;
  private final TraceEvent event = new TraceEvent();
  private final EventFields fields = new EventFields();

  /** The beginning of a line whose end has not come yet. */
  private final byte[] carried = new byte[MAX_LINE_BYTES];

  private int carriedBytes;
  private boolean cut;

  /** An event that lacks its last words. */
  private final byte[] wrapped = new byte[MAX_LINE_BYTES];

  private int wrappedBytes;
  private long wrappedLine;
  private boolean wrappedCut;
  private boolean wrappedDangling;

  private long lines;
  private long events;
  private long unknownLines;
  private long lostEvents;
  private long lostMarkers;

  // of the line that is being looked at
  private int nameFrom;
  private int nameTo;
  private boolean timed;

  /** A reader that hands what it reads to {@code sink}. */
  public TraceReader(TraceSink sink) {
    this.sink = sink;
  }

  /** How many lines were read. */
  public long lines() {
    return lines;
  }

  /** How many events were read, of any kind and subsystem. */
  public long events() {
    return events;
  }

  /** How many lines were unknown. */
  public long unknownLines() {
    return unknownLines;
  }

  /** How many events are lost, as far as the markers say how many. */
  public long lostEvents() {
    return lostEvents;
  }

  /** How many markers there were. */
  public long lostMarkers() {
    return lostMarkers;
  }

  /** Reads the next {@code length} bytes of the text. */
  public void read(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int from = offset;
    while (from < end) {
      int newLine = newLine(bytes, from, end);
      if (newLine == end) {
        carry(bytes, from, end);
        return;
      }
      if (carriedBytes > 0 || cut) {
        carry(bytes, from, newLine);
        line(carried, 0, carriedBytes);
        carriedBytes = 0;
      } else {
        cut = newLine - from > MAX_LINE_BYTES;
        line(bytes, from, cut ? from + MAX_LINE_BYTES : newLine);
      }
      cut = false;
      from = newLine + 1;
    }
  }

  /** Tells that the text has ended. The last line may lack its end. */
  public void end() {
    if (carriedBytes > 0 || cut) {
      cut = true; // a number at the end may lack digits
      line(carried, 0, carriedBytes);
      carriedBytes = 0;
      cut = false;
    }
    handOnWrapped();
  }

  private void carry(byte[] bytes, int from, int to) {
    int room = MAX_LINE_BYTES - carriedBytes;
    int taken = Math.min(room, to - from);
    System.arraycopy(bytes, from, carried, carriedBytes, taken);
    carriedBytes += taken;
    cut |= taken < to - from;
  }

  private static int newLine(byte[] bytes, int from, int end) {
    int at = from;
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      long word = (long) LONGS.get(bytes, at) ^ NEW_LINES;
      long zeros = (word - ONES) & ~word & HIGHS;
      if (zeros != 0) {
        return at + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    while (at < end && bytes[at] != '\n') {
      at++;
    }
    return at;
  }

  private void line(byte[] bytes, int start, int stop) {
    lines++;
    int to = stop > start && bytes[stop - 1] == '\r' ? stop - 1 : stop;
    int from = start;
    while (from < to && (bytes[from] == ' ' || bytes[from] == '\t' || bytes[from] == '>')) {
      from++;
    }
    if (from == to) {
      return;
    }
    if (bytes[from] != '#' && readEvent(bytes, from, to)) {
      return;
    }
    other(bytes, from, to, start);
  }

  /** A line that is no event: the rest of one, or something about the trace. */
  private void other(byte[] bytes, int from, int to, int start) {
    if (bytes[from] == '#') {
      return;
    }
    if (wrappedBytes > 0
        && (wrappedDangling || fields.isContinuedBy(bytes, from, to))
        && wrappedBytes + 1 + to - from <= MAX_LINE_BYTES) {
      append(bytes, from, to);
      return;
    }
    handOnWrapped();
    if (readLost(bytes, from, to) || isAboutTheTrace(bytes, from, to, from > start)) {
      return;
    }
    if (timed && nameFrom == to) { // a header whose event a mail may have put on the next line
      keep(bytes, from, to);
      wrappedDangling = true;
      return;
    }
    unknownLines++;
    sink.unknownLine(lines, bytes, from, to);
  }

  /** Reads the line if it is an event. */
  private boolean readEvent(byte[] bytes, int from, int to) {
    TraceEventKind kind = find(bytes, from, to);
    if (kind == null) {
      return false;
    }
    boolean headerBefore = wrappedBytes > 0 && wrappedDangling && nameFrom == from && !timed;
    if (headerBefore && append(bytes, from, to)) {
      wrappedDangling = false;
      if (isWrappedWhole()) {
        handOnWrapped();
      }
      return true;
    }
    handOnWrapped();
    fill(kind, lines, cut, bytes, from, to);
    if (fields.isComplete()) {
      handOn();
    } else {
      boolean dangling = fields.isDangling();
      keep(bytes, from, to);
      wrappedDangling = dangling;
    }
    return true;
  }

  private void fill(
      TraceEventKind kind, long line, boolean isCut, byte[] bytes, int from, int to) {
    int name = nameFrom;
    int text = nameTo + 1;
    event.clear();
    event.kind = kind;
    event.line = line;
    event.cut = isCut;
    event.ofKvm = startsWith(bytes, name, to, PREFIX) || startsWith(bytes, name, to, SUBSYSTEM);
    TraceSink.Detail detail = sink.detail(kind);
    if (detail != TraceSink.Detail.NAME) {
      header(bytes, from, name);
    }
    fields.read(bytes, Math.min(text, to), to, event, detail == TraceSink.Detail.REASON);
  }

  private void handOn() {
    events++;
    sink.event(event);
  }

  private void keep(byte[] bytes, int from, int to) {
    wrappedBytes = to - from;
    System.arraycopy(bytes, from, wrapped, 0, wrappedBytes);
    wrappedLine = lines;
    wrappedCut = cut;
  }

  private boolean append(byte[] bytes, int from, int to) {
    if (wrappedBytes + 1 + to - from > MAX_LINE_BYTES) {
      return false;
    }
    wrapped[wrappedBytes++] = ' ';
    System.arraycopy(bytes, from, wrapped, wrappedBytes, to - from);
    wrappedBytes += to - from;
    isWrappedWhole();
    return true;
  }

  /** Looks at the wrapped event as far as it goes; whether it is whole. */
  private boolean isWrappedWhole() {
    TraceEventKind kind = find(wrapped, 0, wrappedBytes);
    if (kind == null) {
      return false;
    }
    fill(kind, wrappedLine, wrappedCut, wrapped, 0, wrappedBytes);
    wrappedDangling = fields.isDangling();
    return fields.isComplete();
  }

  private void handOnWrapped() {
    if (wrappedBytes == 0) {
      return;
    }
    int length = wrappedBytes;
    wrappedBytes = 0;
    wrappedDangling = false;
    int keptFrom = nameFrom;
    int keptTo = nameTo;
    boolean keptTimed = timed;
    TraceEventKind kind = find(wrapped, 0, length);
    if (kind == null) {
      unknownLines++;
      sink.unknownLine(wrappedLine, wrapped, 0, length);
    } else {
      fill(kind, wrappedLine, wrappedCut, wrapped, 0, length);
      handOn();
    }
    nameFrom = keptFrom;
    nameTo = keptTo;
    timed = keptTimed;
  }

  /**
   * Finds the event's name: {@code nameFrom..nameTo}, and a colon behind it. A name of KVM may stand anywhere before
   * the event's words; any other one only behind a time.
   */
  private @Nullable TraceEventKind find(byte[] bytes, int from, int to) {
    timed = false;
    nameFrom = to;
    nameTo = to;
    for (int i = from; i < to; i++) {
      if (bytes[i] != ':' || (i + 1 < to && bytes[i + 1] != ' ' && bytes[i + 1] != '\t')) {
        continue;
      }
      int begin = i;
      while (begin > from && bytes[begin - 1] != ' ' && bytes[begin - 1] != '\t') {
        begin--;
      }
      if (begin == i) {
        if (isMicroseconds(bytes, from, i)) {
          timed = true;
        }
        continue;
      }
      byte first = bytes[begin];
      if (first >= '0' && first <= '9') {
        timed |= isTime(bytes, begin, i);
        continue;
      }
      int name = startsWith(bytes, begin, i, SUBSYSTEM) ? begin + SUBSYSTEM.length : begin;
      TraceEventKind kind = TraceEventKind.named(bytes, name, i);
      if (kind == null && timed && isName(bytes, begin, i)) {
        kind = TraceEventKind.OTHER;
      } else if (kind == null && begin == from && startsWith(bytes, name, i, PREFIX)
          && isEventOfKvm(bytes, name, i)) {
        kind = TraceEventKind.OTHER;
      }
      if (kind != null) {
        nameFrom = name;
        nameTo = i;
        return kind;
      }
      if (timed) {
        nameFrom = begin;
        return null;
      }
    }
    return null;
  }

  /** Whether it is a name like {@code kvm_fpu}, and not one of KVM's modules, which begin lines of the kernel's log. */
  private static boolean isEventOfKvm(byte[] bytes, int from, int to) {
    return isName(bytes, from, to)
        && !Arrays.equals(bytes, from, to, KVM_INTEL, 0, KVM_INTEL.length)
        && !Arrays.equals(bytes, from, to, KVM_AMD, 0, KVM_AMD.length);
  }

  private static final byte[] KVM_INTEL = {'k', 'v', 'm', '_', 'i', 'n', 't', 'e', 'l'};
  private static final byte[] KVM_AMD = {'k', 'v', 'm', '_', 'a', 'm', 'd'};

  private static boolean isName(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      boolean letter = (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
      if (!letter && b != '_' && !(b >= '0' && b <= '9') && b != ':' && b != '-' && b != '.') {
        return false;
      }
    }
    return to > from;
  }

  private static boolean isTime(byte[] bytes, int from, int to) {
    boolean point = false;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b == '.' && !point) {
        point = true;
      } else if (b < '0' || b > '9') {
        return b == 'u' && i + 1 < to && bytes[i + 1] == 's';
      }
    }
    return true;
  }

  /** Whether the colon at {@code colon} is that of the latency format: {@code 123us : name:}. */
  private static boolean isMicroseconds(byte[] bytes, int from, int colon) {
    int i = colon;
    while (i > from && (bytes[i - 1] == ' ' || bytes[i - 1] == '+' || bytes[i - 1] == '!')) {
      i--;
    }
    return i - from > 2 && bytes[i - 1] == 's' && bytes[i - 2] == 'u';
  }

  /** Reads what stands before the event's name: task, CPU, time. */
  private void header(byte[] bytes, int from, int to) {
    int bracket = -1;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '[' && i + 1 < to && bytes[i + 1] >= '0' && bytes[i + 1] <= '9') {
        int close = i + 1;
        while (close < to && bytes[close] >= '0' && bytes[close] <= '9') {
          close++;
        }
        if (close < to && bytes[close] == ']') {
          bracket = i;
          event.cpu = number(bytes, i + 1, close);
          time(bytes, close + 1, to);
          break;
        }
      }
    }
    if (bracket >= 0) {
      event.task = task(bytes, from, bracket);
    } else if (to > from) {
      time(bytes, from, to);
    }
  }

  /** The pid before a CPU: {@code name-123}, {@code name 123}, {@code name 12/123}, {@code name-123 ( 12)}. */
  private static int task(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from && bytes[end - 1] == ' ') {
      end--;
    }
    if (end > from && bytes[end - 1] == ')') {
      while (end > from && bytes[end - 1] != '(') {
        end--;
      }
      end = Math.max(from, end - 1);
      while (end > from && bytes[end - 1] == ' ') {
        end--;
      }
    }
    int begin = end;
    while (begin > from && bytes[begin - 1] >= '0' && bytes[begin - 1] <= '9') {
      begin--;
    }
    return begin == end ? TraceEvent.NONE : number(bytes, begin, end);
  }

  /** The last number with a point before a colon, in seconds. */
  private void time(byte[] bytes, int from, int to) {
    for (int i = to - 1; i > from; i--) {
      if (bytes[i] == ':' && bytes[i - 1] >= '0' && bytes[i - 1] <= '9') {
        int begin = i;
        int point = -1;
        while (begin > from
            && ((bytes[begin - 1] >= '0' && bytes[begin - 1] <= '9') || bytes[begin - 1] == '.')) {
          begin--;
          if (bytes[begin] == '.') {
            point = begin;
          }
        }
        if (point > begin && point - begin <= 9) {
          event.timeNanos = number(bytes, begin, point) * NANOS + fraction(bytes, point + 1, i);
        }
        return;
      }
    }
  }

  private static long fraction(byte[] bytes, int from, int to) {
    long value = 0;
    for (int i = 0; i < 9; i++) {
      value = value * 10 + (from + i < to ? bytes[from + i] - '0' : 0);
    }
    return value;
  }

  private static int number(byte[] bytes, int from, int to) {
    long value = 0;
    for (int i = from; i < to && value <= Integer.MAX_VALUE; i++) {
      value = value * 10 + bytes[i] - '0';
    }
    return (int) Math.min(value, Integer.MAX_VALUE);
  }

  /** {@code CPU:1 [LOST 12 EVENTS]}, {@code CPU:1 [12 EVENTS DROPPED]}, {@code PERF_RECORD_LOST lost 12}. */
  private boolean readLost(byte[] bytes, int from, int to) {
    int marker = indexOf(bytes, from, to, LOST_EVENTS);
    if (marker < 0 && indexOf(bytes, from, to, EVENTS_DROPPED) < 0
        && indexOf(bytes, from, to, PERF_LOST) < 0) {
      return false;
    }
    event.clear();
    event.kind = TraceEventKind.LOST;
    event.line = lines;
    if (startsWith(bytes, from, to, CPU)) {
      int end = from + CPU.length;
      while (end < to && bytes[end] >= '0' && bytes[end] <= '9') {
        end++;
      }
      event.cpu = end == from + CPU.length ? TraceEvent.NONE : number(bytes, from + CPU.length, end);
    }
    event.lost = lastNumber(bytes, startsWith(bytes, from, to, CPU) ? from + CPU.length + 1 : from, to);
    lostEvents += event.lost;
    lostMarkers++;
    sink.event(event);
    return true;
  }

  private static final byte[] CPU = {'C', 'P', 'U', ':'};
  private static final byte[] LOST_EVENTS = {'[', 'L', 'O', 'S', 'T', ' '};
  private static final byte[] EVENTS_DROPPED =
      {'E', 'V', 'E', 'N', 'T', 'S', ' ', 'D', 'R', 'O', 'P', 'P', 'E', 'D'};
  private static final byte[] PERF_LOST =
      {'P', 'E', 'R', 'F', '_', 'R', 'E', 'C', 'O', 'R', 'D', '_', 'L', 'O', 'S',
        'T'};

  private static long lastNumber(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from && (bytes[end - 1] < '0' || bytes[end - 1] > '9')) {
      end--;
    }
    int begin = end;
    while (begin > from && bytes[begin - 1] >= '0' && bytes[begin - 1] <= '9') {
      begin--;
    }
    boolean apart = begin > from && (bytes[begin - 1] == ' ' || bytes[begin - 1] == '[');
    return apart ? number(bytes, begin, end) : 0;
  }

  private static final byte[][] HEADERS = {
    {'c', 'p', 'u', 's', '='}, {'v', 'e', 'r', 's', 'i', 'o', 'n', ' ', '='}, {'C', 'P', 'U', ' '},
    {'=', '>', ' '}, {'<', 's', 't', 'a', 'c', 'k', ' ', 't', 'r', 'a', 'c', 'e', '>'}};

  /** A header of {@code trace-cmd}, or a frame of a call chain. */
  private static boolean isAboutTheTrace(byte[] bytes, int from, int to, boolean indented) {
    for (byte[] header : HEADERS) {
      if (startsWith(bytes, from, to, header)) {
        return header[0] != 'C' || indexOf(bytes, from, to, IS_EMPTY) > 0;
      }
    }
    int digits = from;
    while (digits < to && Character.digit(bytes[digits], 16) >= 0) {
      digits++;
    }
    return indented && digits - from >= 8 && digits < to && bytes[digits] == ' '
        && (bytes[to - 1] == ')' || bytes[to - 1] == ']');
  }

  private static final byte[] IS_EMPTY = {' ', 'i', 's', ' ', 'e', 'm', 'p', 't', 'y'};

  private static boolean startsWith(byte[] bytes, int from, int to, byte[] prefix) {
    return to - from >= prefix.length
        && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
  }

  private static int indexOf(byte[] bytes, int from, int to, byte[] wanted) {
    for (int i = from; i <= to - wanted.length; i++) {
      if (bytes[i] == wanted[0] && startsWith(bytes, i, to, wanted)) {
        return i;
      }
    }
    return -1;
  }
}
