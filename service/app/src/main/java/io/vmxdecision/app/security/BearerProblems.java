package io.vmxdecision.app.security;

import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RareWarning;
import io.vmxdecision.app.problem.RejectedRequestException;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.security.oauth2.jwt.JwtValidationException;
import org.springframework.security.oauth2.server.resource.BearerTokenErrorCodes;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Turns a request without a token that allows it into a problem, with the challenge of RFC 6750 section 3. It
 * says no more of a token than what its owner can read in it; never why a signature does not fit.
 */
final class BearerProblems implements AuthenticationEntryPoint, AccessDeniedHandler, RequestRejectedHandler {
  private static final String SCHEME = "Bearer realm=\"vmx-decision\"";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(BearerProblems.class);

  private final HandlerExceptionResolver problems;
  private final RareWarning uncheckable = new RareWarning(LOG, "Tokens cannot be checked");

  BearerProblems(HandlerExceptionResolver problems) {
    this.problems = problems;
  }

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
      throws ServletException, IOException {
    if (failure instanceof AuthenticationServiceException) {
      // The message has where it was looked for, and why it failed there; nothing of the request.
      if (!(root(failure) instanceof RateLimitReachedException)) {
        uncheckable.say(root(failure));
      }
      answer(request, response, RejectedRequestException.issuerUnavailable(RETRY_AFTER));
      return;
    }
    if (failure instanceof OAuth2AuthenticationException bad) {
      OAuth2Error error = bad.getError();
      if (error.getErrorCode().equals(BearerTokenErrorCodes.INVALID_REQUEST)) {
        challenge(response, BearerTokenErrorCodes.INVALID_REQUEST, null);
        answer(request, response,
            rejected(ProblemKind.INVALID_REQUEST, "There is more than one token, or an empty one."));
        return;
      }
      challenge(response, OAuth2ErrorCodes.INVALID_TOKEN, null);
      answer(request, response, rejected(ProblemKind.UNAUTHORIZED, reason(failure)));
      return;
    }
    response.setHeader(HttpHeaders.WWW_AUTHENTICATE, SCHEME);
    answer(request, response, rejected(ProblemKind.UNAUTHORIZED,
        "A token is needed: Authorization: Bearer ..."));
  }

  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, AccessDeniedException denied)
      throws ServletException, IOException {
    String scope = request.getMethod().equals(HttpMethod.GET.name()) ? Scopes.READ : Scopes.DECIDE;
    challenge(response, BearerTokenErrorCodes.INSUFFICIENT_SCOPE, scope);
    answer(request, response, rejected(ProblemKind.FORBIDDEN, "The token lacks the scope " + scope + "."));
  }

  /** A path or header that the firewall does not let pass. */
  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, RequestRejectedException rejection)
      throws ServletException, IOException {
    answer(request, response, rejected(ProblemKind.INVALID_REQUEST,
        "The request line or a header is not one that this service takes."));
  }

  private void answer(
      HttpServletRequest request, HttpServletResponse response, RejectedRequestException rejection)
      throws ServletException {
    if (problems.resolveException(request, response, null, rejection) == null) {
      throw new ServletException(rejection);
    }
  }

  private static void challenge(HttpServletResponse response, String error, @Nullable String scope) {
    response.setHeader(
        HttpHeaders.WWW_AUTHENTICATE,
        SCHEME + ", error=\"" + error + "\"" + (scope == null ? "" : ", scope=\"" + scope + "\""));
  }

  private static RejectedRequestException rejected(ProblemKind kind, String detail) {
    return new RejectedRequestException(kind, detail);
  }

  /** What is said of claims that were read after the signature was found to be good. */
  private static String reason(AuthenticationException failure) {
    if (failure.getCause() instanceof JwtValidationException invalid) {
      return invalid.getErrors().stream()
          .map(error -> String.valueOf(error.getDescription()))
          .distinct()
          .collect(Collectors.joining("; ", "The token is not valid: ", "."));
    }
    return "The token cannot be read, or its signature is not of a key that counts here.";
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
