package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.scenario.MemoryWrite;
import io.vmxdecision.engine.scenario.Scenario;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioMachine;
import io.vmxdecision.engine.scenario.ScenarioStep;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What L0 holds of the pages of one vCPU while a trace goes on: a scenario (rules T) of that vCPU alone, in which a
 * snapshot is a write of L1's memory. The partition assist page is not in it: L0 keeps its address only. Not
 * thread-safe.
 */
final class L0Copies {
  /** About what one takes of the heap, less its eVMCS pages. */
  static final int HEAP_BYTES = 40 << 10;

  private static final int ASSIST_MSR_ENABLE = 1;
  private static final long HIGHEST_PAGE = (1L << 52) - GuestPage.BYTES;

  private final Profile profile;
  private final Set<Long> evmcsGpas = new TreeSet<>();
  private final long vpAssistGpa;
  private final ScenarioStep step;
  private final Snapshot view = new Snapshot();
  private @Nullable Scenario scenario;
  private Known page = Known.NOTHING;
  private List<StaleDatum> stale = List.of();

  /** One for all that the timeline will say; {@code step} may be shared by all of one thread. */
  L0Copies(Profile profile, List<Known> timeline, ScenarioStep step) {
    this.profile = profile;
    this.step = step;
    timeline.forEach(known -> evmcsGpas.add(known.evmcsGpa));
    long free = HIGHEST_PAGE;
    while (evmcsGpas.contains(free)) {
      free -= GuestPage.BYTES;
    }
    vpAssistGpa = free;
  }

  /** Nothing is known any more of what L0 holds. */
  void forget() {
    scenario = null;
    page = Known.NOTHING;
    stale = List.of();
  }

  /** L0 has just read what the pages say: it entered L2 with all of it. */
  void start(Known known) {
    evmcsGpas.add(known.evmcsGpa);
    List<Object> faults = new ArrayList<>();
    ScenarioMachine machine = new ScenarioMachine(faults::add);
    int item = 0;
    for (long gpa : evmcsGpas) {
      machine.memory(item++, gpa, new byte[GuestPage.BYTES]);
    }
    machine.memory(item, vpAssistGpa, new byte[GuestPage.BYTES]);
    machine.vpAssistMsr(0, vpAssistGpa | ASSIST_MSR_ENABLE);
    page = known;
    if (!faults.isEmpty()) { // an address that no machine has
      scenario = null;
      stale = List.of();
      return;
    }
    scenario = new Scenario(machine, profile);
    List<MemoryWrite> writes = new ArrayList<>();
    for (long gpa : evmcsGpas) {
      byte[] content = known.evmcsAt(gpa);
      writes.add(MemoryWrite.bytes(gpa, content == null ? unknownEvmcs() : content));
    }
    writes.add(MemoryWrite.bytes(vpAssistGpa, vpAssist(known)));
    play(new ScenarioEvent.Write(0, writes));
    enter(true);
  }

  /** The pages say something else from now on. */
  void write(Known known) {
    boolean firstEvmcs = known.bringsEvmcs && page.evmcsAt(known.evmcsGpa) == null;
    boolean first = !evmcsGpas.contains(known.evmcsGpa)
        || (known.bringsVpAssist && page.vpAssist == null) || (firstEvmcs && isMappedAt(known.evmcsGpa));
    if (first || scenario == null) {
      boolean inL1 = scenario != null && scenario.level(0) == Level.L1;
      start(known); // L0's copy of what was not known until now is taken to be as it is
      if (inL1) {
        leave();
      }
      return;
    }
    page = known;
    List<MemoryWrite> writes = new ArrayList<>();
    if (known.bringsVpAssist) {
      writes.add(MemoryWrite.bytes(vpAssistGpa, vpAssist(known)));
    }
    if (known.bringsEvmcs && known.evmcs != null) {
      writes.add(MemoryWrite.bytes(known.evmcsGpa, known.evmcs));
    }
    if (!writes.isEmpty()) {
      play(new ScenarioEvent.Write(0, writes));
    }
  }

  /** L1 enters L2. */
  void enter(boolean launch) {
    leave();
    play(new ScenarioEvent.VmEntry(0, launch));
  }

  /** L2 exits to L1. */
  void leave() {
    if (scenario != null && scenario.level(0) == Level.L2) {
      play(new ScenarioEvent.Inject(0, 0, 0, 0));
    }
  }

  /** The VMM saves the state of the vCPU, which is in L2, and restores it in a new one. */
  void restore() {
    if (scenario != null && scenario.level(0) == Level.L2) {
      play(new ScenarioEvent.Save(0));
      play(new ScenarioEvent.Restore(0, true));
      play(new ScenarioEvent.Enter(0));
    }
  }

  /** Whether L2 runs by an eVMCS that L0 holds a copy of. */
  boolean isHeld() {
    return scenario != null && scenario.level(0) == Level.L2 && scenario.isEvmcsMapped(0);
  }

  private boolean isMappedAt(long gpa) {
    return scenario != null && scenario.isEvmcsMapped(0)
        && (scenario.evmcsGpa(0) & -GuestPage.BYTES) == gpa;
  }

  /** What L0 holds and the pages have otherwise. */
  List<StaleDatum> stale() {
    return stale;
  }

  /** What L0 goes by: its copies where it keeps some, else what the pages say. */
  Known held(Known page) {
    if (scenario == null || !isHeld()) {
      return page;
    }
    Snapshot held = scenario.held(0);
    byte[] evmcs = null;
    if (page.evmcsAt(scenario.evmcsGpa(0) & -GuestPage.BYTES) != null) {
      evmcs = held.evmcs().copy();
      view.evmcs().wrap(evmcs, 0);
      view.evmcs().value(EvmcsField.REVISION_ID, EnlightenedVmcs.REVISION_EVMCS_1);
    }
    byte[] assist = null;
    if (page.vpAssist != null) {
      assist = new byte[GuestPage.BYTES];
      VpAssistPage copy = view.vpAssistPage();
      copy.wrap(assist, 0);
      copy.enlightenVmentry(1);
      copy.currentNestedVmcs(scenario.evmcsGpa(0));
      copy.directHypercall(scenario.directHypercall(0));
    }
    return page.withCopies(evmcs, assist);
  }

  private void play(ScenarioEvent event) {
    if (scenario != null) {
      scenario.play(event, step);
      stale = List.copyOf(step.stale());
    }
  }

  /** The page as given; one that is not known names the eVMCS and has DirectHypercall set. */
  private static byte[] vpAssist(Known known) {
    if (known.vpAssist != null) {
      return known.vpAssist;
    }
    byte[] bytes = new byte[GuestPage.BYTES];
    VpAssistPage assist = new VpAssistPage();
    assist.wrap(bytes, 0);
    assist.enlightenVmentry(1);
    assist.currentNestedVmcs(known.evmcsGpa);
    assist.directHypercall(true);
    return bytes;
  }

  private static byte[] unknownEvmcs() {
    byte[] bytes = new byte[GuestPage.BYTES];
    EnlightenedVmcs evmcs = new EnlightenedVmcs();
    evmcs.wrap(bytes, 0);
    evmcs.value(EvmcsField.REVISION_ID, EnlightenedVmcs.REVISION_EVMCS_1);
    return bytes;
  }
}
