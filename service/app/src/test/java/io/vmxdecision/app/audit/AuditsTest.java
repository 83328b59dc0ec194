package io.vmxdecision.app.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.Form;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@RunningService
class AuditsTest {
  private static final String PATH = "/v1/audits";
  private final ServiceClient service;

  AuditsTest(@LocalServerPort int port) {
    service = new ServiceClient(port);
  }

  private Answer audit(byte[] trace, String accept) {
    return audit("", trace, accept);
  }

  private Answer audit(String query, byte[] trace, String accept) {
    return service.send(
        service.request(PATH + query)
            .header("Content-Type", "text/plain")
            .header("Accept", accept)
            .POST(BodyPublishers.ofByteArray(trace)));
  }

  @Test
  void aTraceIsAnsweredWithEveryExitAndTheCounts() {
    JsonNode answer = audit(Traces.capture(), "application/json").ok().json();
    JsonNode summary = answer.path("summary");
    assertThat(answer.path("exits").size()).isEqualTo(72);
    assertThat(summary.path("exitsFromL2").asInt()).isEqualTo(72);
    assertThat(summary.path("handledByL0").asInt()).isEqualTo(65);
    assertThat(summary.path("reflectedToL1").asInt()).isEqualTo(7);
    assertThat(summary.path("injectedByL0").asInt()).isEqualTo(1);
    assertThat(summary.path("syntheticExits").asInt()).isEqualTo(1);
    assertThat(summary.path("l2Flushes").asInt()).isEqualTo(2);
    assertThat(summary.path("unknownLines").asInt()).isZero();
    assertThat(summary.path("verdicts").path("CONTRADICTS").asInt()).isZero();
    assertThat(answer.path("flushes").path(1).path("syntheticExit").asBoolean()).isTrue();
    assertThat(answer.path("flushes").path(1).path("statusName").asString()).isEqualTo("HV_STATUS_SUCCESS");
    assertThat(answer.path("failedEntries").path(0).path("rules").path(0).path("rule").asString())
        .isEqualTo("N-P1");
    JsonNode exit = answer.path("exits").path(0);
    assertThat(exit.path("reason").path("name").asString()).isEqualTo("EPT_VIOLATION");
    assertThat(exit.path("reason").path("detail").path("eptViolation").path("pageWalk").isBoolean()).isTrue();
    assertThat(exit.path("observed").asString()).isEqualTo("L0");
    assertThat(exit.path("expected").asString()).isEqualTo("L0");
    assertThat(exit.path("verdict").asString()).isEqualTo("AGREES");
    assertThat(exit.path("rule").asString()).isEqualTo("R");
  }

  @Test
  void whyARefusedEntryHasNoRuleIsSaid() {
    byte[] trace = "kvm_nested_vmenter_failed: something new\n".getBytes(StandardCharsets.UTF_8);
    JsonNode failed = audit(trace, "application/json").ok().json().path("failedEntries").path(0);
    assertThat(failed.path("rules").size()).isZero();
    assertThat(failed.path("about").asString()).contains("not the text of any check");
    JsonNode known = audit(Traces.capture(), "application/json").ok().json().path("failedEntries").path(0);
    assertThat(known.has("about")).isFalse();
  }

  @Test
  void theEventThatAnExitCutShortIsDecoded() {
    byte[] trace = new String(Traces.flush(), StandardCharsets.UTF_8)
        .replace("info2 0x0", "info2 0x80000b0e").getBytes(StandardCharsets.UTF_8);
    JsonNode event =
        audit(trace, "application/json").ok().json().path("exits").path(0)
            .path("reason").path("eventInDelivery");
    assertThat(event.path("vector").asInt()).isEqualTo(14);
    assertThat(event.path("type").asString()).isEqualTo("HARDWARE_EXCEPTION");
  }

  /** No document says in what other kernels differ in what they keep. */
  @Test
  void whoseRulesOfCopiesArePlayedIsSaid() {
    JsonNode notes = Traces.pages(new Form()).file("trace", Traces.flush()).sendTo(service, PATH).ok().json()
        .path("summary").path("notes");
    assertThat(notes.valueStream().map(JsonNode::asString)).anyMatch(note -> note.contains("rules T"));
    JsonNode alone = Traces.pages(new Form()).file("trace", Traces.flush())
        .sendTo(service, PATH + "?profile=kvm-6.12").ok().json().path("summary").path("notes");
    assertThat(alone.size()).isZero();
  }

  /** The trace was recorded on Linux 6.12; an L0 without the L2 TLB flush would have reflected both flushes. */
  @Test
  void anotherProfileContradictsAtTheFlushes() {
    JsonNode answer = audit("?profile=kvm-6.1", Traces.capture(), "application/json").ok().json();
    assertThat(answer.path("exits").valueStream()
        .filter(exit -> exit.path("verdict").asString().equals("CONTRADICTS")))
        .hasSize(2)
        .allSatisfy(exit -> {
          assertThat(exit.path("reason").path("name").asString()).isEqualTo("VMCALL");
          assertThat(exit.path("rule").asString()).isEqualTo("P1");
          assertThat(exit.path("expected").asString()).isEqualTo("L1");
        });
    assertThat(audit("?profile=tlfs", Traces.capture(), "application/json").problem(422).text("/detail"))
        .contains("does not route exits");
    assertThat(audit("?profile=kvm-5.4", Traces.capture(), "application/json").problem(400).text("/detail"))
        .contains("kvm-6.1, kvm-6.12, kvm-7.3");
  }

