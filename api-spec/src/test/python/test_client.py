import base64
import json
import os
import unittest

from vmx_decision import (
    ApiClient,
    ApiException,
    Configuration,
    DecisionsApi,
    EvmcsApi,
    ExitReasonsApi,
    VMEntriesApi,
)
from vmx_decision.models import (
    AnswerPart,
    BatchRequest,
    Cpuid,
    DecisionRequest,
    EntryInstruction,
    EntryOutcome,
    EntryStage,
    EvmcsCheck,
    EvmcsCheckRequest,
    EvmcsEncodeRequest,
    EvmcsFields,
    EvmcsPage,
    Exit,
    ExitReasonKind,
    HandlerLevel,
    HypercallStatus,
    NestedContext,
    PartitionAssist,
    PendingFlush,
    Registers,
    Snapshot,
    Vcpu,
    VmcsFields,
    VmEntry,
    VmEntryBatchRequest,
    VmEntryProfile,
    VmEntryRequest,
    VmEntrySnapshot,
    VpAssist,
)

VM_ID = "0xffffffffffffffff"
GVA_LIST = "0xfffff80000401003"


def flush() -> DecisionRequest:
    """The README's example."""
    return DecisionRequest(
        snapshot=Snapshot(
            evmcs_fields=EvmcsFields(
                revision_id="0x1",
                hv_enlightenments_control="0x1",
                hv_vm_id="0x1",
                hv_vp_id="0x1",
                partition_assist_page="0x77000",
            ),
            vp_assist=VpAssist(
                enlighten_vmentry=True, current_nested_vmcs="0x66000", direct_hypercall=True
            ),
            partition_assist=PartitionAssist(tlb_lock_count=1),
            cpuid=Cpuid(nested_eax="0x20101"),
            registers=Registers(rcx="0x10002", rdx="0x0", r8="0x3", rip="0x401000"),
        ),
        exit=Exit(reason="0x12", instruction_length=3),
    )


