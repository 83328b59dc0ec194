package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.view.EnlightenedVmcs;
import io.vmxdecision.engine.view.VpAssistPage;

/** Rules E: is an enlightened VMCS in use? */
public final class EnlightenedVmcsRules {
  /** {@code current_nested_vmcs}: none. KVM {@code EVMPTR_INVALID}. */
  private static final long EVMPTR_INVALID = -1L;

  /** {@code current_nested_vmcs}: not mapped yet after a restore. KVM {@code EVMPTR_MAP_PENDING}. */
  private static final long EVMPTR_MAP_PENDING = -2L;

  private EnlightenedVmcsRules() {}

  /** Looks at E1 to E5; what depends on a page that is not given is not looked at. */
  public static void evaluate(Snapshot snapshot, Decision decision) {
    VpAssistPage assist = snapshot.vpAssistPage();
    if (decision.record(Rule.E1, assist.isGiven())) {
      decision.record(Rule.E2, assist.enlightenVmentry() != 0);
      decision.record(Rule.E3, isValidPointer(assist.currentNestedVmcs()));
    }
    EnlightenedVmcs evmcs = snapshot.evmcs();
    if (decision.record(Rule.E4, evmcs.isGiven())) {
      decision.record(Rule.E5, evmcs.hasKnownRevision());
    }
  }

  /** Whether an enlightened VMCS is in use: all five were met. */
  public static boolean isActive(Decision decision) {
    return decision.met(Rule.E1)
        && decision.met(Rule.E2)
        && decision.met(Rule.E3)
        && decision.met(Rule.E4)
        && decision.met(Rule.E5);
  }

  private static boolean isValidPointer(long gpa) {
    return gpa != EVMPTR_INVALID && gpa != EVMPTR_MAP_PENDING;
  }
}
