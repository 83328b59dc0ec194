package io.vmxdecision.engine.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.Outcome;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.scenario.ExitScenario;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routing table in rules.md, in its own numbers, every row both ways. */
class RoutingRulesTest {
  private static final EvmcsField PRIMARY = EvmcsField.CPU_BASED_VM_EXEC_CONTROL;
  private static final EvmcsField SECONDARY = EvmcsField.SECONDARY_VM_EXEC_CONTROL;
  private static final int ACTIVATE_SECONDARY = 31;

  @ParameterizedTest
  @ValueSource(ints = {1, 48, 49, 52, 62, 59, 41, 74, 75})
  void theseReasonsNeverReachL1(int reason) {
    ExitScenario exit = new ExitScenario(reason);
    exit.evmcs.value(PRIMARY, 0xffff_ffffL);
    exit.evmcs.value(SECONDARY, 0xffff_ffffL);
    assertRoute(exit, Level.L0);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {2, 3, 4, 5, 6, 9, 10, 11, 13, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 33, 34, 35, 38,
        42, 44, 45, 50, 53, 55, 56, 65, 66, 69, 70, 71, 72, 73, 76, 77, 78, 84, 85, 86, 1000, 0xffff})
  void theseReasonsAlwaysReachL1(int reason) {
    assertRoute(new ExitScenario(reason), Level.L1);
  }

  @ParameterizedTest
  @CsvSource({"7, 2", "8, 22", "12, 7", "14, 9", "15, 11", "16, 12", "51, 12", "29, 23", "36, 10", "39, 29",
    "37, 27", "40, 30", "43, 21"})
  void aPrimaryControlDecides(int reason, int bit) {
    assertRoute(new ExitScenario(reason), Level.L0);
    assertRoute(new ExitScenario(reason).set(PRIMARY, bit), Level.L1);
    ExitScenario allOthers = new ExitScenario(reason);
    allOthers.evmcs.value(PRIMARY, ~(1L << bit));
    assertRoute(allOthers, Level.L0);
  }

  @ParameterizedTest
  @CsvSource({"40, 10", "46, 2", "47, 2", "54, 6", "57, 11", "61, 16", "63, 20", "64, 20", "67, 26",
    "68, 26"})
  void aSecondaryControlDecidesIfTheSecondaryControlsAreActivated(int reason, int bit) {
    assertRoute(new ExitScenario(reason).set(SECONDARY, bit), Level.L0);
    assertRoute(new ExitScenario(reason).set(SECONDARY, bit).set(PRIMARY, ACTIVATE_SECONDARY), Level.L1);
    assertRoute(new ExitScenario(reason).set(PRIMARY, ACTIVATE_SECONDARY), Level.L0);
  }

  @Test
  void invpcidNeedsBothOfItsControls() {
    assertRoute(invpcid(), Level.L1);
    ExitScenario withoutInvlpg = invpcid();
    withoutInvlpg.evmcs.value(PRIMARY, 1L << ACTIVATE_SECONDARY);
    assertRoute(withoutInvlpg, Level.L0);
    ExitScenario withoutInvpcid = invpcid();
    withoutInvpcid.evmcs.value(SECONDARY, 0);
    assertRoute(withoutInvpcid, Level.L0);
  }

  private static ExitScenario invpcid() {
    return new ExitScenario(58).set(SECONDARY, 12).set(PRIMARY, ACTIVATE_SECONDARY).set(PRIMARY, 9);
  }

