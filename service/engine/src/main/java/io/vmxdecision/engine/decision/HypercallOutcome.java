package io.vmxdecision.engine.decision;

import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Registers;

/**
 * What became of a flush hypercall that L0 handled: the request as far as it was read, a result or
 * #UD, and the registers after. Reused; allocates nothing; not thread-safe.
 */
public final class HypercallOutcome {
  private final FlushRequest request = new FlushRequest();
  private boolean handled;
  private boolean invalidOpcode;
  private HypercallStatus status = HypercallStatus.HV_STATUS_SUCCESS;
  private long result;
  private long rax;
  private long rdx;
  private long rip;

  /** No hypercall was handled. */
  public void clear() {
    handled = false;
    invalidOpcode = false;
    status = HypercallStatus.HV_STATUS_SUCCESS;
    result = 0;
    rax = 0;
    rdx = 0;
    rip = 0;
  }

  /** Whether L0 handled a flush hypercall. */
  public boolean isHandled() {
    return handled;
  }

  /** Notes that L0 handles a flush hypercall. */
  public void handled(boolean value) {
    handled = value;
  }

  /** The call. */
  public FlushRequest request() {
    return request;
  }

  /** Whether L0 queues #UD for the guest; then there is no status and no result. */
  public boolean isInvalidOpcode() {
    return invalidOpcode;
  }

  /** Sets {@link #isInvalidOpcode()}. */
  public void invalidOpcode(boolean value) {
    invalidOpcode = value;
  }

  /** The status. */
  public HypercallStatus status() {
    return status;
  }

  /** The result word, 64 bits: {@link HypercallStatus#result}. */
  public long result() {
    return result;
  }

  /** Ends the call with a status and, on success, the repetitions completed. */
  public void end(HypercallStatus status, int repsCompleted) {
    this.status = status;
    this.result = status.result(repsCompleted);
  }

  /** Sets the registers as the guest finds them. */
  public void registersAfter(long rax, long rdx, long rip) {
    this.rax = rax;
    this.rdx = rdx;
    this.rip = rip;
  }

  /** Sets {@code registers} to what they are after the call. */
  void applyTo(Registers registers) {
    registers.general(Registers.RAX, rax);
    registers.general(Registers.RDX, rdx);
    registers.rip(rip);
  }

  /** RAX after the call. */
  public long raxAfter() {
    return rax;
  }

  /** RDX after the call. */
  public long rdxAfter() {
    return rdx;
  }

  /** RIP after the call. */
  public long ripAfter() {
    return rip;
  }
}
