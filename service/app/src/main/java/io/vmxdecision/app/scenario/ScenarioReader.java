package io.vmxdecision.app.scenario;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonArrayContract;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.contract.ScenarioLimits;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.scenario.ScenarioRequest.EventPart;
import io.vmxdecision.app.scenario.ScenarioRequest.StartPart;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioMachine;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** From bytes to machines and events. */
@Component
class ScenarioReader {
  private static final Set<String> OF_START = Set.of("id", "profile", "checkEntries", "machine");

  private final JsonArrayContract bodies;
  private final JsonContract<StartPart> starts;
  private final JsonContract<EventPart> events;
  private final ServiceLimits limits;
  private final ScenarioLimits scenarios;

  ScenarioReader(ContractSchemas schemas, ServiceLimits limits, ScenarioLimits scenarios) {
    this.bodies = new JsonArrayContract("events", 0, scenarios.events(), OF_START);
    this.starts = JsonContract.of(StartPart.class, "ScenarioStart", schemas);
    this.events = JsonContract.of(EventPart.class, "ScenarioEvent", schemas);
    this.limits = limits;
    this.scenarios = scenarios;
  }

  /** Takes a body apart into its events and the rest. */
  JsonArrayContract.Parts takeApart(byte @Nullable [] body) {
    return bodies.takeApart(body);
  }

  /**
   * Reads a scenario less its events.
   *
   * @throws RejectedRequestException when it is no JSON, does not fit the contract, or contradicts itself, as
   *     far as that can be told before the machine is made
   */
  Start start(JsonPart part) {
    StartPart start = starts.read(part);
    RequestFaults faults = new RequestFaults();
    long bytes = new MachineMapper(limits, scenarios, faults).memoryBytes(start.machine());
    String id = start.id();
    faults.require(id == null || id.codePointCount(0, id.length()) <= ScenarioRequest.MAX_ID_LENGTH);
    String profile = start.profile();
    if (profile != null && !profile.equals(Profile.DEFAULT.id())) {
      faults.require(BehaviourProfile.of(profile) != null);
      faults.contradict(
          "/profile", "scenarios are not modelled for " + profile + ", only for " + Profile.DEFAULT.id());
    }
    faults.requireNone(starts, part);
    return new Start(part, start, bytes);
  }

  /**
   * Makes the machine, anew each time.
   *
   * @throws RejectedRequestException when a value is outside its range, or the machine contradicts itself
   */
  ScenarioMachine machine(Start start) {
    RequestFaults faults = new RequestFaults();
    ScenarioMachine machine =
        new MachineMapper(limits, scenarios, faults).map(start.request().machine());
    machine.checkEntries(Boolean.TRUE.equals(start.request().checkEntries()));
    faults.requireNone(starts, start.part());
    return machine;
  }

  /** What stands in an event that {@link #event} has read. */
  EventPart eventPart(JsonPart part) {
    return events.read(part);
  }

  /**
   * Reads an event.
   *
   * @throws RejectedRequestException when it is no JSON, or does not fit the contract; its pointers lead from
   *     the event on
   */
  ScenarioEvent event(JsonPart part) {
    RequestFaults ranges = new RequestFaults();
    EventMapper mapper = new EventMapper(ranges);
    ScenarioEvent event = mapper.map(events.read(part));
    ranges.requireNone(events, part);
    if (event == null) {
      throw RejectedRequestException.of(ProblemKind.INVALID_REQUEST, mapper.faults());
    }
    return event;
  }

  /**
   * A scenario less its events.
   *
   * @param part where it was read
   * @param request what was read
   * @param memoryBytes how much memory the machine has
   */
  record Start(JsonPart part, StartPart request, long memoryBytes) {
    /** What a vCPU takes: vmcs12, the merged MSR bitmap, a save, and what is stale of it, before and now. */
    private static final long VCPU_BYTES = 32 * 1024;

    /** The bytes of heap that the machine takes while it is played on. */
    long heap() {
      int vcpus = request.machine().vcpus() == null ? 1 : request.machine().vcpus().size();
      return memoryBytes + vcpus * VCPU_BYTES;
    }
  }
}