  @ParameterizedTest
  @CsvSource({
    // interruption information, exception bitmap, handler
    "80000202, ffffffff, L0", "800002ff, ffffffff, L0", // NMI, whatever its vector
    "80000314, ffffffff, L0", "80000b0e, 00000000, L1", // #VE, #PF
    "80000306, 00000040, L1", "80000306, ffffffbf, L0", // #UD
    "80000b0d, 00002000, L1", "80000b0d, 00000000, L0", // #GP
    "80000603, 00000008, L1", "80000603, 00000000, L0", // #BP
    "8000060e, 00004000, L1", "8000060e, 00000000, L0", // vector 14, but no hardware exception
    "80000614, 00100000, L1", "80000614, 00000000, L0", // vector 20 likewise
    "00000202, 00000004, L1", "00000202, 00000000, L0", // not valid: no NMI
    "80000326, 00000040, L1", // vector 38 is bit 6: the shift count counts modulo 32
  })
  void anExceptionIsRoutedByItsKindAndTheBitmap(String info, String bitmap, Level expected) {
    ExitScenario exit = new ExitScenario(0);
    exit.exit.interruptionInfo(Integer.parseUnsignedInt(info, 16));
    exit.evmcs.value(EvmcsField.EXCEPTION_BITMAP, Long.parseLong(bitmap, 16));
    assertRoute(exit, expected);
  }

  @ParameterizedTest
  @CsvSource({
    // qualification, value in RCX, mask, shadow, handler
    "100, 80000001, 80000000, 80000000, L0", // MOV CR0, RCX: the owned bit stays
    "100, 80000001, 80000000, 0, L1", // it changes
    "100, 1, 0, ffffffff, L0", // nothing is owned
    "104, 2000, 2000, 0, L1", "104, 2000, 2000, 2000, L0", // MOV CR4, RCX
    "102, ffffffff, ffffffff, 0, L0", // MOV to CR2: nobody's
    "20, 0, 8, 8, L1", "20, 0, 8, 0, L0", "20, 0, 0, 8, L0", // CLTS
    "10030, 0, 1, 0, L1", // LMSW sets PE
    "30, 0, 1, 1, L0", // LMSW cannot clear PE
    "10030, 0, 1, 1, L0", // PE is set already
    "80030, 0, 8, 0, L1", "30, 0, 8, 8, L1", "80030, 0, 8, 8, L0", // TS, both ways
    "f0030, 0, f0, 0, L0", // only the low four bits
  })
  void aControlRegisterAccessIsL1sIfItChangesWhatL1Owns(
      String qualification, String rcx, String mask, String shadow, Level expected) {
    ExitScenario exit = new ExitScenario(28);
    exit.exit.qualification(Long.parseLong(qualification, 16));
    exit.exit.registers().general(Registers.RCX, Long.parseLong(rcx, 16));
    boolean cr4 = qualification.endsWith("4");
    exit.evmcs.value(
        cr4 ? EvmcsField.CR4_GUEST_HOST_MASK : EvmcsField.CR0_GUEST_HOST_MASK, Long.parseLong(mask, 16));
    exit.evmcs.value(
        cr4 ? EvmcsField.CR4_READ_SHADOW : EvmcsField.CR0_READ_SHADOW, Long.parseLong(shadow, 16));
    Decision decision = assertRoute(exit, expected);
    assertThat(decision.met(CrAccessCondition.R_CR)).isEqualTo(expected == Level.L1);
  }

  @ParameterizedTest
  @CsvSource({"3, 15", "8, 19", "13, 16", "18, 20"})
  void movesToAndFromCr3AndCr8AreByControl(String qualification, int bit) {
    ExitScenario kept = new ExitScenario(28);
    kept.exit.qualification(Long.parseLong(qualification, 16));
    assertRoute(kept, Level.L0);
    ExitScenario wanted = new ExitScenario(28).set(PRIMARY, bit);
    wanted.exit.qualification(Long.parseLong(qualification, 16));
    assertRoute(wanted, Level.L1);
  }

  @Test
  void outside64BitModeARegisterIsCutTo32Bits() {
    ExitScenario exit = new ExitScenario(28);
    exit.evmcs.value(EvmcsField.CR0_GUEST_HOST_MASK, 1L << 40);
    exit.exit.registers().general(Registers.RAX, 1L << 40);
    assertRoute(exit, Level.L1);
    exit.exit.registers().longMode(false);
    assertRoute(exit, Level.L0);
  }

