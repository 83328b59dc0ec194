package io.vmxdecision.app.problem;

import io.vmxdecision.app.server.clients.ClientConnection;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.List;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;

/** Turns whatever a request ends with, short of an answer, into a problem, and counts it. */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {
  private final ProblemMetrics metrics;

  ProblemAdvice(ProblemMetrics metrics) {
    this.metrics = metrics;
  }

  @ExceptionHandler
  ResponseEntity<Object> rejected(RejectedRequestException e) {
    HttpHeaders headers = new HttpHeaders();
    Duration retryAfter = e.retryAfter();
    if (retryAfter != null) {
      headers.set(HttpHeaders.RETRY_AFTER, String.valueOf(retryAfter.toSeconds()));
    }
    return problem(e.kind(), String.valueOf(e.getMessage()), e.violations(), headers);
  }

  /** More parameters than are taken, or ones that cannot be decoded. Tomcat's message quotes them. */
  @ExceptionHandler
  ResponseEntity<Object> unreadable(InvalidParameterException e) {
    return problem(ProblemKind.INVALID_REQUEST,
        "The parameters of the query cannot be read, or are too many.",
        List.of(), new HttpHeaders());
  }

  @ExceptionHandler
  @Nullable
  ResponseEntity<Object> failed(
      Exception e, HttpServletRequest request, HttpServletResponse response) {
    if (DisconnectedClientHelper.isClientDisconnectedException(e)) {
      return null; // nobody is there to be told, and nothing failed
    }
    ProblemAnswer answer = metrics.unexpected(e);
    if (response.isCommitted()) {
      // Half an answer is out: a problem behind it, or an end in good order, would make it look whole.
      ClientConnection.current().breakOff();
      BrokenAnswers.mark(request, e);
      return null;
    }
    return ResponseEntity.status(ProblemKind.INTERNAL.status())
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(answer);
  }

  /** The one of Spring writes a line about it, which has the method in it. */
  @Override
  protected @Nullable ResponseEntity<Object> handleHttpRequestMethodNotSupported(
      HttpRequestMethodNotSupportedException e,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    return handleExceptionInternal(e, null, headers, status, request);
  }

  @Override
  protected @Nullable ResponseEntity<Object> handleExceptionInternal(
      Exception e,
      @Nullable Object body,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof RejectedRequestException rejected) {
        return rejected(rejected);
      }
    }
    ProblemKind kind = ProblemKind.of(status.value());
    if (kind == ProblemKind.INTERNAL) {
      return request instanceof ServletWebRequest servlet && servlet.getResponse() != null
          ? failed(e, servlet.getRequest(), servlet.getResponse())
          : null;
    }
    return problem(kind, detailOf(kind, body, e), List.of(), headers);
  }

  private ResponseEntity<Object> problem(
      ProblemKind kind, String detail, List<Violation> errors, HttpHeaders headers) {
    metrics.count(kind);
    return ResponseEntity.status(kind.status())
        .headers(headers)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(ProblemAnswer.of(kind, detail, errors));
  }

  /** What the framework says of it, where that helps a client. */
  private static String detailOf(ProblemKind kind, @Nullable Object body, Exception e) {
    if (kind == ProblemKind.NOT_FOUND) {
      return kind.title() + ".";
    }
    Object said = e instanceof ErrorResponse response ? response.getBody() : body;
    String detail = said instanceof ProblemDetail problem ? problem.getDetail() : null;
    return detail == null ? kind.title() + "." : detail;
  }
}
