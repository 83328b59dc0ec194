package io.vmxdecision.engine.profile;

import java.util.List;

/** The text of the TLFS: what Microsoft demands of an L0, whichever it is. */
public enum TlfsProfile implements BehaviourProfile {
  TLFS;

  @Override
  public String id() {
    return "tlfs";
  }

  @Override
  public String title() {
    return "Hypervisor Top Level Functional Specification";
  }

  @Override
  public List<String> models() {
    return List.of("TLFS, August 2026 (77e0742a8029)", "TLFS 6.0b where a rule names it");
  }

  @Override
  public List<Source> sources() {
    return List.of(
        Source.tlfs("MicrosoftDocs/Virtualization-Documentation, tlfs", "77e0742a8029 (August 2026)",
            "CC-BY-4.0"),
        Source.tlfs("Hypervisor Top Level Functional Specification, PDF", "6.0b",
            "Microsoft Open Specification Promise"));
  }

  @Override
  public List<String> assumptions() {
    return List.of(
        "No target's TLB is locked (the caller would be suspended, and the call reissued).",
        "A call is not cut short by continuation.",
        "What L1 reports to L2 includes XMM input.",
        "An address space id is valid but for bits 60:52.",
        "VP indexes and VpIds are what the request says.",
        "What waits in pendingFlush is not looked at: queues are KVM's.");
  }
}
