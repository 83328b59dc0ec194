package io.vmxdecision.app.scenario;

import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.scenario.ScenarioReader.Start;
import io.vmxdecision.app.server.exchange.LinesProtocol;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioFault;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lines of a scenario: its start, which has no answer, then an event a line and a step a line. An event that
 * cannot be becomes a problem on its line and changes nothing. A start that cannot be is a problem, and ends
 * the stream.
 */
final class ScenarioLines implements LinesProtocol.Lines {
  private final ScenarioReader reader;
  private final StepOptions options;
  private final ScenarioMetrics metrics;
  private final ProblemMetrics problems;
  private final JsonMapper mapper;
  private final BodyMeter meter;
  private @Nullable ScenarioRun run;
  private boolean ended;

  ScenarioLines(
      ScenarioReader reader, StepOptions options, ScenarioMetrics metrics, ProblemMetrics problems,
      JsonMapper mapper, BodyMeter meter) {
    this.reader = reader;
    this.options = options;
    this.metrics = metrics;
    this.problems = problems;
    this.mapper = mapper;
    this.meter = meter;
  }

  @Override
  public byte @Nullable [] answer(byte[] line) {
    ScenarioRun playing = run;
    try {
      JsonPart part = JsonPart.whole(line);
      if (playing != null) {
        return step(playing, part);
      }
      ended = true; // unless what follows succeeds
      Start start = reader.start(part);
      meter.read(start.heap()); // given back when the stream ends
      run = new ScenarioRun(reader.machine(start), options);
      ended = false;
      metrics.countScenario();
      return null;
    } catch (RejectedRequestException e) {
      problems.count(e.kind());
      return mapper.writeValueAsBytes(ProblemAnswer.of(e));
    } catch (RuntimeException e) {
      ended = true; // what was played of the event nobody can tell
      return mapper.writeValueAsBytes(problems.unexpected(e));
    }
  }

  private byte[] step(ScenarioRun playing, JsonPart part) {
    ScenarioEvent event = reader.event(part);
    ScenarioFault fault = playing.play(event);
    if (fault != null) {
      throw RejectedRequestException.of(
          ProblemKind.UNDECIDABLE, List.of(new Violation("", fault.detail())));
    }
    metrics.countEvent();
    return mapper.writeValueAsBytes(playing.answer(event));
  }

  @Override
  public byte[] problem(ProblemKind kind, String detail) {
    ended |= run == null;
    problems.count(kind);
    return mapper.writeValueAsBytes(ProblemAnswer.of(kind, detail, List.of()));
  }

  @Override
  public boolean isEnded() {
    return ended;
  }
}
