package io.vmxdecision.engine.catalogue;

import io.vmxdecision.engine.machine.Cpuid;

/** The words of L1's CPUID that rules read. */
public enum CpuidWord {
  /** Leaf 0x4000000A, EAX: the nested features. */
  NESTED_EAX("CPUID 0x4000000A EAX"),
  /** Leaf 0x40000004, EAX: the recommended enlightenments. */
  ENLIGHTENMENTS_EAX("CPUID 0x40000004 EAX"),
  /** Leaf 0x40000003, EDX: features. */
  FEATURES_EDX("CPUID 0x40000003 EDX");

  private final String title;

  CpuidWord(String title) {
    this.title = title;
  }

  /** Leaf and register. */
  public String title() {
    return title;
  }

  /** The word, 32 bits. */
  public int of(Cpuid cpuid) {
    return switch (this) {
      case NESTED_EAX -> cpuid.nestedEax();
      case ENLIGHTENMENTS_EAX -> cpuid.enlightenmentsEax();
      case FEATURES_EDX -> cpuid.featuresEdx();
    };
  }

  /** The word in words: {@code CPUID 0x4000000A EAX = 0x20101}. */
  public String value(Cpuid cpuid) {
    return title + " = " + Words.hex(of(cpuid));
  }
}
