package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.decision.DecisionRequest.CpuidPart;
import io.vmxdecision.app.decision.DecisionRequest.ExitPart;
import io.vmxdecision.app.decision.DecisionRequest.RegistersPart;
import io.vmxdecision.app.decision.DecisionRequest.XmmPart;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.VmExit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From the parts of a request to an exit with its registers. What is left out stays as it is there. Notes
 * values outside the contract's ranges.
 */
public final class ExitMapper {
  private final RequestFaults faults;

  /** A mapper that notes values outside their ranges in {@code faults}. */
  public ExitMapper(RequestFaults faults) {
    this.faults = faults;
  }

  /** Fills CPUID. */
  public static void cpuid(@Nullable CpuidPart from, Cpuid cpuid) {
    if (from != null) {
      cpuid.nestedEax(value(from.nestedEax()));
      cpuid.enlightenmentsEax(value(from.enlightenmentsEax()));
      cpuid.featuresEdx(value(from.featuresEdx()));
      cpuid.enforced(orElse(from.enforced(), false));
      cpuid.sgx(orElse(from.sgx(), false));
      cpuid.faulting(orElse(from.faulting(), false));
    }
  }

  /** Fills registers. */
  public void registers(@Nullable RegistersPart from, Registers registers) {
    if (from == null) {
      return;
    }
    List<@Nullable Word64> general = from.general();
    for (int i = 0; i < Registers.GENERAL; i++) {
      Word64 word = general.get(i);
      if (word != null) {
        registers.general(i, word.value());
      }
    }
    if (from.rip() != null) {
      registers.rip(from.rip().value());
    }
    if (from.rflags() != null) {
      registers.rflags(from.rflags().value());
    }
    xmm(from.xmm(), registers);
    int cpl = orElse(from.cpl(), 0);
    faults.require(cpl >= 0 && cpl <= Registers.MAX_CPL);
    registers.cpl(cpl);
    registers.protectedMode(orElse(from.protectedMode(), true));
    registers.longMode(orElse(from.longMode(), true));
  }

  private void xmm(@Nullable List<XmmPart> from, Registers registers) {
    if (from == null || !faults.require(from.size() <= Registers.XMM)) {
      return;
    }
    int half = 0;
    for (XmmPart xmm : from) {
      if (faults.require(xmm != null)) {
        registers.xmmHalf(half++, value(xmm.lo()));
        registers.xmmHalf(half++, value(xmm.hi()));
      }
    }
  }

  /** Fills an exit. */
  public void exit(ExitPart from, VmExit exit) {
    exit.from(from.from() == null ? Level.L2 : from.from().level());
    exit.reason(from.reason().value());
    exit.qualification(value(from.qualification()));
    exit.interruptionInfo(value(from.interruptionInfo()));
    exit.interruptionErrorCode(value(from.interruptionErrorCode()));
    exit.instructionLength(from.instructionLength() == null ? 0 : faults.u32(from.instructionLength()));
    exit.idtVectoringInfo(value(from.idtVectoringInfo()));
    exit.idtVectoringErrorCode(value(from.idtVectoringErrorCode()));
    if (from.instructionInfo() != null) {
      exit.instructionInfo(from.instructionInfo().value());
    }
    if (from.guestLinearAddress() != null) {
      exit.guestLinearAddress(from.guestLinearAddress().value());
    }
  }

  private static int value(@Nullable Word32 word) {
    return word == null ? 0 : word.value();
  }

  private static long value(@Nullable Word64 word) {
    return word == null ? 0 : word.value();
  }

  private static <T> T orElse(@Nullable T value, T other) {
    return value == null ? other : value;
  }
}
