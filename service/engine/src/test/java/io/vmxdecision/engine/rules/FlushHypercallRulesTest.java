package io.vmxdecision.engine.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.FlushScenario;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FlushHypercallRulesTest {
  private final FlushScenario call = new FlushScenario();

  static Stream<Arguments> faults() {
    return Stream.of(
        fault(FlushHypercallRules.H3, "bit 31, \"is nested\"", c -> c.reservedBits = 1L << 31),
        fault(FlushHypercallRules.H3, "bit 27", c -> c.reservedBits = 1L << 27),
        fault(FlushHypercallRules.H3, "bit 44", c -> c.reservedBits = 1L << 44),
        fault(FlushHypercallRules.H3, "bit 63", c -> c.reservedBits = 1L << 63),
        fault(FlushHypercallRules.H5, "variable header on 0x2", c -> c.variableHeaderSize = 1),
        fault(FlushHypercallRules.H5, "variable header on 0x3", c -> {
          list(c, 1);
          c.variableHeaderSize = 1;
        }),
        fault(FlushHypercallRules.H6, "rep count on a space call", c -> c.repCount = 1),
        fault(FlushHypercallRules.H6, "rep start on a space call", c -> c.repStart = 1),
        fault(FlushHypercallRules.H6, "no rep count on a list call", c -> list(c, 0)),
        fault(FlushHypercallRules.H6, "rep start on a list call", c -> {
          list(c, 2);
          c.repStart = 1;
        }),
        fault(FlushHypercallRules.H7, "untranslated input page", c -> {
          c.fast = false;
          c.ept = true;
          c.translated = false;
        }),
        fault(FlushHypercallRules.H8, "header short of a byte", c -> {
          c.fast = false;
          c.unreadableFromByte = 23;
        }),
        fault(FlushHypercallRules.H8, "Ex header short of a byte", c -> {
          set(c, 0);
          c.fast = false;
          c.unreadableFromByte = 31;
        }),
        fault(FlushHypercallRules.H9, "fewer banks announced than valid", c -> {
          set(c, 0b11, 1, 2);
          c.variableHeaderSize = 1;
        }),
        fault(FlushHypercallRules.H9, "also for \"all\"", c -> {
          set(c, 0b11);
          c.payload[0] = 1;
          c.variableHeaderSize = 1;
        }),
        fault(FlushHypercallRules.H11, "eleven banks in ten halves", c -> set(c, 0x7ff, new long[11])),
        fault(FlushHypercallRules.H11, "banks short of a byte", c -> {
          set(c, 0b11, 1, 2);
          c.fast = false;
          c.unreadableFromByte = 47;
        }),
        fault(FlushHypercallRules.H12, "twelve entries in eleven halves", c -> list(c, 12)),
        fault(FlushHypercallRules.H12, "list short of a byte", c -> {
          list(c, 3);
          c.fast = false;
          c.unreadableFromByte = 47;
        }));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("faults")
  void aFaultyCallGetsInvalidHypercallInputAndFlushesNothing(
      Rule rule, String what, Consumer<FlushScenario> fault) {
    fault.accept(call);
    call.tlbLockCount = 1;
    Decision decision = call.decide();
    assertThat(decision.met(rule)).as(what).isTrue();
    assertThat(decision.hypercall().status()).isEqualTo(HypercallStatus.HV_STATUS_INVALID_HYPERCALL_INPUT);
    assertThat(decision.hypercall().result()).isEqualTo(3);
    assertThat(decision.tlbMutations().count()).isZero();
    assertThat(decision.isSyntheticExit()).isFalse();
    assertThat(decision.hypercall().ripAfter()).isEqualTo(call.rip + 3);
  }

  @ParameterizedTest
  @CsvSource({"3, true, true", "0, false, true", "1, true, true"})
  void anIllegalEnvironmentGetsInvalidOpcodeAndChangesNothing(int cpl, boolean protectedMode,
      boolean longMode) {
    call.cpl = cpl;
    call.protectedMode = protectedMode;
    call.longMode = longMode;
    Decision decision = call.decide();
    assertThat(decision.met(FlushHypercallRules.H1)).isTrue();
    assertThat(decision.hypercall().isInvalidOpcode()).isTrue();
    assertThat(decision.hypercall().ripAfter()).isEqualTo(call.rip);
    assertThat(decision.tlbMutations().count()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    // code, enlightenments EAX, refused
    "2, 4, false", "2, 0, true", "2, 800, true", "13, 804, false", "13, 4, true", "13, 800, true"
  })
  void enforcedCpuidRefusesWhatItDoesNotOffer(String code, String eax, boolean refused) {
    call.code = Integer.parseInt(code, 16);
    call.payload = new long[]{1, 0};
    call.enforced = true;
    call.enlightenmentsEax = Integer.parseInt(eax, 16);
    Decision decision = call.decide();
    assertThat(decision.met(FlushHypercallRules.H2)).isEqualTo(refused);
    assertThat(decision.hypercall().result()).isEqualTo(refused ? 6 : 0);
  }

  @Test
  void anEnforcedFastCallWithoutXmmInputGetsInvalidOpcode() {
    call.enforced = true;
    call.featuresEdx = ~0x10;
    assertThat(call.decide().hypercall().isInvalidOpcode()).isTrue();
    call.fast = false;
    assertThat(call.decide().hypercall().isInvalidOpcode()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"11, 0", "12, 3", "15, 3", "16, 0", "4095, 0"})
  void aFastListFailsWithTwelveToFifteenEntriesAndSucceedsAroundThat(int entries, int status) {
    list(call, entries);
    Decision decision = call.decide();
    assertThat(decision.hypercall().status().code()).isEqualTo(status);
    boolean success = status == 0;
    assertThat(decision.hypercall().result()).isEqualTo(success ? (long) entries << 32 : status);
    assertThat(decision.tlbMutations().count()).isEqualTo(success ? 1 : 0);
  }

  @Test
  void anEmptySparseSetSucceedsAndStillBringsTheSyntheticExit() {
    set(call, 0);
    call.tlbLockCount = 1;
    Decision decision = call.decide();
    assertThat(decision.met(FlushHypercallRules.H10)).isTrue();
    assertThat(decision.looked(TlbMutationRules.M)).isFalse();
    assertThat(decision.tlbMutations().count()).isZero();
    assertThat(decision.isSyntheticExit()).isTrue();
  }

  @Test
  void banksOfAnAllSetAreSkippedOverAndTheListReadBehindThem() {
    set(call, 0b11, 0, 0);
    call.code = 0x14;
    call.repCount = 1;
    call.payload = new long[]{1, 0b11, 0xdead, 0xbeef, 0x7000_1000};
    Decision decision = call.decide();
    assertThat(decision.tlbMutations().count()).isEqualTo(1);
    assertThat(decision.hypercall().request().entries()[0]).isEqualTo(0x7000_1000);
  }

  @Test
  void moreBanksOfAnAllSetThanHalvesLeaveNoPlaceForAList() {
    set(call, -1L);
    call.code = 0x14;
    call.repCount = 1;
    call.payload = new long[]{1, -1L};
    call.variableHeaderSize = 64;
    assertThat(call.decide().met(FlushHypercallRules.H12)).isTrue();
    call.code = 0x13;
    call.repCount = 0;
    assertThat(call.decide().hypercall().result()).isZero();
  }

  @Test
  void aBlockThatCrossesAPageIsReadOnFromTheNextPageOfL1() {
    // KVM (kvm_hv_flush_tlb()) translates only the start: L2's next page could lie anywhere.
    call.ept = true;
    call.fast = false;
    call.fill();
    call.snapshot.memory().clear();
    call.snapshot.memory().add(FlushScenario.INPUT_GPA + 0xff8, new byte[24], 0, 24);
    call.exit.registers().general(2, FlushScenario.INPUT_L2_GPA + 0xff8);
    Decision decision = new Decision();
    new DecisionEngine().decide(call.snapshot, call.exit, decision);
    assertThat(decision.hypercall().status()).isEqualTo(HypercallStatus.HV_STATUS_SUCCESS);
  }

  @Test
  void aCallFromL1IsNotTranslated() {
    call.from = Level.L1;
    call.fast = false;
    call.ept = true;
    call.fill();
    call.exit.registers().general(2, FlushScenario.INPUT_GPA);
    Decision decision = new Decision();
    new DecisionEngine().decide(call.snapshot, call.exit, decision);
    assertThat(decision.looked(FlushHypercallRules.H7)).isFalse();
    assertThat(decision.tlbMutations().fifo()).isEqualTo(Level.L1);
    assertThat(decision.tlbMutations().count()).isEqualTo(1);
  }

  private static Arguments fault(Rule rule, String what, Consumer<FlushScenario> fault) {
    return Arguments.of(rule, what, fault);
  }

  /** Makes the call a list of that many entries for all processors. */
  private static void list(FlushScenario call, int entries) {
    call.code = 0x3;
    call.repCount = entries;
    call.payload = new long[1 + Math.min(entries, 20)];
  }

  /** Makes the call an Ex space call for a sparse set. */
  private static void set(FlushScenario call, long validBanksMask, long... banks) {
    call.code = 0x13;
    call.variableHeaderSize = banks.length;
    call.payload = new long[2 + banks.length];
    call.payload[1] = validBanksMask;
    System.arraycopy(banks, 0, call.payload, 2, banks.length);
  }
}
