package io.vmxdecision.app.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an answer tells of an exit beyond its name, and by which bit it was routed. */
@RunningService
class ExitDetailTest {
  private final ServiceClient service;

  ExitDetailTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  static Stream<Arguments> details() {
    return Stream.of(
        row("0x0", "'interruptionInfo':'0x80000b0e','interruptionErrorCode':'0x7'", "",
            "{'exception':{'vector':14,'name':'#PF','type':'HARDWARE_EXCEPTION','errorCode':'0x7'}}"),
        row("0x0", "'interruptionInfo':'0x80000202'", "",
            "{'exception':{'vector':2,'name':'NMI','type':'NMI'}}"),
        row("0x0", "'interruptionInfo':'0x80000340'", "",
            "{'exception':{'vector':64,'type':'HARDWARE_EXCEPTION'}}"),
        row("0x1c", "'qualification':'0x300'", "'rbx':'0x80000011'",
            "{'crAccess':{'controlRegister':0,'access':'MOV_TO_CR','generalRegister':'rbx','value':'0x80000011'}}"),
        row("0x1c", "'qualification':'0xf18'", "",
            "{'crAccess':{'controlRegister':8,'access':'MOV_FROM_CR','generalRegister':'r15'}}"),
        row("0x1c", "'qualification':'0x20'", "", "{'crAccess':{'controlRegister':0,'access':'CLTS'}}"),
        row("0x1c", "'qualification':'0x90070'", "",
            "{'crAccess':{'controlRegister':0,'access':'LMSW','value':'0x9','memoryOperand':true}}"),
        row("0x1d", "'qualification':'0x17'", "",
            "{'drAccess':{'debugRegister':7,'access':'MOV_FROM_DR','generalRegister':'rax'}}"),
        row("0x1d", "'qualification':'0x506'", "",
            "{'drAccess':{'debugRegister':6,'access':'MOV_TO_DR','generalRegister':'rbp'}}"),
        row("0x1e", "'qualification':'0x3f80048'", "",
            "{'io':{'port':'0x3f8','size':1,'direction':'IN','string':false,'rep':false,'immediate':true}}"),
        row("0x1e", "'qualification':'0xcfc0033'", "",
            "{'io':{'port':'0xcfc','size':4,'direction':'OUT','string':true,'rep':true,'immediate':false}}"),
        row("0x1f", "", "'rcx':'0xdead0000c0000100'", "{'msr':{'index':'0xc0000100','access':'READ'}}"),
        row("0x20", "", "'rcx':'0x10','rax':'0xffffffff00000001','rdx':'0x2'",
            "{'msr':{'index':'0x10','access':'WRITE','value':'0x200000001'}}"),
        row("0x30", "'qualification':'0x18a'", "",
            "{'eptViolation':{'read':false,'write':true,'fetch':false,'readable':true,'writable':false,"
                + "'executable':false,'linearAddressValid':true,'pageWalk':false}}"),
        row("0x30", "'qualification':'0x81'", "",
            "{'eptViolation':{'read':true,'write':false,'fetch':false,'readable':false,'writable':false,"
                + "'executable':false,'linearAddressValid':true,'pageWalk':true}}"),
        row("0x32", "'instructionInfo':'0x30000000'", "'rbx':'0x2'",
            "{'invalidation':{'instruction':'INVEPT','typeRegister':'rbx','type':'0x2','typeName':'ALL_CONTEXT'}}"),
        row("0x35", "'instructionInfo':'0x0'", "'rax':'0x3'",
            "{'invalidation':{'instruction':'INVVPID','typeRegister':'rax','type':'0x3',"
                + "'typeName':'SINGLE_CONTEXT_RETAINING_GLOBALS'}}"),
        row("0x3a", "'instructionInfo':'0x10000000'", "'rcx':'0x4'",
            "{'invalidation':{'instruction':'INVPCID','typeRegister':'rcx','type':'0x4'}}"));
  }

