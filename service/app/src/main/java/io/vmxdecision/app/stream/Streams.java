package io.vmxdecision.app.stream;

import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.many.JsonAnswers;
import io.vmxdecision.app.many.JsonDecider;
import io.vmxdecision.app.problem.BrokenAnswers;
import io.vmxdecision.app.server.clients.StreamPace;
import io.vmxdecision.app.server.exchange.ExchangeLimits;
import io.vmxdecision.app.server.exchange.LinesProtocol;
import io.vmxdecision.app.server.exchange.StreamExchange;
import io.vmxdecision.app.server.exchange.StreamProtocol;
import io.vmxdecision.app.server.overload.BodyMeter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/** Runs the exchanges of streams, of whichever kind of request. */
@Component
public final class Streams {
  private final JsonAnswers answers;
  private final ExchangeLimits exchangeLimits;
  private final ServiceLimits serviceLimits;

  Streams(JsonAnswers answers, ExchangeLimits exchangeLimits, ServiceLimits serviceLimits) {
    this.answers = answers;
    this.exchangeLimits = exchangeLimits;
    this.serviceLimits = serviceLimits;
  }

  /** Answers lines, each a request by itself, until the client ends them. */
  public void answerLines(
      JsonDecider decider,
      BodyMeter meter,
      StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    answerLines(new JsonLines(answers, decider), meter, pace, request, response);
  }

  /** Answers lines until the client or they end the exchange. */
  public void answerLines(
      LinesProtocol.Lines lines,
      BodyMeter meter,
      StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    StreamProtocol protocol = new LinesProtocol(lines, serviceLimits, meter);
    run(MediaType.APPLICATION_NDJSON_VALUE, protocol, meter, pace, request, response);
  }

  /** Answers until the client or the protocol ends the exchange. */
  void run(
      String contentType,
      StreamProtocol protocol,
      BodyMeter meter,
      StreamPace pace,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    response.setContentType(contentType);
    boolean whole =
        StreamExchange.run(
            protocol,
            pace.counting(request.getInputStream()),
            pace.counting(response.getOutputStream()),
            exchangeLimits,
            meter);
    if (!whole) {
      BrokenAnswers.mark(request, new IOException("the stream was broken off"));
    }
  }
}
