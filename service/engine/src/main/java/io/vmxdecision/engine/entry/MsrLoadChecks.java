package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.List;

/**
 * SDM 27.4 "Loading MSRs": the VM-entry MSR-load area. An eVMCS has none. A check does not hold when any
 * entry of the area breaks it; the first such entry stops the loading.
 */
final class MsrLoadChecks {
  static final List<EntryCheck> CHECKS =
      List.of(
          entry(MsrLoadArea.TOO_MANY)
              .alsoIn(
                  "SDM vol. 3, appendix A.6 \"Miscellaneous Data\": bits 27:25, beyond which it is undefined")
              .says("The area has no more entries than 512 times (IA32_VMX_MISC 27:25 + 1).")
              .onlyUnderKvm()
              .reads(Capability.VMX_MISC)
              .evidence("{vm_entry_msr_load_count} is more than bits 27:25 of {vmxMisc} allow"),
          entry(MsrLoadArea.UNREADABLE)
              .says("The 16 bytes of each entry can be read.")
              .onlyUnderKvm()
              .evidence("an entry of the area at {vm_entry_msr_load_addr} cannot be read"),
          entry(MsrLoadArea.FS_BASE)
              .says("No entry has the index 0xc0000100, IA32_FS_BASE.")
              .evidence(index("0xc0000100 (IA32_FS_BASE)")),
          entry(MsrLoadArea.GS_BASE)
              .says("No entry has the index 0xc0000101, IA32_GS_BASE.")
              .evidence(index("0xc0000101 (IA32_GS_BASE)")),
          entry(MsrLoadArea.SMM_MONITOR_CTL)
              .says("No entry has the index 0x9b, IA32_SMM_MONITOR_CTL.")
              .evidence(index("0x9b (IA32_SMM_MONITOR_CTL)")),
          entry(MsrLoadArea.X2APIC)
              .says("No entry has an index of 0x800..0x8ff while the APIC is in x2APIC mode.")
              .reads(Circumstance.X2APIC)
              .evidence(index("0x800..0x8ff, with the APIC in x2APIC mode")),
          entry(MsrLoadArea.MICROCODE_UPDATE)
              .alsoIn("SDM vol. 4, table of architectural MSRs: a CPU may refuse it")
              .reads(Circumstance.BLOCKS_MICROCODE_MSRS)
              .says("No entry has the index 0x79, IA32_BIOS_UPDT_TRIG.")
              .evidence(index("0x79 (IA32_BIOS_UPDT_TRIG)")),
          entry(MsrLoadArea.MICROCODE_REVISION)
              .alsoIn("SDM vol. 4, table of architectural MSRs: a CPU may refuse it")
              .reads(Circumstance.BLOCKS_MICROCODE_MSRS)
              .says("No entry has the index 0x8b, IA32_BIOS_SIGN_ID.")
              .evidence(index("0x8b (IA32_BIOS_SIGN_ID)")),
          entry(MsrLoadArea.RESERVED)
              .says("Bits 63:32 of each entry are 0.")
              .evidence(
                  "an entry of the area at {vm_entry_msr_load_addr} has a reserved word (63:32) other than 0"));

  private MsrLoadChecks() {}

  private static Row entry(int number) {
    return new Row("N-M" + number, SdmSection.MSR_LOADING, "vmx/nested.c nested_vmx_load_msr")
        .neverWithEvmcs()
        .about(VM_ENTRY_MSR_LOAD_ADDR, VM_ENTRY_MSR_LOAD_COUNT)
        .reads(Circumstance.MEMORY)
        .violatedWhen(
            allOf(
                not(isZero(VM_ENTRY_MSR_LOAD_COUNT)),
                judged(facts -> facts.msrLoadArea().failed(number))));
  }

  private static String index(String which) {
    return "an entry of the area at {vm_entry_msr_load_addr} has the index " + which;
  }
}