  /** Without a profile the others are asked too; what they say is what an audit by them says. */
  @Test
  void withoutAProfileItSaysWhichTheTraceContradictsLeast() {
    JsonNode summary = audit(Traces.capture(), "application/json").ok().json().path("summary");
    assertThat(summary.path("closestProfiles")).extracting(JsonNode::asString)
        .containsExactly("kvm-6.12", "kvm-7.3");
    List<Long> lines = audit("?profile=kvm-6.1", Traces.capture(), "application/json").ok().json()
        .path("exits").valueStream()
        .filter(exit -> exit.path("verdict").asString().equals("CONTRADICTS"))
        .map(exit -> exit.path("line").asLong())
        .toList();
    JsonNode old = summary.path("otherProfiles").path(0);
    assertThat(old.path("profile").asString()).isEqualTo("kvm-6.1");
    assertThat(old.path("contradictions").asLong()).isEqualTo(lines.size());
    assertThat(old.path("firstPartings").valueStream()
        .filter(exit -> exit.path("verdict").asString().equals("CONTRADICTS"))
        .map(exit -> exit.path("line").asLong())).isEqualTo(lines);
    assertThat(
        audit("?profile=kvm-6.12", Traces.capture(), "application/json").ok().json().path("summary")
            .has("closestProfiles"))
        .isFalse();
  }

  /** From Linux 7.2 on L0 keeps SEAMCALL (rule P8). */
  @Test
  void aTraceOfAnotherKernelIsToldAsOne() {
    String trace = "qemu-7 [000] ..... 0.500000: kvm_nested_vmexit: vcpu 0 reason SEAMCALL rip 0x401000"
        + " info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0\n"
        + "qemu-7 [000] ..... 0.500001: kvm_entry: vcpu 0, rip 0x401000\n"
        + "qemu-7 [000] ..... 0.500002: kvm_nested_vmexit: vcpu 0 reason EPT_VIOLATION rip 0x401000"
        + " info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0\n"
        + "qemu-7 [000] ..... 0.500003: kvm_entry: vcpu 0, rip 0x401000\n";
    JsonNode summary =
        audit(trace.getBytes(StandardCharsets.UTF_8), "application/json").ok().json().path("summary");
    assertThat(summary.path("verdicts").path("CONTRADICTS").asInt()).isEqualTo(1);
    assertThat(summary.path("closestProfiles")).extracting(JsonNode::asString).containsExactly("kvm-7.3");
    JsonNode parting = summary.path("otherProfiles").path(1).path("firstPartings");
    assertThat(parting).hasSize(1);
    assertThat(parting.path(0).path("line").asLong()).isEqualTo(1);
    assertThat(parting.path(0).path("expected").asString()).isEqualTo("L0");
    assertThat(audit(trace.getBytes(StandardCharsets.UTF_8), "text/plain").ok().body())
        .contains("note: the trace contradicts kvm-7.3 least", "kvm-7.3: 0 contradict; it parts at lines 1");
  }

  @Test
  void linesOfJsonHaveTheSame() {
    String body = audit(Traces.capture(), "application/x-ndjson").ok().body();
    JsonMapper json = JsonMapper.shared();
    assertThat(body.lines().filter(line -> json.readTree(line).has("exit"))).hasSize(72);
    assertThat(body.lines().filter(line -> json.readTree(line).has("flush"))).hasSize(2);
    assertThat(body.lines().filter(line -> json.readTree(line).has("failedEntry"))).hasSize(1);
    String last = body.lines().reduce("", (a, b) -> b);
    assertThat(json.readTree(last).path("summary").path("lines").asInt()).isEqualTo(1564);
  }

  @Test
  void aTextForATerminalHasTheWorstFirstAndFits() {
    String altered = new String(Traces.capture(), StandardCharsets.UTF_8)
        .replaceFirst("result 0x0", "result 0x5");
    Answer answer = audit(altered.getBytes(StandardCharsets.UTF_8), "text/plain").ok();
    assertThat(answer.contentType()).startsWith("text/plain");
    assertThat(answer.body()).startsWith("1 contradict, ");
    assertThat(answer.body().lines()).allMatch(line -> line.length() <= 98);
    assertThat(answer.body().indexOf("CONTRADICTS")).isLessThan(answer.body().indexOf("UNDECIDED"));
    assertThat(answer.body()).contains("no rule ends a flush with status 0x5");
  }

