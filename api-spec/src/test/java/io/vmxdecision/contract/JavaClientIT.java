package io.vmxdecision.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vmxdecision.client.ApiClient;
import io.vmxdecision.client.ApiException;
import io.vmxdecision.client.api.DecisionsApi;
import io.vmxdecision.client.api.EvmcsApi;
import io.vmxdecision.client.api.ExitReasonsApi;
import io.vmxdecision.client.api.VmEntriesApi;
import io.vmxdecision.client.model.AnswerPart;
import io.vmxdecision.client.model.BatchRequest;
import io.vmxdecision.client.model.BatchResult;
import io.vmxdecision.client.model.Cpuid;
import io.vmxdecision.client.model.Decision;
import io.vmxdecision.client.model.DecisionRequest;
import io.vmxdecision.client.model.EntryInstruction;
import io.vmxdecision.client.model.EntryOutcome;
import io.vmxdecision.client.model.EntryStage;
import io.vmxdecision.client.model.EvmcsCheck;
import io.vmxdecision.client.model.EvmcsCheckRequest;
import io.vmxdecision.client.model.EvmcsCheckResult;
import io.vmxdecision.client.model.EvmcsEncodeRequest;
import io.vmxdecision.client.model.EvmcsFields;
import io.vmxdecision.client.model.EvmcsPage;
import io.vmxdecision.client.model.Exit;
import io.vmxdecision.client.model.ExitReasonDescription;
import io.vmxdecision.client.model.ExitReasonKind;
import io.vmxdecision.client.model.GuestLevel;
import io.vmxdecision.client.model.HandlerLevel;
import io.vmxdecision.client.model.HypercallStatus;
import io.vmxdecision.client.model.NestedContext;
import io.vmxdecision.client.model.PartitionAssist;
import io.vmxdecision.client.model.PendingFlush;
import io.vmxdecision.client.model.Problem;
import io.vmxdecision.client.model.Registers;
import io.vmxdecision.client.model.Snapshot;
import io.vmxdecision.client.model.Vcpu;
import io.vmxdecision.client.model.Violation;
import io.vmxdecision.client.model.VmEntry;
import io.vmxdecision.client.model.VmEntryBatchRequest;
import io.vmxdecision.client.model.VmEntryBatchResult;
import io.vmxdecision.client.model.VmEntryDecision;
import io.vmxdecision.client.model.VmEntryProfile;
import io.vmxdecision.client.model.VmEntryRequest;
import io.vmxdecision.client.model.VmEntrySnapshot;
import io.vmxdecision.client.model.VmcsFields;
import io.vmxdecision.client.model.VpAssist;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(ServiceUnderTest.class)
@NullUnmarked // a part that is missing fails the test as it is
class JavaClientIT {
  private static final String VM_ID = "0xffffffffffffffff";
  private static final String GVA_LIST = "0xfffff80000401003";

  private final ApiClient client;
  private final DecisionsApi decisions;

  JavaClientIT(URI service) {
    this.client = new ApiClient();
    client.updateBaseUri(service.toString());
    this.decisions = new DecisionsApi(client);
  }

  @Test
  void decidesAnExit() throws ApiException {
    Decision decision = decisions.decide(flush(), false, null);
    assertThat(decision.getSyntheticExit()).isTrue();
    assertThat(decision.getHandledBy()).isEqualTo(HandlerLevel.L0);
    assertThat(decision.getHypercall().getStatusName()).isEqualTo(HypercallStatus.HV_STATUS_SUCCESS);
    assertThat(decision.getExitToL1().getReason()).isEqualTo("0x10000031");
    assertThat(decision.getExplanation()).isNull();
  }

  @Test
  void asksForTheParametersOfADecision() throws ApiException {
    Decision decision = decisions.decide(flush(), true, List.of(AnswerPart.EVMCS_PAGE));
    assertThat(decision.getExplanation()).isNotEmpty();
    assertThat(Base64.getDecoder().decode(decision.getEvmcsPage())).hasSize(4096);
  }

