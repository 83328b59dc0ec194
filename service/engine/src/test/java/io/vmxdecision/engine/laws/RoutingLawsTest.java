package io.vmxdecision.engine.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.decision.EvmcsWrites;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.rules.RoutingRules;
import io.vmxdecision.engine.scenario.ExitScenario;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;

class RoutingLawsTest {
  private static final int PAGE_BITS = PageView.PAGE_BYTES * Byte.SIZE;

  @Property(tries = 20_000)
  void aRouteDependsOnNoBitOfThePageThatItsRowDoesNotRead(
      @ForAll @IntRange(max = 90) int reason,
      @ForAll Random random,
      @ForAll @IntRange(max = PAGE_BITS - 1) int anyBit,
      @ForAll @IntRange(min = 0x310 * 8, max = 0x330 * 8 - 1) int controlBit) {
    ExitScenario exit = ExitScenario.random(reason, random);
    Decision before = exit.decide();
    Statistics.collect(before.handledBy());
    Statistics.coverage(
        seen -> {
          seen.check(Level.L0).percentage(p -> p > 10);
          seen.check(Level.L1).percentage(p -> p > 50);
        });
    BitSet read = bitsReadFor(reason);
    for (int bit : new int[]{anyBit, controlBit}) {
      if (!read.get(bit)) {
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
      assertThat(Profile.KVM_6_12.evmcs().stores(field)).as(field.linuxName()).isTrue();
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

  /** What the routing of an exit of that reason says that it reads of the page. */
  private static BitSet bitsReadFor(int reason) {
    BitSet bits = new BitSet();
    for (Input input : RoutingRules.of(Profile.DEFAULT).reads(reason)) {
      if (input instanceof Input.Field(EvmcsField field, long mask)) {
        for (int bit = 0; bit < field.bytes() * Byte.SIZE; bit++) {
          if (((mask >>> bit) & 1) != 0) {
            bits.set(field.offset() * Byte.SIZE + bit);
          }
        }
      }
    }
    return bits;
  }
}
