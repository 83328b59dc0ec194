package io.vmxdecision.artefacts.trace;

import org.jspecify.annotations.Nullable;

/** A kind of trace event, by its name in Linux ({@code arch/x86/kvm/trace.h}). */
@SuppressWarnings("EnumOrdinal") // an index into the values
public enum TraceEventKind {
  /** Any event that has no kind of its own here. Of such a one, only the header is read. */
  OTHER(""),
  EXIT("kvm_exit"),
  ENTRY("kvm_entry"),
  NESTED_VMEXIT("kvm_nested_vmexit"),
  NESTED_VMEXIT_INJECT("kvm_nested_vmexit_inject"),
  /** A VM-entry of L1; kernels before 6.3 print {@code kvm_nested_vmrun}. */
  NESTED_VMENTER("kvm_nested_vmenter"),
  NESTED_VMENTER_FAILED("kvm_nested_vmenter_failed"),
  HV_HYPERCALL("kvm_hv_hypercall"),
  HV_HYPERCALL_DONE("kvm_hv_hypercall_done"),
  HV_FLUSH_TLB("kvm_hv_flush_tlb"),
  HV_FLUSH_TLB_EX("kvm_hv_flush_tlb_ex"),
  /** An MSR access that L0 emulates. */
  MSR("kvm_msr"),
  /** An exception that L0 injects into whoever runs on the vCPU. */
  INJ_EXCEPTION("kvm_inj_exception"),
  /** KVM's own hypercall. */
  HYPERCALL("kvm_hypercall"),
  USERSPACE_EXIT("kvm_userspace_exit"),
  /** No event: a marker that events were lost here. */
  LOST("");

  private static final Names NAMES = new Names();
  private static final TraceEventKind[] KINDS = values();

  static {
    for (TraceEventKind kind : KINDS) {
      if (!kind.eventName.isEmpty()) {
        NAMES.add(kind.eventName, kind.ordinal());
      }
    }
    NAMES.add("kvm_nested_vmrun", NESTED_VMENTER.ordinal());
  }

  private final String eventName;

  TraceEventKind(String eventName) {
    this.eventName = eventName;
  }

  /** The event's name, or an empty text for {@link #OTHER} and {@link #LOST}. */
  public String eventName() {
    return eventName;
  }

  /** The kind with that name, or null if it has none of its own. */
  static @Nullable TraceEventKind named(byte[] bytes, int from, int to) {
    long number = NAMES.find(bytes, from, to);
    return number == Names.NOT_FOUND ? null : KINDS[(int) number];
  }
}