  @Test
  void keepsEveryBitOfAWord() throws ApiException {
    DecisionRequest request = flush();
    request.getSnapshot().getEvmcsFields().hvVmId(VM_ID);
    request
        .getSnapshot()
        .vcpus(
            List.of(
                new Vcpu()
                    .vpIndex(0)
                    .l2(new NestedContext().vmId("0x1").vpId("0x1")),
                new Vcpu()
                    .vpIndex(1)
                    .l2(new NestedContext().vmId(VM_ID).vpId("0xffffffff"))
                    .pendingFlush(new PendingFlush().l2(List.of(GVA_LIST)))));
    Decision decision = decisions.decide(request, false, null);
    assertThat(decision.getTlbMutations()).hasSize(2);
    assertThat(decision.getTlbMutations().get(1).getFifo()).isEqualTo(GuestLevel.L2);
    assertThat(decision.getTlbMutations().get(1).getPendingAfter())
        .containsExactly(GVA_LIST, "0xffffffffffffffff");
    assertThat(decision.getTlbMutations().get(1).getEffect().getRanges().get(0).getGva())
        .isEqualTo("0xfffff80000401000");
  }

  @Test
  void decidesABatchInWhichOneIsBad() throws ApiException {
    BatchRequest batch =
        new BatchRequest().requests(List.of(flush(), flush().exit(new Exit().reason("12"))));
    List<BatchResult> results = decisions.decideBatch(batch, false, null).getResults();
    assertThat(results).hasSize(2);
    assertThat(results.get(0).getDecision().getSyntheticExit()).isTrue();
    assertThat(results.get(0).getProblem()).isNull();
    assertThat(results.get(1).getDecision()).isNull();
    assertThat(results.get(1).getProblem().getErrors().get(0).getPointer())
        .isEqualTo("/requests/1/exit/reason");
  }

  @Test
  void uploadsRawPages(@TempDir Path folder) throws ApiException, IOException {
    byte[] evmcs =
        Base64.getDecoder()
            .decode(
                new EvmcsApi(client)
                    .encodeEvmcs(
                        new EvmcsEncodeRequest().evmcsFields(flush().getSnapshot().getEvmcsFields()))
                    .getEvmcs());
    byte[] vpAssist = new byte[4096];
    vpAssist[0x20] = 1; // DirectHypercall
    vpAssist[0x28] = 1; // EnlightenVmEntry
    byte[] partitionAssist = new byte[4096];
    partitionAssist[0] = 1; // TlbLockCount
    DecisionRequest request = flush();
    request.getSnapshot().evmcsFields(null).vpAssist(null).partitionAssist(null);
    Decision decision =
        decisions.decidePages(
            client.getObjectMapper().writeValueAsString(request),
            false,
            null,
            file(folder, "evmcs", evmcs),
            file(folder, "vp-assist", vpAssist),
            file(folder, "partition-assist", partitionAssist));
    assertThat(decision.getSyntheticExit()).isTrue();
  }

