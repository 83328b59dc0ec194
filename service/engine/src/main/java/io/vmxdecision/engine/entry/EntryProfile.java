package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.profile.EvmcsSupport;
import io.vmxdecision.engine.profile.Profile;

/** Who makes the checks. */
public enum EntryProfile {
  /** Linux KVM 6.12 as L0, for the VMCS of an L1; what it leaves to the CPU, the CPU checks. */
  KVM_6_12("kvm-6.12"),

  /** A bare Intel CPU, for an ordinary VMCS: the SDM, vol. 3, chapter 27. */
  SDM("sdm");

  private final String id;

  EntryProfile(String id) {
    this.id = id;
  }

  /** What L0 does with the fields of an eVMCS. A bare CPU is not given one. */
  EvmcsSupport evmcs() {
    return Profile.KVM_6_12.evmcs();
  }

  /** The id in the API. */
  public String id() {
    return id;
  }
}
