package io.vmxdecision.app.many;

import io.vmxdecision.app.contract.JsonArrayContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.problem.ProblemAnswer;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.server.overload.BodyMeter;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Bodies of the form {@code {"requests": [...]}}, and their results. */
@Component
public final class Batches {
  /** The most requests of one body. */
  public static final int MAX_REQUESTS = 1000;

  private static final JsonArrayContract CONTRACT = new JsonArrayContract("requests", MAX_REQUESTS);

  private final ProblemMetrics problems;
  private final ServiceLimits limits;

  Batches(ProblemMetrics problems, ServiceLimits limits) {
    this.problems = problems;
    this.limits = limits;
  }

  /**
   * Takes the requests of a body apart, to be decided one by one while the results are written: a request is
   * decided when its result is asked for, and then the one before has been written.
   *
   * @param decide makes the result of a request; throws {@link RejectedRequestException} if it cannot
   * @param refuse makes the result of a request with which there is a problem
   * @throws RejectedRequestException when the body around the requests is no such object
   */
  public <R> Iterable<R> results(
      byte @Nullable [] body,
      BodyMeter meter,
      Function<JsonPart, R> decide,
      Function<ProblemAnswer, R> refuse) {
    List<JsonPart> requests = CONTRACT.read(body);
    return () -> new Results<>(requests.iterator(), meter, decide, refuse);
  }

  /** The results of one body. */
  private final class Results<R> implements Iterator<R> {
    private final Iterator<JsonPart> requests;
    private final BodyMeter meter;
    private final Function<JsonPart, R> decide;
    private final Function<ProblemAnswer, R> refuse;
    private long held;

    Results(
        Iterator<JsonPart> requests,
        BodyMeter meter,
        Function<JsonPart, R> decide,
        Function<ProblemAnswer, R> refuse) {
      this.requests = requests;
      this.meter = meter;
      this.decide = decide;
      this.refuse = refuse;
    }

    @Override
    public boolean hasNext() {
      return requests.hasNext();
    }

    @Override
    public R next() {
      JsonPart request = requests.next();
      meter.release(held);
      held = 0;
      try {
        long needed = limits.heapFor(request.length());
        meter.read(needed);
        held = needed;
        return decide.apply(request);
      } catch (RejectedRequestException e) {
        problems.count(e.kind());
        return refuse.apply(ProblemAnswer.of(e.under(request.pointer())));
      } catch (RuntimeException e) { // the others are decided all the same
        return refuse.apply(problems.unexpected(e));
      }
    }
  }
}
