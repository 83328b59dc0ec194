package io.vmxdecision.engine.hyperv;

/**
 * The statuses that a flush hypercall can end with. TLFS, "Hypercall Status Codes".
 *
 * <p>The result word of a call has the status in bits 15:0 and the repetitions completed in 43:32.
 */
public enum HypercallStatus {
  HV_STATUS_SUCCESS(0x0),
  HV_STATUS_INVALID_HYPERCALL_INPUT(0x3),
  /** Only by the text: KVM does not look at the alignment. */
  HV_STATUS_INVALID_ALIGNMENT(0x4),
  /** Only by the text: KVM does not check parameters. */
  HV_STATUS_INVALID_PARAMETER(0x5),
  HV_STATUS_ACCESS_DENIED(0x6);

  private static final int REPS_SHIFT = 32;
  private static final int REPS = 0xfff;

  private final int code;

  HypercallStatus(int code) {
    this.code = code;
  }

  /** The status code, 16 bits. */
  public int code() {
    return code;
  }

  /** The 64-bit result word with this status and {@code reps}, 0..4,095, completed. */
  public long result(int reps) {
    return ((long) reps << REPS_SHIFT) | code;
  }

  /** The repetitions completed of a result word, 0..4,095. */
  public static int repsCompleted(long result) {
    return (int) (result >>> REPS_SHIFT) & REPS;
  }
}