def injection() -> VmEntryRequest:
    """A bare CPU that injects an interrupt while RFLAGS.IF is 0."""
    return VmEntryRequest(
        profile=VmEntryProfile.SDM,
        snapshot=VmEntrySnapshot(
            vmcs_fields=VmcsFields(guest_rflags="0x2", vm_entry_intr_info_field="0x80000044")
        ),
        entry=VmEntry(instruction=EntryInstruction.VMLAUNCH),
    )


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        client = ApiClient(Configuration(host=os.environ["SERVICE"]))
        self.addCleanup(client.rest_client.pool_manager.clear)
        self.decisions = DecisionsApi(client)
        self.evmcs = EvmcsApi(client)
        self.exit_reasons = ExitReasonsApi(client)
        self.entries = VMEntriesApi(client)

    def test_decides_an_exit(self) -> None:
        decision = self.decisions.decide(flush())
        self.assertIs(decision.synthetic_exit, True)
        self.assertIs(decision.handled_by, HandlerLevel.L0)
        self.assertIs(decision.hypercall.status_name, HypercallStatus.HV_STATUS_SUCCESS)
        self.assertEqual(decision.exit_to_l1.reason, "0x10000031")
        self.assertIsNone(decision.explanation)

    def test_asks_for_the_parameters_of_a_decision(self) -> None:
        decision = self.decisions.decide(flush(), explain=True, include=[AnswerPart.EVMCSPAGE])
        self.assertTrue(decision.explanation)
        self.assertEqual(len(base64.b64decode(decision.evmcs_page)), 4096)

    def test_keeps_every_bit_of_a_word(self) -> None:
        request = flush()
        request.snapshot.evmcs_fields.hv_vm_id = VM_ID
        request.snapshot.vcpus = [
            Vcpu(vp_index=0, l2=NestedContext(vm_id="0x1", vp_id="0x1")),
            Vcpu(
                vp_index=1,
                l2=NestedContext(vm_id=VM_ID, vp_id="0xffffffff"),
                pending_flush=PendingFlush(l2=[GVA_LIST]),
            ),
        ]
        mutations = self.decisions.decide(request).tlb_mutations
        self.assertEqual(len(mutations), 2)
        self.assertEqual(mutations[1].pending_after, [GVA_LIST, "0xffffffffffffffff"])
        self.assertEqual(mutations[1].effect.ranges[0].gva, "0xfffff80000401000")

    def test_decides_a_batch_in_which_one_is_bad(self) -> None:
        bad = flush()
        bad.snapshot.vcpu = 7
        results = self.decisions.decide_batch(BatchRequest(requests=[flush(), bad])).results
        self.assertEqual(len(results), 2)
        self.assertIs(results[0].decision.synthetic_exit, True)
        self.assertIsNone(results[0].problem)
        self.assertIsNone(results[1].decision)
        self.assertEqual(results[1].problem.errors[0].pointer, "/requests/1/snapshot/vcpu")

    def test_uploads_raw_pages(self) -> None:
        request = flush()
        fields = EvmcsEncodeRequest(evmcs_fields=request.snapshot.evmcs_fields)
        evmcs = base64.b64decode(self.evmcs.encode_evmcs(fields).evmcs)
        vp_assist = bytearray(4096)
        vp_assist[0x20] = 1  # DirectHypercall
        vp_assist[0x28] = 1  # EnlightenVmEntry
        partition_assist = b"\x01".ljust(4096, b"\0")  # TlbLockCount
        request.snapshot = Snapshot(
            cpuid=request.snapshot.cpuid, registers=request.snapshot.registers
        )
        decision = self.decisions.decide_pages(
            request.to_json(),
            evmcs=evmcs,
            vp_assist_page=bytes(vp_assist),
            partition_assist_page=partition_assist,
        )
        self.assertIs(decision.synthetic_exit, True)

    def test_checks_a_page_in_json(self) -> None:
        fields = EvmcsFields(revision_id="0x3", hv_vm_id=VM_ID)
        page = self.evmcs.encode_evmcs(EvmcsEncodeRequest(evmcs_fields=fields)).evmcs
        decoded = self.evmcs.decode_evmcs(EvmcsPage(evmcs=page), nonzero=True)
        self.assertEqual(decoded.evmcs_fields.hv_vm_id, VM_ID)
        result = self.evmcs.check_evmcs(EvmcsCheckRequest(evmcs=page))
        self.assertIs(result.findings[0].id, EvmcsCheck.REVISION)

    def test_tells_where_a_request_is_wrong(self) -> None:
        request = flush()
        request.snapshot.translations = []
        request.exit.instruction_length = 3
        # What the client itself can check it does not send: a contradiction only the service finds.
        request.snapshot.vcpu = 7
        with self.assertRaises(ApiException) as raised:
            self.decisions.decide(request)
        problem = raised.exception.data
        self.assertEqual(problem.status, raised.exception.status)
        self.assertTrue(problem.type.startswith("urn:vmx-decision:problem:"))
        self.assertEqual([error.pointer for error in problem.errors], ["/snapshot/vcpu"])

    def test_looks_up_an_exit_reason(self) -> None:
        reason = self.exit_reasons.describe_exit_reason("0x10000031")
        self.assertIs(reason.kind, ExitReasonKind.HYPERV_SYNTHETIC)
        self.assertEqual(reason.raw, "0x10000031")

    def test_sends_lines_and_has_the_answers_at_once(self) -> None:
        lines = flush().to_json() + "\n{}\n"
        answers = self.decisions.decide_stream(lines).decode().splitlines()
        self.assertEqual(len(answers), 2)
        self.assertIs(json.loads(answers[0])["syntheticExit"], True)
        self.assertIn("invalid-request", answers[1])

    def test_decides_vm_entries_alone_in_a_batch_and_in_lines(self) -> None:
        decision = self.entries.decide_vm_entry(injection(), explain=True)
        self.assertIs(decision.outcome, EntryOutcome.FAILED_ENTRY)
        self.assertEqual(decision.first_violation, "N-S36")
        self.assertIs(decision.violations[0].stage, EntryStage.CPU)
        self.assertIn("guest_rflags 0x2", decision.violations[0].evidence)
        self.assertTrue(decision.undecided[0].needs)
        self.assertTrue(decision.explanation)
        self.assertEqual(decision.exit_to_l1.reason, "0x80000021")
        bad = injection()
        bad.entry.smm = True
        bad.profile = VmEntryProfile.KVM_MINUS_6_DOT_12
        batch = VmEntryBatchRequest(requests=[injection(), bad])
        results = self.entries.decide_vm_entry_batch(batch).results
        self.assertEqual(results[0].decision.decision_id, decision.decision_id)
        self.assertEqual(results[1].problem.errors[0].pointer, "/requests/1/entry/smm")
        lines = injection().to_json() + "\n{}\n"
        answers = self.entries.decide_vm_entry_stream(lines).decode().splitlines()
        self.assertEqual(len(answers), 2)
        self.assertEqual(json.loads(answers[0])["firstViolation"], "N-S36")
        self.assertIn("invalid-request", answers[1])


if __name__ == "__main__":
    unittest.main()
