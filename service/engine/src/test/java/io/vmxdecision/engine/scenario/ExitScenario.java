package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.DecisionEngine;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Random;

/** An exit from L2 with an active eVMCS: all controls clear, bitmaps where their fields point to. */
public final class ExitScenario {
  /** Where the bitmaps lie. */
  public static final long IO_BITMAP_A = 0x1_0000;

  public static final long IO_BITMAP_B = 0x2_0000;
  public static final long MSR_BITMAP = 0x3_0000;

  public final byte[] page = new byte[PageView.PAGE_BYTES];
  public final byte[] bitmapA = new byte[PageView.PAGE_BYTES];
  public final byte[] bitmapB = new byte[PageView.PAGE_BYTES];
  public final byte[] msrBitmap = new byte[PageView.PAGE_BYTES];

  /** The page at address 0, where VMREAD and VMWRITE look. */
  public final byte[] pageZero = new byte[PageView.PAGE_BYTES];

  public final Snapshot snapshot = new Snapshot();
  public final VmExit exit = new VmExit();
  public final EnlightenedVmcs evmcs = snapshot.evmcs();

  /** An exit for that raw reason. */
  public ExitScenario(int reason) {
    snapshot.clear();
    exit.clear();
    exit.reason(reason);
    evmcs.wrap(page, 0);
    evmcs.value(EvmcsField.REVISION_ID, 1);
    evmcs.value(EvmcsField.IO_BITMAP_A, IO_BITMAP_A);
    evmcs.value(EvmcsField.IO_BITMAP_B, IO_BITMAP_B);
    evmcs.value(EvmcsField.MSR_BITMAP, MSR_BITMAP);
    snapshot.vpAssistPage().wrap(new byte[PageView.PAGE_BYTES], 0);
    snapshot.vpAssistPage().enlightenVmentry(1);
    snapshot.cpuid().sgx(true);
    snapshot.memory().add(IO_BITMAP_A, bitmapA, 0, bitmapA.length);
    snapshot.memory().add(IO_BITMAP_B, bitmapB, 0, bitmapB.length);
    snapshot.memory().add(MSR_BITMAP, msrBitmap, 0, msrBitmap.length);
    snapshot.memory().add(0, pageZero, 0, pageZero.length);
  }

  /** The same with everything random that may be so. */
  public static ExitScenario random(int reason, Random random) {
    ExitScenario scenario = new ExitScenario(reason);
    random.nextBytes(scenario.page);
    scenario.evmcs.value(EvmcsField.REVISION_ID, 1);
    scenario.evmcs.value(EvmcsField.IO_BITMAP_A, IO_BITMAP_A);
    scenario.evmcs.value(EvmcsField.IO_BITMAP_B, IO_BITMAP_B);
    scenario.evmcs.value(EvmcsField.MSR_BITMAP, MSR_BITMAP);
    random.nextBytes(scenario.bitmapA);
    random.nextBytes(scenario.bitmapB);
    random.nextBytes(scenario.msrBitmap);
    random.nextBytes(scenario.pageZero);
    for (int i = 0; i < Registers.GENERAL; i++) {
      scenario.exit.registers().general(i, random.nextLong() >>> random.nextInt(64));
    }
    scenario.exit.registers().rip(random.nextLong());
    scenario.exit.registers().rflags(random.nextLong());
    scenario.exit.registers().longMode(random.nextBoolean());
    scenario.exit.qualification(random.nextLong() >>> random.nextInt(64));
    scenario.exit
        .interruptionInfo(random.nextBoolean() ? random.nextInt() : 0x8000_0300 | random.nextInt(32));
    scenario.exit.interruptionErrorCode(random.nextInt());
    scenario.exit.idtVectoringInfo(random.nextInt());
    scenario.exit.idtVectoringErrorCode(random.nextInt());
    scenario.exit.instructionInfo(random.nextInt());
    scenario.exit.instructionLength(random.nextInt(16));
    scenario.exit.guestLinearAddress(random.nextLong());
    return scenario;
  }

  /** Sets a bit of a field of the eVMCS. */
  public ExitScenario set(EvmcsField field, int bit) {
    evmcs.value(field, evmcs.value(field) | 1L << bit);
    return this;
  }

  /** Decides. */
  public Decision decide() {
    Decision decision = new Decision();
    new DecisionEngine().decide(snapshot, exit, decision);
    return decision;
  }
}
