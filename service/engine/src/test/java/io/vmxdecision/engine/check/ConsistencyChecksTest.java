package io.vmxdecision.engine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.hyperv.Enlightenment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The checks of CPUID words, of configurations, of nested-state blobs, and of two statements. */
class ConsistencyChecksTest {
  @ParameterizedTest
  @CsvSource({
    "0x20101, 0x4804, ''",
    "0xe0101, 0x64e24, ''",
    "0x4a0000, 0xc2c, DIRECT_FLUSH_WITHOUT_EVMCS",
    "0x00102, 0x4000, EVMCS_RANGE",
    "0x420101, 0x4000, AMD_TLB_WITH_EVMCS",
    "0x0, 0x4000, EVMCS_RECOMMENDED_WITHOUT_EVMCS",
    "0x101, 0x0, EVMCS_NOT_RECOMMENDED",
    "0x101, 0x4800, EX_MASKS_WITHOUT_FLUSH_OR_IPI",
    "0x0, 0x0, ''"})
  void cpuidWordsFitTogetherOrAreNamed(String nested, String hints, String expected) {
    assertThat(CpuidCheck.violated(
        Map.of("nestedEax", Integer.decode(nested), "enlightenmentsEax", Integer.decode(hints))))
        .map(Enum::name).isEqualTo(expected.isEmpty() ? List.of() : List.of(expected));
  }

  @ParameterizedTest
  @EnumSource(CpuidCheck.class)
  void aWordThatIsNotGivenIsNotJudged(CpuidCheck check) {
    Map<String, Integer> words = new HashMap<>(Map.of("nestedEax", 0x420102, "enlightenmentsEax", 0x800));
    check.words().forEach(words::remove);
    assertThat(CpuidCheck.violated(words)).doesNotContain(check);
    assertThat(check.statement()).endsWith(".");
    assertThat(check.references()).isNotEmpty();
    assertThat(check.severity()).isEqualTo(Severity.WARNING);
  }

  @Test
  void eachFlagThatIsNeededIsMissedAlone() {
    for (Enlightenment flag : Enlightenment.values()) {
      Set<Enlightenment> on = EnumSet.noneOf(Enlightenment.class);
      withNeeds(flag, on);
      assertThat(EnlightenmentCheck.violated(on)).as(flag.flag()).isEmpty();
      for (Enlightenment need : flag.needs()) {
        Set<Enlightenment> without = EnumSet.copyOf(on);
        without.remove(need);
        assertThat(EnlightenmentCheck.violated(without)).anySatisfy(it -> {
          assertThat(it.flag()).isEqualTo(flag);
          assertThat(it.needed()).isEqualTo(need);
          assertThat(it.detail()).contains("hv-" + flag.flag(), "hv-" + need.flag());
        });
        without.add(Enlightenment.PASSTHROUGH);
        assertThat(EnlightenmentCheck.violated(without)).as("the host has it").isEmpty();
      }
    }
  }

  private static void withNeeds(Enlightenment flag, Set<Enlightenment> on) {
    if (on.add(flag)) {
      flag.needs().forEach(need -> withNeeds(need, on));
    }
  }

  @Test
  void theFlagsThatTheL2TlbFlushNeedsAreThoseOfQemu() {
    assertThat(EnlightenmentCheck.violated(EnumSet.of(Enlightenment.EVMCS, Enlightenment.TLBFLUSH_DIRECT)))
        .map(EnlightenmentCheck.Violation::needed)
        .containsExactly(Enlightenment.VAPIC, Enlightenment.VAPIC);
    assertThat(EnlightenmentCheck.HV_FLAG_DEPENDENCY.statement()).endsWith(".");
    assertThat(EnlightenmentCheck.HV_FLAG_DEPENDENCY.references()).isNotEmpty();
    assertThat(EnlightenmentCheck.HV_FLAG_DEPENDENCY.severity()).isEqualTo(Severity.ERROR);
    assertThat(Enlightenment.of("TLBFLUSH_direct")).isEqualTo(Enlightenment.TLBFLUSH_DIRECT);
    assertThat(Enlightenment.of("apicv")).isEqualTo(Enlightenment.AVIC);
    assertThat(Enlightenment.of("none")).isNull();
  }

  @Test
  void twoStatementsOfAWordAgreeOrContradict() {
    assertThat(StatementCheck.CONTRADICTION.isViolated(1, 1)).isFalse();
    assertThat(StatementCheck.CONTRADICTION.isViolated(1, 2)).isTrue();
    assertThat(StatementCheck.CONTRADICTION.severity()).isEqualTo(Severity.WARNING);
  }

  private static byte[] blob(int size) {
    byte[] bytes = new byte[size];
    ByteBuffer blob = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    blob.putShort(0, (short) 1).putInt(4, size).putLong(8, 0x1000).putLong(16, 0x2000);
    if (size > NestedStateCheck.HEADER_BYTES) {
      blob.putInt(NestedStateCheck.HEADER_BYTES, 0x11e57ed0);
    }
    return bytes;
  }

  static Stream<Arguments> damaged() {
    return Stream.of(
        damage("", it -> {}),
        damage("UNKNOWN_FLAG", it -> it.putShort(0, (short) 0x21)),
        damage("RUN_PENDING_OUTSIDE_GUEST_MODE", it -> it.putShort(0, (short) 2)),
        damage("FORMAT", it -> it.putShort(2, (short) 1)),
        damage("NO_VMXON_BUT_STATE", it -> it.putLong(8, -1)),
        damage("VMXON_ADDRESS", it -> it.putLong(8, 0x1008)),
        damage("SMM_FLAGS", it -> it.putShort(24, (short) 1)),
        damage("HEADER_FLAGS", it -> it.putInt(28, 2)),
        damage("VMCS12_ADDRESS", it -> it.putLong(16, 0x1000)),
        damage("VMCS12_NOWHERE", it -> it.putLong(16, -1)),
        damage("", it -> it.putLong(16, -1).putShort(0, (short) 5)),
        damage("REVISION", it -> it.putInt(NestedStateCheck.HEADER_BYTES, 1)),
        damage("", it -> it.putInt(NestedStateCheck.HEADER_BYTES, 0x91e57ed0)));
  }

  private static Arguments damage(String expected, Consumer<ByteBuffer> change) {
    return Arguments.of(expected, change);
  }

  @ParameterizedTest
  @MethodSource("damaged")
  void whatKvmRefusesOfANestedStateIsNamed(String expected, Consumer<ByteBuffer> change) {
    byte[] bytes = blob(NestedStateCheck.HEADER_BYTES + NestedStateCheck.VMCS12_BYTES);
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    assertThat(NestedStateCheck.violated(bytes)).map(Enum::name)
        .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected));
  }

  @Test // github.com/rust-vmm/kvm/pull/385
  void aBlobOfTheHeaderAloneCannotBeInGuestMode() {
    assertThat(NestedStateCheck.violated(blob(NestedStateCheck.HEADER_BYTES)))
        .containsExactly(NestedStateCheck.HEADER_ONLY);
    byte[] small = blob(NestedStateCheck.HEADER_BYTES);
    ByteBuffer.wrap(small).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 100);
    assertThat(NestedStateCheck.violated(small)).contains(NestedStateCheck.SIZE);
    assertThat(Arrays.stream(NestedStateCheck.values()))
        .allSatisfy(check -> {
          assertThat(check.statement()).endsWith(".");
          assertThat(check.field()).isNotBlank();
          assertThat(check.references()).isNotEmpty();
        });
  }
}
