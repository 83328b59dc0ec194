import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AnswerPart,
  Configuration,
  DecisionRequestToJSON,
  DecisionsApi,
  EntryInstruction,
  EntryOutcome,
  EntryStage,
  EvmcsApi,
  EvmcsCheck,
  ExitReasonKind,
  ExitReasonsApi,
  HandlerLevel,
  HypercallStatus,
  ProblemFromJSON,
  ResponseError,
  VMEntriesApi,
  VmEntryProfile,
  VmEntryRequestToJSON,
  type DecisionRequest,
  type VmEntryRequest,
} from "../../../target/clients/typescript/index.js";

const VM_ID = "0xffffffffffffffff";
const GVA_LIST = "0xfffff80000401003";

const configuration = new Configuration({ basePath: process.env["SERVICE"] });
const decisions = new DecisionsApi(configuration);

/** The README's example. */
function flush(): DecisionRequest {
  return {
    snapshot: {
      evmcsFields: {
        revisionId: "0x1",
        hvEnlightenmentsControl: "0x1",
        hvVmId: "0x1",
        hvVpId: "0x1",
        partitionAssistPage: "0x77000",
      },
      vpAssist: { enlightenVmentry: true, currentNestedVmcs: "0x66000", directHypercall: true },
      partitionAssist: { tlbLockCount: 1 },
      cpuid: { nestedEax: "0x20101" },
      registers: { rcx: "0x10002", rdx: "0x0", r8: "0x3", rip: "0x401000" },
    },
    exit: { reason: "0x12", instructionLength: 3 },
  };
}

test("decides an exit", async () => {
  const decision = await decisions.decide({ decisionRequest: flush() });
  assert.equal(decision.syntheticExit, true);
  assert.equal(decision.handledBy, HandlerLevel.L0);
  assert.equal(decision.hypercall?.statusName, HypercallStatus.HvStatusSuccess);
  assert.equal(decision.exitToL1?.reason, "0x10000031");
  assert.equal(decision.explanation, undefined);
});

test("asks for the parameters of a decision", async () => {
  const decision = await decisions.decide({
    decisionRequest: flush(),
    explain: true,
    include: [AnswerPart.EvmcsPage],
  });
  assert.notEqual(decision.explanation?.length ?? 0, 0);
  assert.equal(Buffer.from(decision.evmcsPage ?? "", "base64").length, 4096);
});

test("keeps every bit of a word", async () => {
  const request = flush();
  request.snapshot.evmcsFields = { ...request.snapshot.evmcsFields, hvVmId: VM_ID };
  request.snapshot.vcpus = [
    { vpIndex: 0, l2: { vmId: "0x1", vpId: "0x1" } },
    { vpIndex: 1, l2: { vmId: VM_ID, vpId: "0xffffffff" }, pendingFlush: { l2: [GVA_LIST] } },
  ];
  const decision = await decisions.decide({ decisionRequest: request });
  assert.equal(decision.tlbMutations?.length, 2);
  assert.deepEqual(decision.tlbMutations?.[1]?.pendingAfter, [GVA_LIST, "0xffffffffffffffff"]);
  assert.equal(decision.tlbMutations?.[1]?.effect.ranges[0]?.gva, "0xfffff80000401000");
});

test("decides a batch in which one is bad", async () => {
  const requests = [flush(), { ...flush(), exit: { reason: "12" } }];
  const { results } = await decisions.decideBatch({ batchRequest: { requests } });
  assert.equal(results.length, 2);
  assert.equal(results[0]?.decision?.syntheticExit, true);
  assert.equal(results[0]?.problem, undefined);
  assert.equal(results[1]?.decision, undefined);
  assert.equal(results[1]?.problem?.errors?.[0]?.pointer, "/requests/1/exit/reason");
});

test("uploads raw pages", async () => {
  const request = flush();
  const { evmcs } = await new EvmcsApi(configuration).encodeEvmcs({
    evmcsEncodeRequest: { evmcsFields: request.snapshot.evmcsFields ?? {} },
  });
  const vpAssistPage = new Uint8Array(4096);
  vpAssistPage[0x20] = 1; // DirectHypercall
  vpAssistPage[0x28] = 1; // EnlightenVmEntry
  const partitionAssistPage = new Uint8Array(4096);
  partitionAssistPage[0] = 1; // TlbLockCount
  request.snapshot = { cpuid: request.snapshot.cpuid, registers: request.snapshot.registers };
  const decision = await decisions.decidePages({
    request: JSON.stringify(DecisionRequestToJSON(request)),
    evmcs: new Blob([Buffer.from(evmcs, "base64")]),
    vpAssistPage: new Blob([vpAssistPage]),
    partitionAssistPage: new Blob([partitionAssistPage]),
  });
  assert.equal(decision.syntheticExit, true);
});

