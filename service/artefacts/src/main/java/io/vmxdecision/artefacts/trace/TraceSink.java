package io.vmxdecision.artefacts.trace;

/** Takes what a {@link TraceReader} reads, in the order of the text. */
public interface TraceSink {
  /** An event. The object is filled anew for the next one: copy what is to last. */
  void event(TraceEvent event);

  /** How much of an event of that kind is read; what is not read is absent. */
  default Detail detail(TraceEventKind kind) {
    return Detail.ALL;
  }

  /** How much of an event is read. */
  enum Detail {
    /** The kind and the line. */
    NAME,
    /** The header, the vCPU and the exit reason. */
    REASON,
    /** Everything. */
    ALL
  }

  /**
   * A line that is neither an event, nor a part of one, nor a header or comment of a known tool.
   *
   * @param line its number, from 1
   * @param bytes holds the text at {@code from..to}, at most {@link TraceReader#MAX_LINE_BYTES} of it; the array is
   *     the reader's own and changes
   */
  void unknownLine(long line, byte[] bytes, int from, int to);
}
