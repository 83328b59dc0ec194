package io.vmxdecision.app.scenario;

import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.decision.DecisionRequest.PartitionAssistPart;
import io.vmxdecision.app.wire.EvmcsFieldValues;
import io.vmxdecision.app.wire.MemoryBytes;
import io.vmxdecision.app.wire.VpAssistValues;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.scenario.MemoryWrite;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The four contents that memory may have in a request, as writes of the engine. */
record MemoryWrites(
    @Nullable MemoryBytes bytes, @Nullable EvmcsFieldValues evmcsFields, @Nullable VpAssistValues vpAssist,
    @Nullable PartitionAssistPart partitionAssist) {

  /** How many of the contents are given. */
  long count() {
    return Stream.of(bytes, evmcsFields, vpAssist, partitionAssist).filter(Objects::nonNull).count();
  }

  /** The writes at {@code gpa}, in order. */
  List<MemoryWrite> at(long gpa, RequestFaults faults) {
    List<MemoryWrite> writes = new ArrayList<>();
    if (bytes != null) {
      writes.add(MemoryWrite.bytes(gpa, bytes.bytes()));
    }
    if (evmcsFields != null) {
      evmcsFields.forEach((field, value) -> writes.add(MemoryWrite.field(gpa, field, value)));
    }
    if (vpAssist != null) {
      addVpAssist(vpAssist, gpa, writes);
    }
    if (partitionAssist != null && partitionAssist.tlbLockCount() != null) {
      int count = faults.u32(partitionAssist.tlbLockCount());
      writes.add(MemoryWrite.field(gpa, PartitionAssistField.TLB_LOCK_COUNT, count));
    }
    return writes;
  }

  private static void addVpAssist(VpAssistValues from, long gpa, List<MemoryWrite> writes) {
    if (from.directHypercall() != null) {
      writes.add(
          MemoryWrite.bits(
              gpa, VpAssistField.FEATURES, from.directHypercall() ? 1 : 0, VpAssistPage.DIRECT_HYPERCALL));
    }
    if (from.enlightenVmentry() != null) {
      writes.add(
          MemoryWrite.field(gpa, VpAssistField.ENLIGHTEN_VMENTRY, from.enlightenVmentry() ? 1 : 0));
    }
    if (from.currentNestedVmcs() != null) {
      writes.add(
          MemoryWrite.field(gpa, VpAssistField.CURRENT_NESTED_VMCS, from.currentNestedVmcs().value()));
    }
  }
}
