package io.vmxdecision.engine;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A behaviour profile: which L0 is modelled, and under which assumptions. */
public enum Profile {
  /** Linux KVM 6.12 (6.12.117, as in Debian). */
  KVM_6_12(
      "kvm-6.12",
      "Linux KVM 6.12 (6.12.117)");

  private final String id;
  private final String title;

  Profile(String id, String title) {
    this.id = id;
    this.title = title;
  }

  /** The profile of that id, or null. */
  public static @Nullable Profile of(String id) {
    for (Profile profile : values()) {
      if (profile.id.equals(id)) {
        return profile;
      }
    }
    return null;
  }

  /** The ids of all profiles. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(Profile::id).toList();
  }

  /** The id in the API, such as {@code kvm-6.12}. */
  public String id() {
    return id;
  }

  /** What is modelled. */
  public String title() {
    return title;
  }

  /** What the profile takes for granted, a sentence each. */
  public List<String> assumptions() {
    return switch (this) {
      case KVM_6_12 ->
        List.of(
            "L1 has Hyper-V enabled and its guest OS id set; otherwise L0 would read a VMCALL as a"
                + " hypercall of its own.",
            "EPT and VPID are on in L0.",
            "L0 allows 4,096 vCPUs (as Debian configures it); with 1,024, set banks after the"
                + " sixteenth would never be read.",
            "L0 intercepts nothing for debugging, async page faults or split locks.",
            "The Xen hypercall interface is off.",
            "RFLAGS.TF is ignored: the kernel would queue a #DB after the skipped VMCALL, and lose it"
                + " when a synthetic exit follows.",
            "The eVMCS and the VP assist page are taken as L0 last read them; a real L0 caches parts.",
            "The exit is one that a CPU reports: a VMCALL exit has neither bit 31 of the reason nor"
                + " valid IDT-vectoring information, with which KVM would stop the VM instead of"
                + " handling the call.");
    };
  }
}