test("checks a page in JSON", async () => {
  const toolbox = new EvmcsApi(configuration);
  const { evmcs } = await toolbox.encodeEvmcs({
    evmcsEncodeRequest: { evmcsFields: { revisionId: "0x3", hvVmId: VM_ID } },
  });
  const decoded = await toolbox.decodeEvmcs({ evmcsPage: { evmcs }, nonzero: true });
  assert.equal(decoded.evmcsFields.hvVmId, VM_ID);
  const result = await toolbox.checkEvmcs({ evmcsCheckRequest: { evmcs } });
  assert.equal(result.findings[0]?.id, EvmcsCheck.Revision);
});

test("tells where a request is wrong", async () => {
  const request = flush();
  request.exit.reason = "12";
  request.snapshot.registers = { ...request.snapshot.registers, cpl: 4 };
  const error: unknown = await decisions.decide({ decisionRequest: request }).catch((e: unknown) => e);
  assert.ok(error instanceof ResponseError);
  assert.equal(error.response.status, 400);
  const problem = ProblemFromJSON(await error.response.json());
  assert.equal(problem.type, "urn:vmx-decision:problem:invalid-request");
  assert.deepEqual(
    problem.errors?.map((violation) => violation.pointer).sort(),
    ["/exit/reason", "/snapshot/registers/cpl"],
  );
});

test("looks up an exit reason", async () => {
  const reason = await new ExitReasonsApi(configuration).describeExitReason({ value: "0x10000031" });
  assert.equal(reason.kind, ExitReasonKind.HypervSynthetic);
  assert.equal(reason.raw, "0x10000031");
});

test("sends lines and has the answers at once", async () => {
  const line = JSON.stringify(DecisionRequestToJSON(flush()));
  const answers = await decisions.decideStream({ body: line + "\n{}\n" });
  const lines = (await answers.text()).trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.equal(JSON.parse(lines[0] ?? "").syntheticExit, true);
  assert.match(lines[1] ?? "", /invalid-request/);
});

/** A bare CPU that injects an interrupt while RFLAGS.IF is 0. */
function injection(): VmEntryRequest {
  return {
    profile: VmEntryProfile.Sdm,
    snapshot: { vmcsFields: { guestRflags: "0x2", vmEntryIntrInfoField: "0x80000044" } },
    entry: { instruction: EntryInstruction.Vmlaunch },
  };
}

test("decides VM-entries alone, in a batch and in lines", async () => {
  const entries = new VMEntriesApi(configuration);
  const decision = await entries.decideVmEntry({ vmEntryRequest: injection(), explain: true });
  assert.equal(decision.outcome, EntryOutcome.FailedEntry);
  assert.equal(decision.firstViolation, "N-S36");
  assert.equal(decision.violations[0]?.stage, EntryStage.Cpu);
  assert.match(decision.violations[0]?.evidence ?? "", /guest_rflags 0x2/);
  assert.notEqual(decision.undecided[0]?.needs.length ?? 0, 0);
  assert.notEqual(decision.explanation?.length ?? 0, 0);
  assert.equal(decision.exitToL1?.reason, "0x80000021");
  const bad = injection();
  bad.snapshot.vmcsFields = { guestCr0: "12" };
  const { results } = await entries.decideVmEntryBatch({
    vmEntryBatchRequest: { requests: [injection(), bad] },
  });
  assert.equal(results[0]?.decision?.decisionId, decision.decisionId);
  assert.equal(
    results[1]?.problem?.errors?.[0]?.pointer,
    "/requests/1/snapshot/vmcsFields/guest_cr0",
  );
  const line = JSON.stringify(VmEntryRequestToJSON(injection()));
  const answers = await entries.decideVmEntryStream({ body: line + "\n{}\n" });
  const lines = (await answers.text()).trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.equal(JSON.parse(lines[0] ?? "").firstViolation, "N-S36");
  assert.match(lines[1] ?? "", /invalid-request/);
});