  @Test
  void snapshotsInAFormDecideWhatTheTraceDoesNot() {
    JsonNode alone = audit(Traces.flush(), "application/json").ok().json();
    assertThat(alone.path("exits").path(0).path("verdict").asString()).isEqualTo("UNDECIDED");
    assertThat(alone.path("exits").path(0).path("needs").valueStream().map(JsonNode::asString))
        .contains("eVMCS 0x344 hv_enlightenments_control bit 0", "CPUID 0x4000000A EAX bit 17");
    JsonNode decided =
        Traces.pages(new Form()).file("trace", Traces.flush()).sendTo(service, PATH).ok().json();
    assertThat(decided.path("exits").path(0).path("verdict").asString()).isEqualTo("AGREES");
    assertThat(decided.path("flushes").path(0).path("syntheticExpected").asBoolean()).isFalse();
    byte[] cleared = new byte[4096];
    JsonNode later = Traces.pages(new Form()).file("vpAssistPage@0.5", cleared).file("trace", Traces.flush())
        .sendTo(service, PATH).ok().json();
    assertThat(later.path("exits").path(0).path("verdict").asString()).isEqualTo("CONTRADICTS");
  }

  @Test
  void whatL0HeldOtherwiseThanThePageIsTold() {
    byte[] cleared = new byte[4096];
    cleared[0x28] = 1;
    String exit = "qemu-7 [000] ..... 0.500000: kvm_nested_vmexit: vcpu 0 reason EPT_VIOLATION rip 0x401000"
        + " info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0\n"
        + "qemu-7 [000] ..... 0.600000: kvm_entry: vcpu 0, rip 0x401000\n";
    byte[] trace =
        (exit + new String(Traces.flush(), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    Form form = Traces.pages(new Form()).file("vpAssistPage:0@0.7", cleared).file("trace", trace);
    JsonNode answer = form.sendTo(service, PATH).ok().json();
    JsonNode flush = answer.path("exits").path(1);
    assertThat(flush.path("verdict").asString()).isEqualTo("AGREES");
    JsonNode stale = flush.path("stale").path(0);
    assertThat(stale.path("datum").asString()).isEqualTo("directHypercall");
    assertThat(stale.path("held").asString()).isEqualTo("0x1");
    assertThat(stale.path("page").asString()).isEqualTo("0x0");
    assertThat(stale.path("reread").asString()).isEqualTo("NEXT_VM_ENTRY");
    assertThat(answer.path("summary").path("decidedByStaleCopies").asInt()).isEqualTo(1);
    JsonNode ofAnother = Traces.pages(new Form()).file("vpAssistPage:1@0.7", cleared).text("sgx", "false")
        .text("enforced@0.1", "true").text("enlightenmentsEax", "0x4").file("memory:0x77000", new byte[4096])
        .file("trace", trace).sendTo(service, PATH).ok().json();
    assertThat(ofAnother.path("exits").path(1).has("stale")).isFalse();
  }

  @Test
  void everyFaultOfAFormIsTold() {
    Answer answer = new Form().file("evmcs", new byte[4095]).text("what", "x").text("nestedEax@x", "0x1")
        .file("trace", Traces.flush()).sendTo(service, PATH).problem(400);
    assertThat(answer.texts("/errors", "pointer")).containsExactly("/evmcs", "/what", "/nestedEax@x");
    byte[] page = new byte[4096];
    assertThat(new Form().file("evmcs:x", page).file("memory", page).file("memory:0x1", page)
        .text("sgx", "1").text("nestedEax:1", "0x1").file("partitionAssistPage:1", page)
        .file("trace", Traces.flush()).sendTo(service, PATH).problem(400).texts("/errors", "pointer"))
        .containsExactly("/evmcs:x", "/memory", "/memory:0x1", "/sgx", "/nestedEax:1",
            "/partitionAssistPage:1");
    assertThat(new Form().file("evmcs", new byte[4096]).sendTo(service, PATH).problem(400)
        .texts("/errors", "pointer")).containsExactly("/trace");
    JsonNode after = new Form().file("trace", Traces.flush()).file("evmcs", new byte[4096])
        .sendTo(service, PATH).ok().json();
    assertThat(after.path("summary").path("notes").path(0).asString()).contains("evmcs follows the trace");
  }

  @Test
  void aTraceDatIsToldHowToBecomeText() {
    byte[] dat = "\u0017\u0008Dtracing6\0".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(audit(dat, "application/json").problem(400).text("/detail"))
        .contains("trace-cmd report -i trace.dat");
  }

  @Test
  void aForeignOrCutTextIsReportedAsFarAsItWasRead() {
    byte[] foreign = "hello\nworld".getBytes(StandardCharsets.UTF_8);
    JsonNode summary = audit(foreign, "application/json").ok().json().path("summary");
    assertThat(summary.path("unknownLines").asInt()).isEqualTo(2);
    assertThat(summary.path("firstUnknownLines").path(1).path("text").asString()).isEqualTo("world");
    assertThat(summary.path("notes").size()).isEqualTo(2);
    assertThat(audit(new byte[0], "application/json").ok().json().path("summary").path("notes").path(0)
        .asString()).isEqualTo("the trace is empty");
  }
}
