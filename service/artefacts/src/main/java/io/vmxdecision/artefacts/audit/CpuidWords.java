package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.machine.Cpuid;
import org.jspecify.annotations.Nullable;

/**
 * What is known of L1's CPUID. Immutable.
 *
 * @param nestedEax leaf 0x4000000A, EAX, or null if it is not known
 * @param enlightenmentsEax leaf 0x40000004, EAX, or null
 * @param featuresEdx leaf 0x40000003, EDX, or null
 * @param enforced whether L0 refuses what CPUID does not offer ({@code KVM_CAP_HYPERV_ENFORCE_CPUID}), or null
 * @param sgx whether the guest has SGX, or null
 */
public record CpuidWords(
    @Nullable Integer nestedEax,
    @Nullable Integer enlightenmentsEax,
    @Nullable Integer featuresEdx,
    @Nullable Boolean enforced,
    @Nullable Boolean sgx) {

  /** Nothing. */
  public static final CpuidWords UNKNOWN = new CpuidWords(null, null, null, null, null);

  /** EAX of leaf 0x4000000A alone. */
  public static CpuidWords ofNestedEax(int word) {
    return new CpuidWords(word, null, null, null, null);
  }

  /** What {@code later} says, and where it says nothing, what is said here. */
  CpuidWords and(CpuidWords later) {
    return new CpuidWords(
        later.nestedEax != null ? later.nestedEax : nestedEax,
        later.enlightenmentsEax != null ? later.enlightenmentsEax : enlightenmentsEax,
        later.featuresEdx != null ? later.featuresEdx : featuresEdx,
        later.enforced != null ? later.enforced : enforced,
        later.sgx != null ? later.sgx : sgx);
  }

  /** Fills {@code cpuid}; what is not known is 0 or false, but for SGX, which the guest may have. */
  void fill(Cpuid cpuid) {
    cpuid.nestedEax(nestedEax == null ? 0 : nestedEax);
    cpuid.enlightenmentsEax(enlightenmentsEax == null ? 0 : enlightenmentsEax);
    cpuid.featuresEdx(featuresEdx == null ? 0 : featuresEdx);
    cpuid.enforced(enforced != null && enforced);
    cpuid.sgx(sgx == null || sgx); // whoever has no ENCLS exiting is not asked
  }
}
