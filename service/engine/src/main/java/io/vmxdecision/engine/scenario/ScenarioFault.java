package io.vmxdecision.engine.scenario;

/** Why an event cannot be. It has changed nothing. */
public enum ScenarioFault {
  /** There is no vCPU of that index. */
  NO_SUCH_VCPU("there is no such vCPU"),
  /** Only L1 does that, and the vCPU is in L2. */
  NOT_IN_L1("the vCPU is in L2, and only L1 does this"),
  /** That happens to L2 alone, and the vCPU is in L1. */
  NOT_IN_L2("the vCPU is in L1, and this happens to L2 alone"),
  /** The exit is from L1, and no flush hypercall. */
  NOT_A_FLUSH_HYPERCALL("the vCPU is in L1, and the exit is no flush hypercall"),
  /** The vCPU's nested state has not been saved yet. */
  NOTHING_SAVED("the vCPU has not been saved before"),
  /** A byte that is written is not in memory. */
  OUTSIDE_MEMORY("the write is not wholly inside the machine's memory");

  private final String detail;

  ScenarioFault(String detail) {
    this.detail = detail;
  }

  /** The same in words. */
  public String detail() {
    return detail;
  }
}
