package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.profile.EvmcsSupport;
import io.vmxdecision.engine.profile.Profile;
import org.jspecify.annotations.Nullable;

/**
 * Who makes the checks: a KVM as L0, for the VMCS of an L1, and the CPU for what KVM leaves to it; or a CPU
 * alone.
 *
 * <p>The checks were held against Linux 6.12. Of the other kernels it is known which controls they refuse in an
 * eVMCS, N-C49 to N-C53. For the rest of such an entry they are taken to check as 6.12 does.
 */
public enum EntryProfile {
  /** Linux KVM 6.1 as L0; only for an eVMCS. */
  KVM_6_1(Profile.KVM_6_1),

  /** Linux KVM 6.12 as L0. */
  KVM_6_12(Profile.KVM_6_12),

  /** Linux KVM 7.3 as L0; only for an eVMCS. */
  KVM_7_3(Profile.KVM_7_3),

  /** A bare Intel CPU, for an ordinary VMCS: the SDM, vol. 3, chapter 27. */
  SDM("sdm", null);

  private final String id;

  @SuppressWarnings("ImmutableEnumChecker") // it is, which no annotation says
  private final @Nullable Profile kernel;

  EntryProfile(Profile kernel) {
    this(kernel.id(), kernel);
  }

  EntryProfile(String id, @Nullable Profile kernel) {
    this.id = id;
    this.kernel = kernel;
  }

  /** The id in the API. */
  public String id() {
    return id;
  }

  /** Whether it says what becomes of an entry with an eVMCS. */
  public boolean modelsEvmcs() {
    return this != SDM;
  }

  /** Whether it says what becomes of an entry with an ordinary VMCS. */
  public boolean modelsOrdinaryVmcs() {
    return this == KVM_6_12 || this == SDM;
  }

  /** What L0 does with the fields of an eVMCS. A bare CPU is not given one: there it stands for 6.12. */
  EvmcsSupport evmcs() {
    return kernel == null ? KVM_6_12.evmcs() : kernel.evmcs();
  }
}
