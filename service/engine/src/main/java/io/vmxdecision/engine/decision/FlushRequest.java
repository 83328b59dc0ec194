package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.VpSet;
import io.vmxdecision.engine.profile.Profile;

/**
 * A flush hypercall as far as L0 read it before a rule ended the call: registers first, then the
 * header, the banks and the list. Reused; allocates nothing after construction; not thread-safe.
 */
public final class FlushRequest {
  private final VpSet processors = new VpSet();
  private final long[] entries = new long[Profile.LARGEST_FIFO - 1];
  private final long[] header = new long[4];
  private FlushCode code = FlushCode.SPACE;
  private long control;
  private long input;
  private long output;
  private long inputL1Gpa;
  private long addressSpace;
  private long flags;
  private long format;
  private boolean allProcessors;
  private int entryCount;

  /** Starts a new request with what the registers hold. */
  public void reset(FlushCode code, long control, long input, long output) {
    this.code = code;
    this.control = control;
    this.input = input;
    this.output = output;
    inputL1Gpa = input;
    addressSpace = 0;
    flags = 0;
    format = 0;
    processors.validBanksMask(0);
    allProcessors = false;
    entryCount = 0;
  }

  /** Which of the four calls it is. */
  public FlushCode code() {
    return code;
  }

  /** The control word, 64 bits; see {@link HypercallControl}. */
  public long control() {
    return control;
  }

  /** The input word, 64 bits: the GPA of the input block (slow) or its first word (fast). */
  public long input() {
    return input;
  }

  /** The output word, 64 bits: not used (slow) or the input's second word (fast). */
  public long output() {
    return output;
  }

  /** Where L0 reads the input block of a slow call: the input GPA after rule H7. */
  public long inputL1Gpa() {
    return inputL1Gpa;
  }

  /** Sets {@link #inputL1Gpa()}. */
  public void inputL1Gpa(long gpa) {
    inputL1Gpa = gpa;
  }

  /** The header as it was read: address space, flags, then mask, or format and bank mask. */
  public long[] header() {
    return header;
  }

  /** Takes over {@link #header()} of a call that names its processors by a 64-bit mask. */
  public void takeMaskHeader() {
    addressSpace = header[0];
    flags = header[1];
    processors.wrapProcessorMask(header[2]);
  }

  /** Takes over {@link #header()} of an Ex call; its banks are still to be read. */
  public void takeSetHeader() {
    addressSpace = header[0];
    flags = header[1];
    format = header[2];
    processors.validBanksMask(header[3]);
  }

  /** The address space to flush, 64 bits; KVM ignores it and flushes all. */
  public long addressSpace() {
    return addressSpace;
  }

  /** The flags, 64 bits; KVM looks at bit 0 (all processors) alone, and not for the Ex calls. */
  public long flags() {
    return flags;
  }

  /** The format of the VP set of an Ex call, 64 bits: 0 sparse; KVM takes any other as "all". */
  public long format() {
    return format;
  }

  /** The processors that the call names, as far as they were read. */
  public VpSet processors() {
    return processors;
  }

  /** Whether the call is for all processors, whatever {@link #processors()} says. */
  public boolean isAllProcessors() {
    return allProcessors;
  }

  /** Sets {@link #isAllProcessors()}. */
  public void allProcessors(boolean value) {
    allProcessors = value;
  }

  /** How many list entries targets are to queue, 1 or more, or 0 for one "flush all". */
  public int entryCount() {
    return entryCount;
  }

  /** Sets {@link #entryCount()}. */
  public void entryCount(int count) {
    entryCount = count;
  }

  /** The list: bits 63:12 a guest-virtual page, bits 11:0 how many further pages. */
  public long[] entries() {
    return entries;
  }
}
