package io.vmxdecision.engine.laws;

import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.scenario.FlushScenario;
import io.vmxdecision.engine.scenario.FlushScenario.Vcpu;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Builders;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Flush hypercalls of all sorts, most of them close to a good one so that every rule gets its turn. */
final class FlushScenarios {
  private FlushScenarios() {}

  static Arbitrary<FlushScenario> any() {
    return Builders.withBuilder(FlushScenario::new)
        .use(Arbitraries.of(Level.L1, Level.L2)).inSetter((s, v) -> s.from = v)
        .use(Arbitraries.of(0x2, 0x3, 0x13, 0x14)).inSetter((s, v) -> s.code = v)
        .use(Arbitraries.of(true, false)).inSetter((s, v) -> s.fast = v)
        .use(rarely(Arbitraries.longs(), 0L)).inSetter((s, v) -> s.reservedBits = v & 0xf000_f000_f800_0000L)
        .use(rarely(Arbitraries.integers().between(0, 4095), 0)).inSetter((s, v) -> s.repStart = v)
        .use(Arbitraries.of(0L, 1L, 2L, -1L)).inSetter((s, v) -> s.flags = v)
        .use(Arbitraries.longs()).inSetter((s, v) -> s.addressSpace = v)
        .use(shape()).inSetter((s, v) -> v.applyTo(s))
        .use(Arbitraries.of(true, false)).inSetter((s, v) -> s.ept = v)
        .use(rarely(Arbitraries.just(false), true)).inSetter((s, v) -> s.translated = v)
        .use(rarely(Arbitraries.integers().between(0, 200), Integer.MAX_VALUE))
        .inSetter((s, v) -> s.unreadableFromByte = v)
        .use(rarely(Arbitraries.integers().between(1, 3), 0)).inSetter((s, v) -> s.cpl = v)
        .use(rarely(Arbitraries.just(false), true)).inSetter((s, v) -> s.protectedMode = v)
        .use(Arbitraries.of(true, false)).inSetter((s, v) -> s.longMode = v)
        .use(Arbitraries.of(true, false)).inSetter((s, v) -> s.enforced = v)
        .use(rarely(Arbitraries.integers(), -1)).inSetter((s, v) -> s.enlightenmentsEax = v)
        .use(rarely(Arbitraries.integers(), -1)).inSetter((s, v) -> s.featuresEdx = v)
        .use(rarely(Arbitraries.of(0, 2, 0x11e57ed0), 1)).inSetter((s, v) -> s.revision = v)
        .use(rarely(Arbitraries.just(false), true)).inSetter((s, v) -> s.enlightenVmentry = v)
        .use(rarely(Arbitraries.of(-1L, -2L), 0x66000L)).inSetter((s, v) -> s.currentNestedVmcs = v)
        .use(rarely(Arbitraries.just(false), true)).inSetter((s, v) -> s.directHypercall = v)
        .use(rarely(Arbitraries.just(false), true)).inSetter((s, v) -> s.nestedFlushHypercall = v)
        .use(rarely(Arbitraries.just(false), true)).inSetter((s, v) -> s.cpuidDirectFlush = v)
        .use(Arbitraries.of(0, 1, -1).injectNull(0.1)).inSetter((s, v) -> s.tlbLockCount = v)
        .use(Arbitraries.of(0L, 1L, 7L)).inSetter((s, v) -> s.vmId = v)
        .use(Arbitraries.integers().between(0, 130)).inSetter((s, v) -> s.vpId = v)
        .use(vcpus()).inSetter((s, v) -> s.vcpus = v)
        .build();
  }

  private static <T> Arbitrary<T> rarely(Arbitrary<T> odd, T usual) {
    return Arbitraries.frequencyOf(
        Tuple.of(12, Arbitraries.just(usual)), Tuple.of(1, odd));
  }

  /** Set, list and their sizes, most of them fitting together. */
  private record Shape(long first, long bankMask, List<Long> words, int repCount, boolean fitting) {
    void applyTo(FlushScenario scenario) {
      boolean extended = scenario.code >= 0x13;
      boolean list = (scenario.code & 1) == (extended ? 0 : 1);
      int banks = extended ? Long.bitCount(bankMask) : 0;
      scenario.variableHeaderSize = fitting ? banks : (banks + 1) % 64;
      scenario.repCount = list == fitting ? repCount : 0;
      List<Long> payload = new ArrayList<>();
      payload.add(extended ? first & 1 : first);
      if (extended) {
        payload.add(bankMask);
      }
      payload.addAll(words);
      scenario.payload = payload.stream().mapToLong(Long::longValue).toArray();
    }
  }

  private static Arbitrary<Shape> shape() {
    Arbitrary<Long> bankMask = Arbitraries.oneOf(
        Arbitraries.longs().between(0, 7), Arbitraries.of(0L, 0x3ffL, 0x7ffL, -1L));
    Arbitrary<Integer> repCount =
        Arbitraries.oneOf(Arbitraries.integers().between(1, 17), Arbitraries.of(1, 4095));
    return Combinators.combine(
        Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.of(0L, 1L)),
        bankMask,
        entries().list().ofMinSize(0).ofMaxSize(40),
        repCount,
        rarely(Arbitraries.just(false), true))
        .as(Shape::new);
  }

  private static Arbitrary<Long> entries() {
    return Arbitraries.oneOf(
        Arbitraries.longs(), Arbitraries.longs().between(0x7000_0000_0000L, 0x7000_0000_ffffL),
        Arbitraries.of(-1L, 0x8000_0000_0000L));
  }

  private static Arbitrary<List<Vcpu>> vcpus() {
    return Combinators.combine(
        Arbitraries.integers().between(0, 130),
        Arbitraries.of(0L, 1L, 7L),
        Arbitraries.integers().between(0, 130),
        queue(),
        queue())
        .as(Vcpu::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(6);
  }

  /** A queue as KVM leaves it: a full one holds a "flush all". */
  private static Arbitrary<List<Long>> queue() {
    return entries().list().ofMaxSize(VirtualProcessors.FIFO_SIZE).map(queue -> {
      if (queue.size() < VirtualProcessors.FIFO_SIZE || queue.contains(VirtualProcessors.FLUSH_ALL)) {
        return queue;
      }
      List<Long> full = new ArrayList<>(queue);
      full.set(full.size() - 1, VirtualProcessors.FLUSH_ALL);
      return full;
    });
  }
}