  @ParameterizedTest
  @MethodSource("details")
  void theWordsOfAnExitAreDecoded(String request, String detail) {
    JsonNode answer = service.decide(request).ok().json();
    assertThat(answer.at("/exitReason/detail")).isEqualTo(JsonMapper.shared().readTree(detail));
  }

  @Test
  void anExitThatItsNameSaysAllOfHasNoDetail() {
    assertThat(service.decide(exit("0xa", "", "")).ok().json().path("exitReason").has("detail")).isFalse();
  }

  static Stream<Arguments> grounds() {
    return Stream.of(
        row("0xc", "", "", "R",
            "bit 7 (HLT exiting) of cpu_based_vm_exec_control (eVMCS 0x314) is clear; L0 handles the exit"),
        row("0x36", "", "", "R",
            "bit 6 (WBINVD exiting) of secondary_vm_exec_control (eVMCS 0x064) does not count, since bit 31"
                + " (activate secondary controls) of cpu_based_vm_exec_control (eVMCS 0x314) is clear; L0"
                + " handles the exit"),
        row("0x1", "", "", "R", "L0 always keeps exits of this reason"),
        row("0xa", "", "", "R", "L1 always wants exits of this reason"),
        row("0x0", "'interruptionInfo':'0x80000306'", "", "R",
            "bit 6 of exception_bitmap (eVMCS 0x318) = 0x40 is set; L1 wants the exit"),
        row("0x0", "'interruptionInfo':'0x80000202'", "", "R",
            "interruption information 0x80000202 is an NMI (valid, type 2), which L0 keeps"),
        row("0x1c", "'qualification':'0x0'", "'rax':'0x80000011'", "R-CR",
            "of the bits that L2 would change, L1 owns 0x10 by cr0_guest_host_mask (eVMCS 0x200) = 0x10; L1"
                + " wants the exit"),
        row("0x1f", "", "'rcx':'0x10'", "R-MSR",
            "bit 0 of the byte 0x1 at L1 GPA 0x30002, in the bitmap that msr_bitmap (eVMCS 0x078) points to,"
                + " is set; L1 wants the exit"),
        row("0x20", "", "'rcx':'0x10'", "R-MSR",
            "the byte of the bitmap at L1 GPA 0x30802, in the bitmap that msr_bitmap (eVMCS 0x078) points to,"
                + " is unreadable, which counts as set; L1 wants the exit"),
        row("0x1f", "", "'rcx':'0x4000'", "R-MSR",
            "number 0x4000 is in no bitmap, which counts as set; L1 wants the exit"));
  }

  @ParameterizedTest
  @MethodSource("grounds")
  void theExplanationNamesTheBitThatDecided(String request, String rule, String evidence) {
    JsonNode explanation = service.explain(request).ok().json().path("explanation");
    assertThat(explanation.valueStream().filter(step -> step.path("rule").asString().equals(rule)))
        .extracting(step -> step.path("evidence").asString())
        .containsExactly(evidence);
  }

  private static Arguments row(String reason, String words, String registers, String... expected) {
    Object[] row = new Object[1 + expected.length];
    row[0] = exit(reason, words, registers);
    for (int i = 0; i < expected.length; i++) {
      row[i + 1] = expected[i].replace('\'', '"');
    }
    return Arguments.of(row);
  }

  /** An exit while an eVMCS is active, with some controls set and the start of an MSR bitmap. */
  private static String exit(String reason, String words, String registers) {
    return ("{'snapshot':{'evmcsFields':{'revision_id':'0x1','cpu_based_vm_exec_control':'0x10000000',"
        + "'exception_bitmap':'0x40','cr0_guest_host_mask':'0x10','msr_bitmap':'0x30000'},"
        + "'vpAssist':{'enlightenVmentry':true,'currentNestedVmcs':'0x66000'},"
        + "'memory':[{'gpa':'0x30000','bytes':'AAABAA=='}],"
        + "'registers':{" + registers + "}},"
        + "'exit':{'reason':'" + reason + "'" + (words.isEmpty() ? "" : "," + words) + "}}")
        .replace('\'', '"');
  }
}
