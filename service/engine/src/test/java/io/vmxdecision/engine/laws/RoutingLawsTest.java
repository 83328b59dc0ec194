package io.vmxdecision.engine.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.scenario.ExitScenario;
import io.vmxdecision.engine.view.EvmcsField;
import io.vmxdecision.engine.view.PageView;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;

class RoutingLawsTest {
  private static final int PAGE_BITS = PageView.PAGE_BYTES * Byte.SIZE;

  @Property(tries = 20_000)
  void aRouteDependsOnNoBitOfThePageThatItsRowDoesNotName(
      @ForAll @IntRange(max = 90) int reason,
      @ForAll Random random,
      @ForAll @IntRange(max = PAGE_BITS - 1) int anyBit,
      @ForAll @IntRange(min = 0x310 * 8, max = 0x330 * 8 - 1) int controlBit) {
    ExitScenario exit = ExitScenario.random(reason, random);
    Decision before = exit.decide();
    Statistics.collect(before.handledBy());
    BitSet named = bitsNamedBy(reason);
    for (int bit : new int[]{anyBit, controlBit}) {
      if (!named.get(bit)) {
        exit.page[bit / 8] ^= (byte) (1 << bit % 8);
        assertThat(exit.decide().handledBy()).as("bit %d of the byte at 0x%x", bit % 8, bit / 8)
            .isEqualTo(before.handledBy());
      }
    }
  }

  @Property(tries = 5_000)
  void anExitWritesOnlyWhatL0WritesOnExit(@ForAll @IntRange(max = 90) int reason, @ForAll Random random) {
    EvmcsWrites writes = ExitScenario.random(reason, random).decide().exitToL1().evmcsWrites();
    int offset = -1;
    for (int i = 0; i < writes.count(); i++) {
      EvmcsField field = writes.field(i);
      assertThat(field.writtenOnExit()).as(field.linuxName()).isTrue();
      assertThat(field.offset()).isGreaterThan(offset);
      assertThat(writes.after(i)).isNotEqualTo(writes.before(i));
      offset = field.offset();
    }
  }

  @Property(tries = 5_000)
  void afterTheWritesThePageSaysWhatL1Sees(@ForAll @IntRange(max = 90) int reason, @ForAll Random random) {
    ExitScenario exit = ExitScenario.random(reason, random);
    Decision decision = exit.decide();
    boolean reflected = decision.exitToL1().isPresent();
    Statistics.collect(reflected ? "reflected" : "not reflected");
    Statistics.coverage(seen -> seen.check("reflected").percentage(p -> p > 20));
    if (!reflected) {
      return;
    }
    decision.exitToL1().evmcsWrites().applyTo(exit.evmcs);
    assertThat((int) exit.evmcs.value(EvmcsField.VM_EXIT_REASON)).isEqualTo(decision.exitToL1().reason());
    assertThat(exit.evmcs.value(EvmcsField.EXIT_QUALIFICATION))
        .isEqualTo(decision.exitToL1().qualification());
    assertThat((int) exit.evmcs.value(EvmcsField.IDT_VECTORING_INFO_FIELD))
        .isEqualTo(decision.exitToL1().idtVectoringInfo());
    assertThat(exit.evmcs.value(EvmcsField.GUEST_RIP)).isEqualTo(exit.exit.registers().rip());
    // A second look at the same exit finds nothing left to write.
    if (reason != 37) { // the injected MTF that may have routed it here is no longer valid
      assertThat(exit.decide().exitToL1().evmcsWrites().count()).isZero();
    }
  }

  /** By the table of rule R, in its own numbers; and what rules E and F name for all of them. */
  private static BitSet bitsNamedBy(int reason) {
    BitSet bits = new BitSet();
    name(bits, EvmcsField.REVISION_ID, 0, 31);
    switch (reason) {
      case 0 -> name(bits, EvmcsField.EXCEPTION_BITMAP, 0, 31);
      case 7 -> primary(bits, 2);
      case 8 -> primary(bits, 22);
      case 12 -> primary(bits, 7);
      case 14 -> primary(bits, 9);
      case 15 -> primary(bits, 11);
      case 16, 51 -> primary(bits, 12);
      case 18 -> name(bits, EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 0, 0);
      case 23, 25 -> secondary(bits, 14);
      case 28 -> {
        name(bits, EvmcsField.CR0_GUEST_HOST_MASK, 0, 63);
        name(bits, EvmcsField.CR0_READ_SHADOW, 0, 63);
        name(bits, EvmcsField.CR4_GUEST_HOST_MASK, 0, 63);
        name(bits, EvmcsField.CR4_READ_SHADOW, 0, 63);
        primary(bits, 15);
        primary(bits, 16);
        primary(bits, 19);
        primary(bits, 20);
      }
      case 29 -> primary(bits, 23);
      case 30 -> {
        name(bits, EvmcsField.IO_BITMAP_A, 0, 63);
        name(bits, EvmcsField.IO_BITMAP_B, 0, 63);
        primary(bits, 24);
        primary(bits, 25);
      }
      case 31, 32 -> {
        name(bits, EvmcsField.MSR_BITMAP, 0, 63);
        primary(bits, 28);
      }
      case 36 -> primary(bits, 10);
      case 37 -> {
        primary(bits, 27);
        name(bits, EvmcsField.VM_ENTRY_INTR_INFO_FIELD, 0, 31);
      }
      case 39 -> primary(bits, 29);
      case 40 -> {
        primary(bits, 30);
        secondary(bits, 10);
      }
      case 43 -> primary(bits, 21);
      case 46, 47 -> secondary(bits, 2);
      case 54 -> secondary(bits, 6);
      case 57 -> secondary(bits, 11);
      case 58 -> {
        primary(bits, 9);
        secondary(bits, 12);
      }
      case 60 -> {
        secondary(bits, 15);
        name(bits, EvmcsField.ENCLS_EXITING_BITMAP, 0, 63);
      }
      case 61 -> secondary(bits, 16);
      case 63, 64 -> secondary(bits, 20);
      case 67, 68 -> secondary(bits, 26);
      default -> { // the same for every page
      }
    }
    return bits;
  }

  private static void primary(BitSet bits, int bit) {
    name(bits, EvmcsField.CPU_BASED_VM_EXEC_CONTROL, bit, bit);
  }

  private static void secondary(BitSet bits, int bit) {
    name(bits, EvmcsField.SECONDARY_VM_EXEC_CONTROL, bit, bit);
    primary(bits, 31);
  }

  private static void name(BitSet bits, EvmcsField field, int first, int last) {
    bits.set(field.offset() * 8 + first, field.offset() * 8 + last + 1);
  }
}
