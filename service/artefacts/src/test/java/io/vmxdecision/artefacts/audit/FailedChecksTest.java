package io.vmxdecision.artefacts.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code kvm_nested_vmenter_failed} prints, and the rules that it is. The texts in {@code kvm-6.12-checks.tsv} were
 * taken from the source of Linux 6.12.95 by a script, all that there are; the rules were put beside them by hand.
 */
class FailedChecksTest {
  /** The checks that KVM makes without a trace event. */
  private static final Set<String> SILENT = Set.of("N-C26", "N-M1", "N-M2");

  record Row(Isa isa, List<String> rules, String text) {}

  static List<Row> textsOfLinux612() {
    try (InputStream in =
        Objects.requireNonNull(FailedChecksTest.class.getResourceAsStream("/kvm-6.12-checks.tsv"))) {
      List<Row> rows = new ArrayList<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (!line.startsWith("#") && !line.isEmpty()) {
          String[] words = line.split("\t", -1);
          List<String> rules = words[1].equals("-") ? List.of() : List.of(words[1].split(",", -1));
          rows.add(new Row(Isa.valueOf(words[0]), rules, words[2]));
        }
      }
      return rows;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("textsOfLinux612")
  void everyTextOfLinux612HasItsRule(Row row) {
    FailedChecks.Found found = FailedChecks.of(row.text(), row.isa());
    assertThat(found.checks()).extracting(EntryCheck::id).containsExactlyElementsOf(row.rules());
    assertThat(found.about().isEmpty()).isEqualTo(!row.rules().isEmpty());
    assertThat(found.about()).doesNotContain("not the text of any check");
  }

  /** A mail puts the text on several lines, wherever a blank is. */
  @ParameterizedTest
  @MethodSource("textsOfLinux612")
  void aTextThatAMailWrappedIsPutTogether(Row row) {
    for (int blank = row.text().indexOf(' '); blank > 0; blank = row.text().indexOf(' ', blank + 1)) {
      if (row.text().charAt(blank + 1) == '>') {
        continue; // read as a sign of quotation
      }
      String isa = row.isa() == Isa.VMX ? "HLT" : "hlt";
      String rest = row.text().substring(blank + 1);
      Audits audit = Audits.of("kvm_exit: vcpu 0 reason " + isa + " rip 0x1 error_code 0x0\n"
          + "kvm_nested_vmenter_failed: " + row.text().substring(0, blank) + "\n   " + rest + "\n"
          + "kvm_entry: vcpu 0, rip 0x1\n");
      assertThat(audit.failed).hasSize(1);
      assertThat(audit.failed.getFirst().text()).isEqualTo(row.text());
      assertThat(audit.failed.getFirst().checks()).extracting(EntryCheck::id)
          .containsExactlyElementsOf(row.rules());
      assertThat(audit.summary.unknownLines()).isZero();
      assertThat(audit.failed.getFirst().line()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "!vmx->nested.hv_evmcs && vmx->nested.current_vmptr == -1ull;",
    "!(vmcs12->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE);N-H1",
    "vmcs12->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE;N-H1",
    "!nested_cr3_valid(vcpu, vmcs12->host_cr3);N-H4",
    "!nested_cr3_valid(vcpu, cr3);N-G22",
    "!load_pdptrs(vcpu, vcpu->arch.walk_mmu, cr3);N-G23",
    "is_noncanonical_address(vmcs12->host_ia32_sysenter_esp, vcpu);N-H6",
    "is_noncanonical_address(vmcs12->host_rip, vcpu);N-H29",
    "is_noncanonical_address(vmcs12->guest_bndcfgs & PAGE_MASK, vcpu);N-G18",
    "kvm_vcpu_map(vcpu, gpa_to_gfn(vmcs12->vmcs_link_pointer), &map);N-G8",
    "shadow->hdr.revision_id != VMCS12_REVISION;N-G9",
    "shadow->hdr.shadow_vmcs != nested_cpu_has_shadow_vmcs(vmcs12);N-G10",
    "(vmcs12->posted_intr_desc_addr & 0x3f);N-C15",
    "(vmcs12->posted_intr_desc_addr >> cpuid_maxphyaddr(vcpu));N-C15",
    "new_eptp >> maxphyaddr || ((new_eptp >> 7) & 0x1f);N-C29",
    "!vmx_guest_state_valid(vcpu);N-G21",
    "!evmptr_is_valid(vmx->nested.hv_evmcs_vmptr) && vmx->nested.current_vmptr == INVALID_GPA;",
    "kvm_vcpu_is_illegal_gpa(vcpu, vmcs12->host_cr3);N-H4", "kvm_vcpu_is_illegal_gpa(vcpu, cr3);N-G22",
    "kvm_vcpu_is_illegal_gpa(vcpu, new_eptp) || ((new_eptp >> 7) & 0x1f);N-C29",
    "!vmx_is_valid_debugctl(vcpu, vmcs12->guest_ia32_debugctl, false);N-G5",
    "vmcs12->guest_activity_state != GUEST_ACTIVITY_ACTIVE"
        + " && vmcs12->guest_activity_state != GUEST_ACTIVITY_HLT;N-G20"})
  void theTextsOfLinux510AndLinux61HaveTheirRules(String text, String rule) {
    FailedChecks.Found found = FailedChecks.of(text, Isa.VMX);
    assertThat(found.checks()).extracting(EntryCheck::id)
        .isEqualTo(rule == null ? List.of() : List.of(rule));
    assertThat(found.about()).doesNotContain("not the text of any check");
  }

  /** Some of these have the names of fields in them that other checks are about. */
  @ParameterizedTest
  @ValueSource(strings = {
    "something new", "", "vmcs12->host_ssp >> 32", "vmcs12->guest_cr4 & X86_CR4_FRED",
    "vmcs12->vm_entry_controls", "host_rip", "!nested_cpu_has_ept(vmcs12) && nested_cpu_has_pml(vmcs12)",
    "vmcs12->guest_activity_state != GUEST_ACTIVITY_ACTIVE", "vmcs12->host_cs_selector != 0"})
  void ofATextThatNoKernelPrintsNothingIsGuessed(String text) {
    FailedChecks.Found found = FailedChecks.of(text, Isa.VMX);
    assertThat(found.checks()).isEqualTo(List.of());
    assertThat(found.about()).contains("not the text of any check");
  }

  @Test
  void whatVmxAndSvmPrintAlikeIsReadByTheKindOfTheVcpu() {
    assertThat(FailedChecks.of("!load_pdptrs(vcpu, cr3)", Isa.VMX).checks()).hasSize(1);
    assertThat(FailedChecks.of("!load_pdptrs(vcpu, cr3)", Isa.SVM).about()).contains("VMRUN");
    assertThat(FailedChecks.of("!load_pdptrs(vcpu, cr3)", Isa.UNKNOWN).about()).contains("does not tell");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "early hardware check VM-instruction error: VMENTRY_INVALID_CONTROL_FIELD",
    "hardware VM-instruction error: 0x1c"})
  void whatTheCpuRefusedIsSaidToBeThat(String text) {
    assertThat(FailedChecks.of(text, Isa.VMX).about()).contains("the CPU refused");
  }

  /** What is left to the CPU (N-S) KVM does not check. */
  @Test
  void everyCheckOfKvmHasAText() {
    Set<String> named = new TreeSet<>(SILENT);
    textsOfLinux612().forEach(row -> named.addAll(row.rules()));
    assertThat(EntryChecks.all()).extracting(EntryCheck::id).filteredOn(id -> id.matches("N-[PCHGM][0-9]+"))
        .isNotEmpty().allSatisfy(id -> assertThat(named).contains(id));
  }
}
