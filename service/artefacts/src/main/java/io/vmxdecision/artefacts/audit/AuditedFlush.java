package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.hyperv.FlushCode;
import org.jspecify.annotations.Nullable;

/**
 * A flush hypercall of L2 that L0 handled, as far as the trace shows it. Immutable.
 *
 * @param line the line of its {@code kvm_hv_flush_tlb}, or of its {@code kvm_hv_hypercall} if it was rejected before
 * @param timeNanos the time of that line, or {@code TraceEvent.NO_TIME}
 * @param vcpu the vCPU, or -1 if the trace does not say
 * @param code the call, or null if its line is missing
 * @param fast whether the input is in registers
 * @param varCnt the size of the variable header in 8-byte words
 * @param repCnt the rep count
 * @param reach which vCPUs it is for
 * @param mask the processor mask, or the mask of valid banks
 * @param addressSpace the address space, which KVM does not look at
 * @param flags the flags
 * @param result the result of the call, or null if its line is missing
 * @param syntheticExit whether L1 got a synthetic exit
 * @param syntheticExpected whether it must, or null if that cannot be told
 * @param toSyntheticNanos the time from the flush to the synthetic exit, or -1
 * @param all whether the whole TLB is flushed and not a list of addresses
 */
public record AuditedFlush(
    long line,
    long timeNanos,
    int vcpu,
    @Nullable FlushCode code,
    boolean fast,
    int varCnt,
    int repCnt,
    Reach reach,
    long mask,
    long addressSpace,
    long flags,
    @Nullable Long result,
    boolean syntheticExit,
    @Nullable Boolean syntheticExpected,
    long toSyntheticNanos,
    boolean all) {

  /** Flag bit 0: all processors. */
  public static final int ALL_PROCESSORS = 1;

  /** Flag bit 1: all address spaces. */
  public static final int ALL_VIRTUAL_ADDRESS_SPACES = 2;

  /** Flag bit 2: keep global mappings. */
  public static final int NON_GLOBAL_MAPPINGS_ONLY = 4;

  /** Flag bit 3: the entries of the list are in the extended format. */
  public static final int USE_EXTENDED_RANGE_FORMAT = 8;

  /** Which of the vCPUs with the caller's VmId a flush is for. */
  public enum Reach {
    /** All of them: by flag, by a VP set's format, or by KVM's reading of an empty mask. */
    ALL,
    /** Those in the mask or set. */
    SOME,
    /** None: a sparse set without banks. */
    NONE,
    /** None: the call was rejected before. */
    REJECTED
  }

  /** The status of the result, bits 15:0, or -1 if there is no result. */
  public int status() {
    return result == null ? -1 : (int) (result & 0xffff);
  }
}
