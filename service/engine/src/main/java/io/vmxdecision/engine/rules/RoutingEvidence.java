package io.vmxdecision.engine.rules;

import static java.util.Objects.requireNonNull;

import io.vmxdecision.engine.catalogue.Decided;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.decision.Route;
import io.vmxdecision.engine.decision.RoutingGround;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;

/** The evidence of the rules R: on what ground the exit went where it did. */
final class RoutingEvidence {
  private final Decided decided;
  private final Route route;

  private RoutingEvidence(Decided decided) {
    this.decided = decided;
    this.route = decided.decision().route();
  }

  static String in(Decided decided) {
    RoutingEvidence evidence = new RoutingEvidence(decided);
    String ground = evidence.ground();
    if (saysItAll(evidence.route.ground())) {
      return ground;
    }
    return ground
        + (decided.decision().met(RoutingRules.R) ? "; L1 wants the exit" : "; L0 handles the exit");
  }

  /** Whether the words of the ground say who gets the exit. */
  private static boolean saysItAll(RoutingGround ground) {
    return switch (ground) {
      case KEPT_BY_L0, CPUID_FAULT, NMI, VIRTUALIZATION_EXCEPTION, ELIGIBLE_FLUSH, ALWAYS_WANTED,
          NEVER_WANTED,
          PAGE_FAULT ->
        true;
      default -> false;
    };
  }

  private String ground() {
    return switch (route.ground()) {
      case KEPT_BY_L0 -> "L0 always keeps exits of this reason";
      case CPUID_FAULT -> "CPUID faulting is on, and CPL is " + decided.registers().cpl()
          + ", so L0 keeps the exit";
      case NMI -> interruptionInfo() + " is an NMI (valid, type 2), which L0 keeps";
      case VIRTUALIZATION_EXCEPTION -> interruptionInfo() + " is a #VE (vector 20), which L0 keeps";
      case ELIGIBLE_FLUSH -> "the L2 TLB flush is eligible (F1 to F5), so L0 keeps the VMCALL";
      case ALWAYS_WANTED -> "L1 always wants exits of this reason";
      case NEVER_WANTED -> "L1 never sees exits of this reason";
      case PAGE_FAULT -> interruptionInfo() + " is a #PF (vector 14), which L1 always wants";
      case CONTROL -> {
        Control control = requireNonNull(route.control());
        yield said(control) + " is " + Words.state(decided.evmcs().isSet(control));
      }
      case SECONDARY_CONTROLS_INACTIVE -> said(requireNonNull(route.control()))
          + " does not count, since " + said(Control.ACTIVATE_SECONDARY_CONTROLS) + " is clear";
      case EXCEPTION_BITMAP, ENCLS_BITMAP -> {
        long value = decided.evmcs().value(requireNonNull(route.field()));
        yield "bit " + route.bit() + " of " + field() + " = " + Words.hex(value) + " is "
            + bitState(value);
      }
      case CR_MASK -> "of the bits that L2 would change, L1 owns "
          + (route.value() == 0 ? "none" : Words.hex(route.value())) + " by " + field() + " = "
          + Words.hex(decided.evmcs().value(requireNonNull(route.field())));
      case CR_NOT_WANTED -> "this access to this control register is never L1's";
      case BITMAP -> "bit " + route.bit() + " of the byte " + Words.hex(route.value()) + " at L1 GPA "
          + Words.hex(route.gpa()) + pointer() + " is " + bitState(route.value());
      case BITMAP_UNREADABLE -> "the byte of the bitmap at L1 GPA " + Words.hex(route.gpa()) + pointer()
          + " is unreadable, which counts as set";
      case OUT_OF_RANGE -> "number " + Words.hex(route.value()) + " is in no bitmap, which counts as set";
      case MTF_INJECTED -> field() + " is " + Words.hex(route.value()) + ", a pending MTF VM-exit";
      case NO_SGX -> "the guest has no SGX (CPUID)";
    };
  }

  private String interruptionInfo() {
    return "interruption information " + Words.hex(decided.exit().interruptionInfo());
  }

  private String bitState(long word) {
    return Words.state(((word >>> route.bit()) & 1) != 0);
  }

  private String pointer() {
    return route.field() == null ? "" : ", in the bitmap that " + field() + " points to,";
  }

  private String field() {
    return said(requireNonNull(route.field()));
  }

  private static String said(EvmcsField field) {
    return field.linuxName() + " (" + field.address() + ")";
  }

  private static String said(Control control) {
    return "bit " + control.bit() + " (" + control.title() + ") of " + said(control.field());
  }
}
