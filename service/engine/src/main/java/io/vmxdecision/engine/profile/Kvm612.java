package io.vmxdecision.engine.profile;

import static io.vmxdecision.engine.vmx.EvmcsField.*;

import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Linux KVM 6.12.117. */
final class Kvm612 {
  /** {@code HV_HYPERCALL_RSVD_MASK} has bit 31, which the TLFS calls "is nested", among the reserved ones. */
  static final long RESERVED_HYPERCALL_BITS = HypercallControl.RESERVED | HypercallControl.NESTED.mask();

  /** {@code KVM_HV_TLB_FLUSH_FIFO_SIZE}. */
  static final int FIFO_SIZE = 16;

  /**
   * {@code EVMCS1_SUPPORTED_*} of {@code vmx/hyperv_evmcs.h}, less TSC scaling, which {@code vmx/hyperv.c}
   * takes out. Two more sets have no word in the page. Tertiary controls: none is supported, and primary bit
   * 17, which would activate them, is not either. VM functions: none is supported, and KVM looks at its own
   * vmcs12, where an eVMCS cannot put any.
   */
  static final Map<EvmcsField, Integer> CONTROLS =
      Map.of(
          // All but the preemption timer, posted interrupts and what has no meaning.
          PIN_BASED_VM_EXEC_CONTROL,
          0x0000_003f,
          // All but bits 0, 17 (tertiary controls) and 18.
          CPU_BASED_VM_EXEC_CONTROL,
          0xfff9_fffe,
          // Those of which the eVMCS has all fields.
          SECONDARY_VM_EXEC_CONTROL,
          0xc519_98fe,
          // Up to bit 25, but not bit 22, the preemption timer. Bit 12, which IA32_VMX_EXIT_CTLS hides from an
          // L1 without CPUID 0x4000000A EBX bit 0, is supported all the same.
          VM_EXIT_CONTROLS,
          0x03bf_ffff,
          // Up to bit 18, but not the two of SMM, 10 and 11. Bit 13, which IA32_VMX_ENTRY_CTLS hides from an
          // L1 without CPUID 0x4000000A EBX bit 0, is supported all the same.
          VM_ENTRY_CONTROLS,
          0x0007_f3ff);
  private Kvm612() {}

  static Profile profile() {
    return new Profile(
        "kvm-6.12",
        "Linux KVM 6.12 (6.12.117)",
        "Linux 6.12 arch/x86/kvm/",
        assumptions(
            "L0 allows 4,096 vCPUs (as Debian configures it); with 1,024, set banks after the"
                + " sixteenth would never be read."),
        RESERVED_HYPERCALL_BITS,
        FIFO_SIZE,
        evmcs(CONTROLS),
        Departures.NONE,
        List.of("Linux 6.12.117 arch/x86/kvm", "Debian 13"),
        List.of(Source.kernel("linux-source-6.12", "6.12.117")));
  }

  /** What every kernel takes for granted, and what this one says of the number of vCPUs. */
  static List<String> assumptions(String vcpus, String... more) {
    List<String> all = new ArrayList<>(
        List.of(
            "L1 has Hyper-V enabled and its guest OS id set; otherwise L0 would read a VMCALL as a"
                + " hypercall of its own.",
            "EPT and VPID are on in L0.",
            vcpus,
            "L0 intercepts nothing for debugging, async page faults or split locks.",
            "The Xen hypercall interface is off.",
            "RFLAGS.TF is ignored: the kernel would queue a #DB after the skipped VMCALL, and lose it"
                + " when a synthetic exit follows.",
            "The eVMCS and the VP assist page are taken as L0 last read them; a real L0 caches parts.",
            "The exit is one that a CPU reports: a VMCALL exit has neither bit 31 of the reason nor"
                + " valid IDT-vectoring information, with which KVM would stop the VM instead of"
                + " handling the call."));
    all.addAll(List.of(more));
    return all;
  }

  /** The fields of an eVMCS are loaded and stored alike from 6.1 to 7.3; the controls are not. */
  static EvmcsSupport evmcs(Map<EvmcsField, Integer> controls) {
    return new EvmcsSupport(loaded(), stored(), controls);
  }

  /** {@code copy_enlightened_to_vmcs12()}: all but these. */
  private static Set<EvmcsField> loaded() {
    Set<EvmcsField> loaded = EnumSet.allOf(EvmcsField.class);
    loaded.removeAll(EnumSet.range(REVISION_ID, ABORT));
    loaded.removeAll(EnumSet.range(VM_EXIT_MSR_STORE_ADDR, VM_ENTRY_MSR_LOAD_COUNT));
    loaded.removeAll(EnumSet.range(GUEST_PHYSICAL_ADDRESS, GUEST_LINEAR_ADDRESS));
    loaded.removeAll(EnumSet.range(HV_CLEAN_FIELDS, HV_ENLIGHTENMENTS_CONTROL));
    loaded.removeAll(EnumSet.range(GUEST_IA32_S_CET, GUEST_IA32_LBR_CTL));
    loaded.removeAll(EnumSet.range(HOST_IA32_S_CET, HOST_IA32_INT_SSP_TABLE_ADDR));
    return loaded;
  }

  /** {@code copy_vmcs12_to_enlightened()}. */
  private static Set<EvmcsField> stored() {
    Set<EvmcsField> stored = EnumSet.of(GUEST_RIP, GUEST_BNDCFGS);
    stored.addAll(EnumSet.range(GUEST_ES_SELECTOR, GUEST_IDTR_BASE));
    stored.addAll(EnumSet.range(GUEST_IA32_PAT, GUEST_SYSENTER_CS));
    stored.addAll(EnumSet.range(GUEST_CR0, GUEST_DR7));
    stored.addAll(EnumSet.range(GUEST_PHYSICAL_ADDRESS, EXIT_QUALIFICATION));
    stored.addAll(EnumSet.range(GUEST_LINEAR_ADDRESS, CPU_BASED_VM_EXEC_CONTROL));
    stored.addAll(EnumSet.range(VM_ENTRY_CONTROLS, VM_ENTRY_INSTRUCTION_LEN));
    return stored;
  }
}
