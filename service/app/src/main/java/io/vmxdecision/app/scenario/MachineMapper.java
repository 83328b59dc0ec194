package io.vmxdecision.app.scenario;

import io.vmxdecision.app.contract.ScenarioLimits;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.DecisionRequest.TranslationPart;
import io.vmxdecision.app.decision.ExitMapper;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.scenario.ScenarioRequest.HostPart;
import io.vmxdecision.app.scenario.ScenarioRequest.MachinePart;
import io.vmxdecision.app.scenario.ScenarioRequest.MemoryPart;
import io.vmxdecision.app.scenario.ScenarioRequest.VcpuPart;
import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.machine.SnapshotFault;
import io.vmxdecision.engine.scenario.MemoryWrite;
import io.vmxdecision.engine.scenario.ScenarioMachine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From the machine of a request to one of the engine. Notes two kinds of faults, as the mapper of decisions
 * does: values outside the contract's ranges, and what contradicts itself.
 */
final class MachineMapper {
  private static final String MACHINE = "/machine/";

  private final ServiceLimits limits;
  private final ScenarioLimits scenarios;
  private final ExitMapper values = new ExitMapper();
  private final List<Violation> contradictions = new ArrayList<>();
  private boolean outsideContract;

  MachineMapper(ServiceLimits limits, ScenarioLimits scenarios) {
    this.limits = limits;
    this.scenarios = scenarios;
  }

  /** Whether a value was outside its range; what {@link #map} returned then is of no use. */
  boolean isOutsideContract() {
    return outsideContract || values.isOutsideContract();
  }

  /** What contradicts itself. */
  List<Violation> contradictions() {
    return contradictions;
  }

  /**
   * How many bytes of memory the machine has. Makes none of it: to be asked first, since {@link #map} may be
   * told to only when there are no faults.
   */
  long memoryBytes(MachinePart from) {
    List<MemoryPart> memory = from.memory();
    if (memory == null || !require(memory.size() <= limits.memoryRegions())) {
      return 0;
    }
    long total = 0;
    for (int i = 0; i < memory.size(); i++) {
      MemoryPart item = memory.get(i);
      if (!require(item != null) || item == null) {
        continue;
      }
      long pages = pages(i, item);
      if (total <= scenarios.pages() && total + pages > scenarios.pages()) {
        contradict("memory/" + i, "the machine has more than " + scenarios.pages() + " pages of memory");
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
      contradict(
          "memory/" + index, "memory has at most one of bytes, evmcsFields, vpAssist, partitionAssist");
    }
    if (given == null) {
      return needed;
    }
    if (!require(given >= 1 && given <= scenarios.pages())) {
      return 0;
    }
    if (given < needed) {
      contradict("memory/" + index + "/bytes", "more bytes than the pages have");
    }
    return given;
  }

  private static MemoryWrites contents(MemoryPart item) {
    return new MemoryWrites(item.bytes(), item.evmcsFields(), item.vpAssist(), item.partitionAssist());
  }

  /** Makes the machine, with memory of its own; not after a fault. */
  ScenarioMachine map(MachinePart from) {
    ScenarioMachine machine = new ScenarioMachine(this::note);
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
    mapTranslations(from.translations(), machine);
    return machine;
  }

  private void mapVcpus(@Nullable List<VcpuPart> vcpus, ScenarioMachine machine) {
    int count = vcpus == null ? 1 : vcpus.size();
    if (!require(count >= 1 && count <= scenarios.vcpus())) {
      return;
    }
    machine.vcpus(count);
    for (int i = 0; vcpus != null && i < count; i++) {
      VcpuPart vcpu = vcpus.get(i);
      if (!require(vcpu != null) || vcpu == null) {
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
    for (MemoryWrite write : contents(item).at(0, values)) {
      byte[] written = write.bytes();
      System.arraycopy(written, 0, bytes, (int) write.gpa(), written.length);
    }
    return bytes;
  }

  private void mapTranslations(@Nullable List<TranslationPart> from, ScenarioMachine machine) {
    if (from == null || !require(from.size() <= limits.translations())) {
      return;
    }
    for (int i = 0; i < from.size(); i++) {
      TranslationPart page = from.get(i);
      if (require(page != null)) {
        machine.translation(i, page.l2Gpa().value(), page.l1Gpa().value());
      }
    }
  }

  private boolean require(boolean withinContract) {
    outsideContract |= !withinContract;
    return withinContract;
  }

  private void note(SnapshotFault fault) {
    if (fault.kind() == SnapshotFault.Kind.OUT_OF_RANGE) {
      outsideContract = true;
    } else {
      contradict(property(fault), fault.detail());
    }
  }

  private static String property(SnapshotFault fault) {
    int i = fault.index();
    return switch (fault.place()) {
      case MEMORY -> "memory/" + i;
      case TRANSLATION_FROM -> "translations/" + i + "/l2Gpa";
      case TRANSLATION_TO -> "translations/" + i + "/l1Gpa";
      case VP_INDEX -> "vcpus/" + i + "/vpIndex";
      default -> "vcpus";
    };
  }

  private void contradict(String place, String detail) {
    contradictions.add(new Violation(MACHINE + place, detail));
  }
}
