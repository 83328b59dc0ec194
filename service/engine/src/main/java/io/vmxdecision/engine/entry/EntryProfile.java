package io.vmxdecision.engine.entry;

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

  /** The id in the API. */
  public String id() {
    return id;
  }
}
