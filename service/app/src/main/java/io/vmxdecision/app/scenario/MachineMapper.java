package io.vmxdecision.app.scenario;

import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.contract.ScenarioLimits;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.ExitMapper;
import io.vmxdecision.app.decision.SnapshotMapper;
import io.vmxdecision.app.scenario.ScenarioRequest.HostPart;
import io.vmxdecision.app.scenario.ScenarioRequest.MachinePart;
import io.vmxdecision.app.scenario.ScenarioRequest.MemoryPart;
import io.vmxdecision.app.scenario.ScenarioRequest.VcpuPart;
import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.scenario.MemoryWrite;
import io.vmxdecision.engine.scenario.ScenarioMachine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From the machine of a request to one of the engine.
 */
final class MachineMapper {
  private static final String MACHINE = "/machine";

  private final ServiceLimits limits;
  private final ScenarioLimits scenarios;
  private final RequestFaults faults;

  /** A mapper that notes what is wrong in {@code faults}. */
  MachineMapper(ServiceLimits limits, ScenarioLimits scenarios, RequestFaults faults) {
    this.limits = limits;
    this.scenarios = scenarios;
    this.faults = faults;
  }

  /**
   * How many bytes of memory the machine has. Makes none of it: to be asked first, since {@link #map} may be
   * told to only when there are no faults.
   */
  long memoryBytes(MachinePart from) {
    List<MemoryPart> memory = from.memory();
    if (memory == null || !faults.require(memory.size() <= limits.memoryRegions())) {
      return 0;
    }
    long total = 0;
    for (int i = 0; i < memory.size(); i++) {
      MemoryPart item = memory.get(i);
      if (!faults.require(item != null) || item == null) {
        continue;
      }
      long pages = pages(i, item);
      if (total <= scenarios.pages() && total + pages > scenarios.pages()) {
        contradict(i, "", "the machine has more than " + scenarios.pages() + " pages of memory");
      }
      total += pages;
    }
    return total * GuestPage.BYTES;
  }

  /** How many pages an item has, 1 or more if it is as it has to be. */
  private int pages(int index, MemoryPart item) {
    int bytes = item.bytes() == null ? 1 : item.bytes().bytes().length;
    int needed = (bytes - 1) / GuestPage.BYTES + 1;
    Integer given = item.pages();
    if (contents(item).count() > 1) {
      contradict(index, "", "memory has at most one of bytes, evmcsFields, vpAssist, partitionAssist");
    }
    if (given == null) {
      return needed;
    }
    if (!faults.require(given >= 1 && given <= scenarios.pages())) {
      return 0;
    }
    if (given < needed) {
      contradict(index, "/bytes", "more bytes than the pages have");
    }
    return given;
  }

  private static MemoryWrites contents(MemoryPart item) {
    return new MemoryWrites(item.bytes(), item.evmcsFields(), item.vpAssist(), item.partitionAssist());
  }

  /** Makes the machine, with memory of its own; not after a fault. */
  ScenarioMachine map(MachinePart from) {
    ScenarioMachine machine = new ScenarioMachine(faults.at(MACHINE));
    HostPart host = from.host();
    if (host != null) {
      machine.hostLa57(host.la57() != null && host.la57());
      machine.vmcsShadowing(host.vmcsShadowing() == null || host.vmcsShadowing());
    }
    ExitMapper.cpuid(from.cpuid(), machine.cpuid());
    mapVcpus(from.vcpus(), machine);
    List<MemoryPart> memory = from.memory();
    for (int i = 0; memory != null && i < memory.size(); i++) {
      machine.memory(i, memory.get(i).gpa().value(), bytes(memory.get(i)));
    }
    SnapshotMapper.translations(from.translations(), limits, faults, machine::translation);
    return machine;
  }

  private void mapVcpus(@Nullable List<VcpuPart> vcpus, ScenarioMachine machine) {
    int count = vcpus == null ? 1 : vcpus.size();
    if (!faults.require(count >= 1 && count <= scenarios.vcpus())) {
      return;
    }
    machine.vcpus(count);
    for (int i = 0; vcpus != null && i < count; i++) {
      VcpuPart vcpu = vcpus.get(i);
      if (!faults.require(vcpu != null) || vcpu == null) {
        continue;
      }
      if (vcpu.vpIndex() != null) {
        machine.vpIndex(i, vcpu.vpIndex());
      }
      if (vcpu.vpAssistMsr() != null) {
        machine.vpAssistMsr(i, vcpu.vpAssistMsr().value());
      }
    }
  }

  private byte[] bytes(MemoryPart item) {
    byte[] bytes = new byte[pages(0, item) * GuestPage.BYTES];
    for (MemoryWrite write : contents(item).at(0, faults)) {
      byte[] written = write.bytes();
      System.arraycopy(written, 0, bytes, (int) write.gpa(), written.length);
    }
    return bytes;
  }

  private void contradict(int memory, String property, String detail) {
    faults.contradict(MACHINE + "/memory/" + memory + property, detail);
  }
}
