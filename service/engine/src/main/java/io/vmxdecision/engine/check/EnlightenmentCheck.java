package io.vmxdecision.engine.check;

import io.vmxdecision.engine.hyperv.Enlightenment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Checks whether the Hyper-V enlightenments of a VM's configuration fit together. */
public enum EnlightenmentCheck {
  HV_FLAG_DEPENDENCY(
      "An enlightenment is on, and one that it needs is not: QEMU does not start such a VM.",
      "QEMU docs/system/i386/hyperv.rst",
      "QEMU target/i386/kvm/kvm.c hv_feature_check_deps()");

  private final String statement;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> references;

  EnlightenmentCheck(String statement, String... references) {
    this.statement = statement;
    this.references = List.of(references);
  }

  /**
   * A pair that does not hold.
   *
   * @param check the check
   * @param flag the enlightenment that is on
   * @param needed the one that it needs
   */
  public record Violation(EnlightenmentCheck check, Enlightenment flag, Enlightenment needed) {
    /** What is wrong, a sentence with both flags. */
    public String detail() {
      return "hv-" + flag.flag() + " needs hv-" + needed.flag() + ", which is not on.";
    }
  }

  /** What is wrong, as a sentence. */
  public String statement() {
    return statement;
  }

  /** What its findings mean. */
  public Severity severity() {
    return Severity.ERROR;
  }

  /** Where it comes from. */
  public List<String> references() {
    return references;
  }

  /** What does not hold where these are on. With {@link Enlightenment#PASSTHROUGH}, the host decides. Allocates. */
  public static List<Violation> violated(Set<Enlightenment> on) {
    List<Violation> violated = new ArrayList<>();
    if (!on.contains(Enlightenment.PASSTHROUGH)) {
      for (Enlightenment flag : Enlightenment.values()) {
        if (on.contains(flag)) {
          flag.needs().stream().filter(need -> !on.contains(need))
              .forEach(need -> violated.add(new Violation(HV_FLAG_DEPENDENCY, flag, need)));
        }
      }
    }
    return violated;
  }
}