  @ParameterizedTest
  @CsvSource({
    // first port, size, the port whose bit is set, handler
    "3f8, 1, 3f8, L1", "3f8, 1, 3f9, L0", "3f8, 4, 3fb, L1", "3f8, 4, 3fc, L0", "7fff, 2, 8000, L1",
    "8000, 1, 8000, L1", "ffff, 1, 0, L0", "ffff, 2, 0, L1", "3f8, 8, 3ff, L1"
  })
  void anIoAccessIsL1sIfAPortOfItHasItsBitSetOrDoesNotExist(
      String port, int size, String setPort, Level expected) {
    ExitScenario exit = new ExitScenario(30).set(PRIMARY, 25);
    exit.exit.qualification(Long.parseLong(port, 16) << 16 | (size - 1));
    int set = Integer.parseInt(setPort, 16);
    byte[] bitmap = set < 0x8000 ? exit.bitmapA : exit.bitmapB;
    bitmap[(set & 0x7fff) / 8] |= (byte) (1 << (set & 7));
    Decision decision = assertRoute(exit, expected);
    assertThat(decision.met(IoCondition.R_IO)).isEqualTo(expected == Level.L1);
  }

  @Test
  void withoutIoBitmapsTheUnconditionalControlDecides() {
    assertRoute(new ExitScenario(30), Level.L0);
    assertRoute(new ExitScenario(30).set(PRIMARY, 24), Level.L1);
    assertRoute(new ExitScenario(30).set(PRIMARY, 24).set(PRIMARY, 25), Level.L0);
  }

  @ParameterizedTest
  @CsvSource({
    // reason, MSR, byte of the page, bit, handler
    "31, 10, 2, 0, L1", "31, 10, 2, 1, L0", "32, 10, 802, 0, L1", "31, 10, 802, 0, L0",
    "31, c0000100, 420, 0, L1", "32, c0000100, c20, 0, L1", "32, c0000100, 420, 0, L0",
    "31, 1fff, 3ff, 7, L1", "31, 2000, 400, 0, L1", "31, c0002000, 0, 0, L1", "31, bfffffff, 0, 0, L1"
  })
  void anMsrAccessIsL1sIfItsBitIsSetOrItIsOutsideBothRanges(
      int reason, String msr, String at, int bit, Level expected) {
    ExitScenario exit = new ExitScenario(reason).set(PRIMARY, 28);
    exit.exit.registers().general(Registers.RCX, 0xdead_0000_0000_0000L | Long.parseLong(msr, 16));
    exit.msrBitmap[Integer.parseInt(at, 16)] = (byte) (1 << bit);
    Decision decision = assertRoute(exit, expected);
    assertThat(decision.met(MsrCondition.R_MSR)).isEqualTo(expected == Level.L1);
  }

  @Test
  void withoutMsrBitmapsEveryMsrAccessIsL1s() {
    assertRoute(new ExitScenario(31), Level.L1);
    assertRoute(new ExitScenario(32), Level.L1);
  }

  @ParameterizedTest
  @CsvSource({"30, 25", "31, 28", "32, 28"})
  void anUnreadableBitmapCountsAsSet(int reason, int control) {
    ExitScenario exit = new ExitScenario(reason).set(PRIMARY, control);
    assertRoute(exit, Level.L0);
    exit.snapshot.memory().clear();
    assertRoute(exit, Level.L1);
  }

  @ParameterizedTest
  @ValueSource(ints = {23, 25})
  void vmreadAndVmwriteLookAtTheBitmapAtAddressZeroIfThereIsAShadowVmcs(int reason) {
    ExitScenario exit = new ExitScenario(reason).set(SECONDARY, 14).set(PRIMARY, ACTIVATE_SECONDARY);
    exit.exit.instructionInfo(3 << 28); // the field is in RBX
    exit.exit.registers().general(Registers.RBX, 0x4402);
    assertRoute(exit, Level.L0);
    exit.pageZero[0x4402 / 8] = 1 << (0x4402 % 8);
    assertRoute(exit, Level.L1);
    exit.exit.registers().general(Registers.RBX, 0x8000);
    assertRoute(exit, Level.L1);
  }

