package io.vmxdecision.app.scenario;

import io.vmxdecision.app.contract.JsonArrayContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.ScenarioLimits;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.scenario.ScenarioAnswer.StepAnswer;
import io.vmxdecision.app.scenario.ScenarioReader.Start;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioFault;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * Plays whole scenarios, each twice: first to see that all of it can be, then while the answer is written, so
 * that no more than one step is held.
 */
@Service
class ScenarioService {
  private static final int MOST_FAULTS = 1000;

  /** What a selftest may have: it is made in one piece, and nobody reads a longer one. */
  private static final int MOST_OF_SELFTEST = 1000;

  private static final int MOST_BODY_OF_SELFTEST = 512 * 1024;

  /** Bytes of heap for a byte of the body: a byte of memory becomes six characters, which are copied. */
  private static final long SELFTEST_HEAP = 24;

  private final ScenarioReader reader;
  private final ScenarioLimits limits;
  private final ScenarioMetrics metrics;

  ScenarioService(ScenarioReader reader, ScenarioLimits limits, ScenarioMetrics metrics) {
    this.reader = reader;
    this.limits = limits;
    this.metrics = metrics;
  }

  /**
   * Plays a scenario.
   *
   * @throws RejectedRequestException when it cannot be played; with every fault at once
   */
  ScenarioAnswer play(byte @Nullable [] body, StepOptions options, BodyMeter meter) {
    JsonArrayContract.Parts parts = reader.takeApart(body);
    Start start = rehearse(parts, meter);
    metrics.countScenario();
    return new ScenarioAnswer(start.request().id(), () -> new Steps(parts.elements(), start, options));
  }

  /**
   * Writes a scenario as a selftest.
   *
   * @throws RejectedRequestException when it cannot be played, with every fault at once, or is too long for
   *     that
   */
  String selftest(byte @Nullable [] body, BodyMeter meter) {
    JsonArrayContract.Parts parts = reader.takeApart(body);
    int length = JsonPart.orEmpty(body).length;
    if (parts.elements().size() > MOST_OF_SELFTEST || length > MOST_BODY_OF_SELFTEST) {
      throw new RejectedRequestException(
          ProblemKind.PAYLOAD_TOO_LARGE,
          "A selftest is written of at most " + MOST_OF_SELFTEST + " events and " + MOST_BODY_OF_SELFTEST
              + " bytes.");
    }
    meter.read(SELFTEST_HEAP * length);
    Start start = rehearse(parts, meter);
    SelftestWriter writer = new SelftestWriter(start.request().machine(), reader.machine(start));
    for (int i = 0; i < parts.elements().size(); i++) {
      JsonPart event = parts.elements().get(i);
      writer.add(i, reader.eventPart(event), reader.event(event));
    }
    return writer.text();
  }

  /** Plays all of it, so that every fault is told before anything is answered. */
  private Start rehearse(JsonArrayContract.Parts parts, BodyMeter meter) {
    Rehearsal rehearsal = new Rehearsal(parts.faults());
    Start start = rehearsal.start(parts, meter);
    rehearsal.play(parts.elements(), start);
    rehearsal.requireNoFault();
    if (start == null) {
      throw new IllegalStateException("no machine, and no fault");
    }
    return start;
  }

  /** The first of the two times: collects faults. */
  private final class Rehearsal {
    private final List<Violation> unreadable;
    private final List<Violation> impossible = new ArrayList<>();

    Rehearsal(List<Violation> unreadable) {
      this.unreadable = new ArrayList<>(unreadable);
    }

    @Nullable
    Start start(JsonArrayContract.Parts parts, BodyMeter meter) {
      try {
        Start start = reader.start(parts.rest());
        meter.read(start.heap());
        return start;
      } catch (RejectedRequestException e) {
        note(e, "");
        return null;
      }
    }

    void play(List<JsonPart> events, @Nullable Start start) {
      ScenarioRun run = start == null ? null : run(start);
      long stale = 0;
      for (JsonPart part : events) {
        if (unreadable.size() >= MOST_FAULTS || impossible.size() >= MOST_FAULTS) {
          return;
        }
        ScenarioEvent event = event(part);
        if (event == null || run == null || !unreadable.isEmpty()) {
          continue;
        }
        ScenarioFault fault = run.play(event);
        if (fault != null) {
          impossible.add(new Violation(part.pointer(), fault.detail()));
        }
        stale += run.staleCount();
        if (stale > limits.staleData()) {
          throw RejectedRequestException.of(
              ProblemKind.PAYLOAD_TOO_LARGE,
              List.of(
                  new Violation(part.pointer(),
                      "more than " + limits.staleData()
                          + " stale data after the events up to here together")));
        }
      }
    }

    private @Nullable ScenarioRun run(Start start) {
      try {
        return new ScenarioRun(reader.machine(start), new StepOptions(false, false));
      } catch (RejectedRequestException e) {
        note(e, "");
        return null;
      }
    }

    private @Nullable ScenarioEvent event(JsonPart part) {
      try {
        return reader.event(part);
      } catch (RejectedRequestException e) {
        note(e, part.pointer());
        return null;
      }
    }

    /** Keeps a fault that others may stand beside; malformed JSON, or no room, is the only one. */
    private void note(RejectedRequestException e, String pointer) {
      switch (e.kind()) {
        case INVALID_REQUEST -> unreadable.addAll(e.under(pointer).violations());
        case UNDECIDABLE -> impossible.addAll(e.under(pointer).violations());
        default -> throw e.under(pointer);
      }
    }

    void requireNoFault() {
      if (!unreadable.isEmpty()) {
        throw RejectedRequestException.of(ProblemKind.INVALID_REQUEST, first(unreadable));
      }
      if (!impossible.isEmpty()) {
        throw RejectedRequestException.of(ProblemKind.UNDECIDABLE, first(impossible));
      }
    }

    private static List<Violation> first(List<Violation> faults) {
      return faults.subList(0, Math.min(faults.size(), MOST_FAULTS));
    }
  }

  /** Plays when it is asked for the next step; then the one before has been written. */
  private final class Steps implements Iterator<StepAnswer> {
    private final Iterator<JsonPart> events;
    private final ScenarioRun run;

    Steps(List<JsonPart> events, Start start, StepOptions options) {
      this.events = events.iterator();
      this.run = new ScenarioRun(reader.machine(start), options);
    }

    @Override
    public boolean hasNext() {
      return events.hasNext();
    }

    @Override
    public StepAnswer next() {
      ScenarioEvent event = reader.event(events.next());
      ScenarioFault fault = run.play(event);
      if (fault != null) {
        throw new IllegalStateException("an event cannot be any more: " + fault);
      }
      metrics.countEvent();
      return run.answer(event);
    }
  }
}
