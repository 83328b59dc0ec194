package io.vmxdecision.app.problem;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers what is no HTTP, and so never gets to a servlet, in place of Tomcat's page in HTML; and errors that
 * a servlet left without a word.
 */
@Component
class MalformedHttpProblems implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private final JsonMapper mapper;

  MalformedHttpProblems(JsonMapper mapper) {
    this.mapper = mapper;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addContextCustomizers(
        context -> context.getParent().getPipeline().addValve(new ProblemValve(mapper)));
  }

  private static final class ProblemValve extends ErrorReportValve {
    private final JsonMapper mapper;

    ProblemValve(JsonMapper mapper) {
      this.mapper = mapper;
    }

    @Override
    protected void report(Request request, Response response, @Nullable Throwable failure) {
      int status = response.getStatus();
      if (status < 400 || response.getContentWritten() > 0) {
        return;
      }
      response.setError(); // the actuator says 404 without saying anything, and that is none to Tomcat
      if (!response.setErrorReported()) {
        return;
      }
      ProblemKind kind = ProblemKind.of(status);
      response.setStatus(kind.status().value());
      response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
      try {
        PrintWriter body = response.getReporter();
        if (body != null) {
          String detail =
              kind == ProblemKind.INVALID_REQUEST
                  ? "The request line or a header is not one that this service takes."
                  : kind.title() + ".";
          body.write(mapper.writeValueAsString(ProblemAnswer.of(kind, detail, List.of())));
          response.finishResponse();
        }
      } catch (IOException e) {
        // The client is gone.
      }
    }
  }
}