  @Test
  void anInjectedPendingMtfExitIsL1sWithoutTheControl() {
    ExitScenario exit = new ExitScenario(37);
    exit.evmcs.value(EvmcsField.VM_ENTRY_INTR_INFO_FIELD, 0x8000_0700L);
    assertRoute(exit, Level.L1);
    exit.evmcs.value(EvmcsField.VM_ENTRY_INTR_INFO_FIELD, 0x8000_0701L);
    assertRoute(exit, Level.L0);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, L1", "62, 62, L1", "63, 63, L1", "64, 63, L1", "ffffffff, 63, L1", "5, 4, L0"})
  void anEnclsIsL1sByTheBitOfItsLeaf(String eax, int bit, Level expected) {
    ExitScenario exit = new ExitScenario(60).set(SECONDARY, 15).set(PRIMARY, ACTIVATE_SECONDARY);
    exit.set(EvmcsField.ENCLS_EXITING_BITMAP, bit);
    long leaf = eax.length() == 8 ? Long.parseLong(eax, 16) : Long.parseLong(eax);
    exit.exit.registers().general(Registers.RAX, 0x1_0000_0000L | leaf);
    assertRoute(exit, expected);
    exit.snapshot.cpuid().sgx(false);
    assertRoute(exit, Level.L0);
  }

  @Test
  void withoutAnActiveEvmcsOnlyWhatNeedsNoControlsIsRouted() {
    for (BasicExitReason reason : BasicExitReason.values()) {
      ExitScenario exit = new ExitScenario(reason.number());
      exit.snapshot.vpAssistPage().enlightenVmentry(0);
      boolean fixed = switch (reason) {
        case EXCEPTION_NMI, INTERRUPT_WINDOW, NMI_WINDOW, HLT, INVLPG, RDPMC, RDTSC, RDTSCP, VMREAD, VMWRITE,
            CR_ACCESS, DR_ACCESS, IO_INSTRUCTION, MSR_READ, MSR_WRITE, MWAIT_INSTRUCTION, MONITOR_TRAP_FLAG,
            MONITOR_INSTRUCTION, PAUSE_INSTRUCTION, TPR_BELOW_THRESHOLD, GDTR_IDTR, LDTR_TR, WBINVD, RDRAND,
            RDSEED, INVPCID, ENCLS, XSAVES, XRSTORS, UMWAIT, TPAUSE ->
          false;
        default -> true;
      };
      assertThat(exit.decide().outcome())
          .as(reason.name())
          .isEqualTo(fixed ? Outcome.DECIDED : Outcome.NO_ACTIVE_EVMCS);
    }
  }

  @Test
  void aPageFaultAndAnNmiNeedNoControls() {
    ExitScenario exit = new ExitScenario(0);
    exit.snapshot.vpAssistPage().enlightenVmentry(0);
    exit.exit.interruptionInfo(0x80000b0e);
    assertRoute(exit, Level.L1);
    exit.exit.interruptionInfo(0x80000202);
    assertRoute(exit, Level.L0);
  }

  @Test
  void theBitsAboveTheBasicReasonDoNotRoute() {
    assertRoute(new ExitScenario(0x1000_0031), Level.L0); // read as an EPT misconfiguration, as KVM does
    assertRoute(new ExitScenario(0x0c00_000c).set(PRIMARY, 7), Level.L1);
  }

  private static Decision assertRoute(ExitScenario exit, Level expected) {
    Decision decision = exit.decide();
    assertThat(decision.outcome()).isEqualTo(Outcome.DECIDED);
    assertThat(decision.handledBy()).isEqualTo(expected);
    assertThat(decision.met(RoutingRules.R)).isEqualTo(expected == Level.L1);
    assertThat(decision.exitToL1().isPresent()).isEqualTo(expected == Level.L1);
    return decision;
  }
}
