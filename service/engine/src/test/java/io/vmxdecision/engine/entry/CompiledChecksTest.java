package io.vmxdecision.engine.entry;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The code of the checks and the conditions that it was made of say the same. */
@PropertyDefaults(edgeCases = EdgeCasesMode.NONE)
class CompiledChecksTest {
  /** HotSpot compiles no larger method. */
  private static final int LARGEST_METHOD = 8_000;

  private static final List<RecordedEntry> RECORDED = RecordedEntry.all();
  private static final VmcsField[] FIELDS = VmcsField.values();

  @Property(tries = 2_000)
  void theCodeSaysWhatTheConditionsSay(@ForAll long seed) {
    Random random = new Random(seed);
    VmEntry entry = RECORDED.get(random.nextInt(RECORDED.size())).entry();
    for (int i = random.nextInt(12); i > 0; i--) {
      EntryLawsTest.flip(entry, FIELDS[random.nextInt(FIELDS.length)], bits(random));
    }
    for (Capability capability : Capability.values()) {
      if (random.nextInt(8) == 0) {
        entry.capability(capability, any(capability, random));
      }
    }
    for (Circumstance circumstance : Circumstance.values()) {
      if (circumstance != Circumstance.MEMORY && circumstance != Circumstance.VMCS_POINTER) {
        entry.circumstance(circumstance, random.nextInt(6) == 0 ^ entry.holds(circumstance));
      }
    }
    VmEntryDecision compiled = EntryScenario.decide(entry);
    VmEntryDecision judged = new VmEntryDecision();
    CheckList checks = EntryChecks.madeIn(EntryMode.of(entry));
    judged.begin(checks.checks());
    checks.judgeOneByOne(entry.readFacts(), judged);
    if (compiled.made().size() == 1) {
      return; // an unknown revision: nothing else is made
    }
    for (EntryCheck check : compiled.made()) {
      assertThat(compiled.isViolated(check)).as(check.id()).isEqualTo(judged.isViolated(check));
    }
    assertThat(judged.undecided()).isEmpty();
    Statistics.collect(compiled.violations().isEmpty());
  }

  private static long bits(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> 1L << random.nextInt(Long.SIZE);
      case 1 -> EntryLawsTest.fewBits(random);
      default -> random.nextLong();
    };
  }

  private static long any(Capability capability, Random random) {
    return switch (capability) {
      case MAX_PHY_ADDR ->
        VmEntry.MIN_PHY_ADDR + random.nextInt(VmEntry.MAX_PHY_ADDR - VmEntry.MIN_PHY_ADDR + 1);
      case LAM -> random.nextInt(2);
      default -> capability.byDefault() ^ bits(random);
    };
  }

  @ParameterizedTest
  @EnumSource(EntryMode.class)
  void everyMethodIsSmallEnoughToBeCompiled(EntryMode mode) {
    byte[] classFile =
        CompiledChecks.classFile(EntryChecks.madeIn(mode).violated(), new ArrayList<>());
    for (MethodModel method : ClassFile.of().parse(classFile).methods()) {
      int bytes = method.findAttribute(Attributes.code()).orElseThrow().codeLength();
      assertThat(bytes).as(method.methodName().stringValue()).isLessThan(LARGEST_METHOD);
    }
  }
}
