package io.vmxdecision.engine.catalogue;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.FlushRequest;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;

/**
 * A decision and what it was made from, for {@link Evidence}. They all have to stay as they are meanwhile.
 *
 * @param profile the L0 that decided
 * @param snapshot the pages and the state of L0
 * @param exit the exit
 * @param decision what was decided of it
 */
public record Decided(Profile profile, Snapshot snapshot, VmExit exit, Decision decision) {
  /** The eVMCS, if one is given. */
  public EnlightenedVmcs evmcs() {
    return snapshot.evmcs();
  }

  /** The registers of the exiting vCPU. */
  public Registers registers() {
    return exit.registers();
  }

  /** The flush hypercall, if L0 handled one. */
  public FlushRequest call() {
    return decision.hypercall().request();
  }
}