  private static File file(Path folder, String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content).toFile();
  }

  @Test
  void checksAPageInJson() throws ApiException {
    EvmcsApi evmcs = new EvmcsApi(client);
    String page =
        evmcs
            .encodeEvmcs(
                new EvmcsEncodeRequest()
                    .evmcsFields(new EvmcsFields().revisionId("0x3").hvVmId(VM_ID)))
            .getEvmcs();
    assertThat(evmcs.decodeEvmcs(new EvmcsPage().evmcs(page), true).getEvmcsFields().getHvVmId())
        .isEqualTo(VM_ID);
    EvmcsCheckResult result = evmcs.checkEvmcs(new EvmcsCheckRequest().evmcs(page));
    assertThat(result.getFindings().get(0).getId()).isEqualTo(EvmcsCheck.REVISION);
  }

  @Test
  void tellsWhereARequestIsWrong() {
    DecisionRequest request = flush();
    request.getExit().reason("12");
    request.getSnapshot().getRegisters().cpl(4);
    ApiException e =
        catchThrowableOfType(
            ApiException.class, () -> decisions.decide(request, false, null));
    assertThat(e.getCode()).isEqualTo(400);
    Problem problem = client.getObjectMapper().readValue(e.getResponseBody(), Problem.class);
    assertThat(problem.getType()).isEqualTo("urn:vmx-decision:problem:invalid-request");
    assertThat(problem.getErrors())
        .extracting(Violation::getPointer)
        .containsExactlyInAnyOrder("/exit/reason", "/snapshot/registers/cpl");
  }

  @Test
  void looksUpAnExitReason() throws ApiException {
    ExitReasonDescription reason = new ExitReasonsApi(client).describeExitReason("0x10000031");
    assertThat(reason.getKind()).isEqualTo(ExitReasonKind.HYPERV_SYNTHETIC);
    assertThat(reason.getRaw()).isEqualTo("0x10000031");
  }

  @Test
  void sendsLinesAndHasTheAnswersInAFile() throws ApiException, IOException {
    String line = client.getObjectMapper().writeValueAsString(flush());
    File answers = decisions.decideStream(line + "\n{}\n", false, null);
    List<String> lines = Files.readAllLines(answers.toPath());
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).contains("\"syntheticExit\":true");
    assertThat(lines.get(1)).contains("urn:vmx-decision:problem:invalid-request");
  }

  @Test
  void decidesVmEntriesAloneInABatchAndInLines() throws ApiException, IOException {
    VmEntriesApi entries = new VmEntriesApi(client);
    VmEntryDecision decision = entries.decideVmEntry(injection(), true);
    assertThat(decision.getOutcome()).isEqualTo(EntryOutcome.FAILED_ENTRY);
    assertThat(decision.getFirstViolation()).isEqualTo("N-S36");
    assertThat(decision.getViolations().get(0).getStage()).isEqualTo(EntryStage.CPU);
    assertThat(decision.getViolations().get(0).getEvidence()).contains("guest_rflags 0x2");
    assertThat(decision.getUndecided().get(0).getNeeds()).isNotEmpty();
    assertThat(decision.getExplanation()).isNotEmpty();
    assertThat(decision.getExitToL1().getReason()).isEqualTo("0x80000021");
    VmEntryRequest bad = injection();
    bad.getSnapshot().getVmcsFields().guestCr0("12");
    List<VmEntryBatchResult> results =
        entries.decideVmEntryBatch(new VmEntryBatchRequest().requests(List.of(injection(), bad)), false)
            .getResults();
    assertThat(results.get(0).getDecision().getDecisionId()).isEqualTo(decision.getDecisionId());
    assertThat(results.get(1).getProblem().getErrors().get(0).getPointer())
        .isEqualTo("/requests/1/snapshot/vmcsFields/guest_cr0");
    String line = client.getObjectMapper().writeValueAsString(injection());
    List<String> lines =
        Files.readAllLines(entries.decideVmEntryStream(line + "\n{}\n", false).toPath());
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).contains("\"firstViolation\":\"N-S36\"");
    assertThat(lines.get(1)).contains("urn:vmx-decision:problem:invalid-request");
  }

  /** A bare CPU that injects an interrupt while RFLAGS.IF is 0. */
  private static VmEntryRequest injection() {
    return new VmEntryRequest()
        .profile(VmEntryProfile.SDM)
        .snapshot(
            new VmEntrySnapshot()
                .vmcsFields(new VmcsFields().guestRflags("0x2").vmEntryIntrInfoField("0x80000044")))
        .entry(new VmEntry().instruction(EntryInstruction.VMLAUNCH));
  }

  /** The README's example. */
  private static DecisionRequest flush() {
    return new DecisionRequest()
        .snapshot(
            new Snapshot()
                .evmcsFields(
                    new EvmcsFields()
                        .revisionId("0x1")
                        .hvEnlightenmentsControl("0x1")
                        .hvVmId("0x1")
                        .hvVpId("0x1")
                        .partitionAssistPage("0x77000"))
                .vpAssist(
                    new VpAssist()
                        .enlightenVmentry(true)
                        .currentNestedVmcs("0x66000")
                        .directHypercall(true))
                .partitionAssist(new PartitionAssist().tlbLockCount(1L))
                .cpuid(new Cpuid().nestedEax("0x20101"))
                .registers(new Registers().rcx("0x10002").rdx("0x0").r8("0x3").rip("0x401000")))
        .exit(new Exit().reason("0x12").instructionLength(3L));
  }
}
