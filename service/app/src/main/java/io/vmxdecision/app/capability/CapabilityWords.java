package io.vmxdecision.app.capability;

import io.vmxdecision.app.capability.CapabilitiesAnswer.BitsPart;
import io.vmxdecision.app.capability.CapabilitiesAnswer.CapabilityPart;
import io.vmxdecision.app.capability.CapabilitiesAnswer.Setting;
import io.vmxdecision.app.capability.CapabilitiesAnswer.Source;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.CapabilityBits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Says of capability words what each bit means. */
final class CapabilityWords {
  private static final long ALL_CONTROLS = 0xffff_ffffL;

  private CapabilityWords() {}

  static CapabilityPart describe(Capability capability, long value, Source source) {
    boolean number = capability == Capability.MAX_PHY_ADDR;
    boolean flag = capability == Capability.LAM;
    boolean controls = CapabilityBits.controls(capability) != null;
    boolean msr = capability.msr() != Capability.NO_MSR;
    return new CapabilityPart(
        capability.label(),
        msr ? capability.msrName() : null,
        msr ? new Word32(capability.msr()) : null,
        source,
        number || flag ? null : new Word64(value),
        number ? (int) value : null,
        flag ? value != 0 : null,
        controls ? new Word64(capability.readByL1(value, true)) : null,
        controls ? controls(capability, value) : number || flag ? List.of() : bits(capability, value));
  }

  private static List<BitsPart> controls(Capability capability, long value) {
    long supported = capability.readByL1(-1L, true) >>> Integer.SIZE;
    List<CapabilityBits> named = CapabilityBits.of(capability);
    List<BitsPart> parts = new ArrayList<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      int here = bit;
      parts.add(
          new BitsPart(
              Integer.toString(bit),
              named.stream().filter(one -> one.low() == here).map(CapabilityBits::title).findFirst()
                  .orElse(null),
              null,
              setting(value, bit),
              ((supported >>> bit) & 1) != 0));
    }
    return parts;
  }

  /** A control that must be 1 must be, even if the word does not allow it: as checks judge. */
  private static Setting setting(long value, int bit) {
    if ((value & ALL_CONTROLS & (1L << bit)) != 0) {
      return Setting.MUST_BE_1;
    }
    return ((value >>> (Integer.SIZE + bit)) & 1) != 0 ? Setting.EITHER : Setting.MUST_BE_0;
  }

  /** Those that have a name, and those that are set without one. */
  private static List<BitsPart> bits(Capability capability, long value) {
    List<CapabilityBits> all = new ArrayList<>(CapabilityBits.of(capability));
    long rest = value;
    for (CapabilityBits bits : all) {
      rest &= ~bits.mask();
    }
    for (; rest != 0; rest &= rest - 1) {
      int bit = Long.numberOfTrailingZeros(rest);
      all.add(new CapabilityBits(bit, bit, ""));
    }
    return all.stream()
        .sorted(Comparator.comparingInt(CapabilityBits::low))
        .map(
            bits -> new BitsPart(
                bits.low() == bits.high() ? Integer.toString(bits.low()) : bits.high() + ":" + bits.low(),
                bits.title().isEmpty() ? null : bits.title(),
                new Word64(bits.in(value)),
                null,
                null))
        .toList();
  }
}
