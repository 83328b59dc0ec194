package io.vmxdecision.engine.machine;

/** A level of nesting. */
public enum Level {
  /** The hypervisor on the hardware, the one that is modelled. */
  L0,
  /** The guest hypervisor, such as Hyper-V. */
  L1,
  /** The guest of the guest hypervisor. */
  L2
}
