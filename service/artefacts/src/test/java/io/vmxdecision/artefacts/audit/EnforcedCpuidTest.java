package io.vmxdecision.artefacts.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules H1, H2 and H4: status 6 and #UD, which a trace shows and only CPUID or the ring explains. */
class EnforcedCpuidTest {
  private static final long ALWAYS = Long.MIN_VALUE;
  private static final String EXIT =
      "kvm_nested_vmexit: vcpu 0 reason VMCALL rip 0x401000 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0\n";
  private static final String FLUSH =
      "kvm_hv_flush_tlb: processor_mask 0x0 address_space 0x0 flags 0x3 (L2)\n";
  private static final String UNDEFINED = "kvm_inj_exception: #UD (0x0)\nkvm_entry: vcpu 0, rip 0x401000\n";

  private static String call(String code, String form, String then) {
    return EXIT + "kvm_hv_hypercall: code " + code + " " + form
        + " var_cnt 0x0 rep_cnt 0x0 idx 0x0 in 0x0 out 0x3\n" + then;
  }

  private static String result(String result) {
    return "kvm_hv_hypercall_done: result " + result + "\nkvm_entry: vcpu 0, rip 0x401003\n";
  }

  private static AuditedExit audit(String trace, @Nullable Boolean enforced, @Nullable Integer enlightenments,
      @Nullable Integer features) {
    byte[] evmcs = new byte[4096];
    EnlightenedVmcs fields = new EnlightenedVmcs();
    fields.wrap(evmcs, 0);
    fields.value(EvmcsField.REVISION_ID, 1);
    fields.value(EvmcsField.HV_ENLIGHTENMENTS_CONTROL, 1);
    byte[] assist = new byte[4096];
    VpAssistPage page = new VpAssistPage();
    page.wrap(assist, 0);
    page.enlightenVmentry(1);
    page.currentNestedVmcs(0x20000);
    page.directHypercall(true);
    CpuidWords words = new CpuidWords(1 << 17, enlightenments, features, enforced, null);
    return Audits.of(trace, TimedSnapshot.ofEvmcs(ALWAYS, evmcs),
        TimedSnapshot.ofVpAssistPage(ALWAYS, assist),
        TimedSnapshot.ofPartitionAssistPage(ALWAYS, new byte[4096]),
        TimedSnapshot.ofCpuid(ALWAYS, words)).exits
        .getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "0x2, true, 0x804, CONTRADICTS", "0x2, true, 0x800, AGREES", "0x2, true, 0x0, AGREES",
    "0x13, true, 0x804, CONTRADICTS", "0x13, true, 0x4, AGREES", "0x2, false, 0x0, CONTRADICTS",
    "0x2, false, , CONTRADICTS", "0x2, true, , UNDECIDED", "0x2, , , UNDECIDED", "0x2, , 0x4, CONTRADICTS",
    "0x13, , 0x4, UNDECIDED"})
  void accessIsDeniedByCpuidAlone(
      String code, @Nullable Boolean enforced, @Nullable String word, Verdict verdict) {
    AuditedExit exit =
        audit(call(code, "slow", result("0x6")), enforced, word == null ? null : Integer.decode(word), null);
    assertThat(exit.verdict()).as(exit.why()).isEqualTo(verdict);
    if (verdict == Verdict.CONTRADICTS) {
      assertThat(exit.rule()).isEqualTo("H2");
    }
  }

  @Test
  void whatCpuidDeniesDoesNotSucceed() {
    String trace = call("0x2", "slow", FLUSH + result("0x0"));
    assertThat(audit(trace, true, 0, null).rule()).isEqualTo("H2");
    assertThat(audit(trace, true, 0, null).verdict()).isEqualTo(Verdict.CONTRADICTS);
    assertThat(audit(trace, true, 4, null).verdict()).isEqualTo(Verdict.AGREES);
  }

  @ParameterizedTest
  @CsvSource({
    "fast, true, 0x0, AGREES", "fast, true, 0x10, CONTRADICTS", "fast, false, 0x0, CONTRADICTS",
    "fast, , , UNDECIDED", "slow, true, 0x0, CONTRADICTS"})
  void fastInputThatCpuidDoesNotOfferIsUndefined(
      String form, @Nullable Boolean enforced, @Nullable String word, Verdict verdict) {
    AuditedExit exit =
        audit(call("0x2", form, UNDEFINED), enforced, 0x804, word == null ? null : Integer.decode(word));
    assertThat(exit.verdict()).as(exit.why()).isEqualTo(verdict);
    if (verdict == Verdict.CONTRADICTS) {
      assertThat(exit.rule()).isEqualTo("H4");
    }
  }

  @Test
  void fastInputThatCpuidDoesNotOfferDoesNotSucceed() {
    AuditedExit exit = audit(call("0x2", "fast", FLUSH + result("0x0")), true, 0x804, 0);
    assertThat(exit.verdict()).isEqualTo(Verdict.CONTRADICTS);
    assertThat(exit.rule()).isEqualTo("H4");
    AuditedExit reserved = audit(call("0x2", "fast", result("0x3")), true, 0x804, 0);
    assertThat(reserved.verdict()).isEqualTo(Verdict.UNDECIDED);
    assertThat(reserved.needs()).anyMatch(need -> need.contains("RCX"));
  }

  /** H2 comes before H4. */
  @Test
  void aCallThatIsDeniedGetsNoException() {
    AuditedExit exit = audit(call("0x2", "fast", UNDEFINED), true, 0, 0);
    assertThat(exit.verdict()).isEqualTo(Verdict.CONTRADICTS);
    assertThat(exit.rule()).isEqualTo("H2");
  }

  @ParameterizedTest
  @CsvSource({"'#UD (0x0)'", "#UD", "'#UD [reinjected]'",
    "'[FAILED TO PARSE] exception=6 has_error=0 error_code=0 reinjected=0'"})
  void aFlushOutsideRingZeroIsUndefined(String exception) {
    AuditedExit exit =
        audit(EXIT + "kvm_inj_exception: " + exception + "\nkvm_entry: vcpu 0, rip 0x401000\n", null, null,
            null);
    assertThat(exit.verdict()).isEqualTo(Verdict.UNDECIDED);
    assertThat(exit.needs()).first().asString().contains("CPL");
    AuditedExit other = audit(EXIT + "kvm_inj_exception: #GP (0x0)\nkvm_msr: msr_read 10 = 0x0\n"
        + "kvm_entry: vcpu 0, rip 0x401000\n", null, null, null);
    assertThat(other.verdict()).isEqualTo(Verdict.CONTRADICTS);
  }

  @Test
  void theWordsCountFromTheirTimeOn() {
    String trace = "q-1 [000] 1.0: " + call("0x2", "slow", result("0x6")).replace("\n", "\nq-1 [000] 1.0: ");
    List<TimedSnapshot> later = List.of(
        TimedSnapshot.ofCpuid(2_000_000_000L, new CpuidWords(null, 4, null, false, null)));
    assertThat(Audits.of(trace, later.toArray(TimedSnapshot[]::new)).exits.getFirst().verdict())
        .isEqualTo(Verdict.UNDECIDED);
  }
}
