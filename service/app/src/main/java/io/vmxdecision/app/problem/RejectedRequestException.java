package io.vmxdecision.app.problem;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request that cannot be answered, for a reason that lies in the request, or for want of room. */
public final class RejectedRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ProblemKind kind;
  private final transient List<Violation> violations;
  private final @Nullable Duration retryAfter;

  /** A request rejected as a whole. */
  public RejectedRequestException(ProblemKind kind, String detail) {
    this(kind, detail, List.of());
  }

  /** A request rejected for these faults. */
  public RejectedRequestException(ProblemKind kind, String detail, List<Violation> violations) {
    this(kind, detail, violations, null);
  }

  private RejectedRequestException(
      ProblemKind kind, String detail, List<Violation> violations, @Nullable Duration retryAfter) {
    super(detail, null, false, false); // where in the code it was found helps nobody
    this.kind = kind;
    this.violations = List.copyOf(violations);
    this.retryAfter = retryAfter;
  }

  /** A request rejected for these faults, at least one, which are counted in the detail. */
  public static RejectedRequestException of(ProblemKind kind, List<Violation> violations) {
    int count = violations.size();
    String detail = count == 1 ? "1 fault in the request" : count + " faults in the request";
    return new RejectedRequestException(kind, detail, violations);
  }

  /** A request that there is no room for now. */
  public static RejectedRequestException overloaded(String detail, Duration retryAfter) {
    return new RejectedRequestException(ProblemKind.OVERLOADED, detail, List.of(), retryAfter);
  }

  /** A request whose token cannot be checked now, since its issuer does not answer. */
  public static RejectedRequestException issuerUnavailable(Duration retryAfter) {
    return new RejectedRequestException(
        ProblemKind.ISSUER_UNAVAILABLE,
        "Whether the token is good cannot be told without them.",
        List.of(),
        retryAfter);
  }

  /** The same rejection where the request is at {@code pointer} (a JSON Pointer) of a larger body. */
  public RejectedRequestException under(String pointer) {
    List<Violation> placed =
        violations.stream()
            .map(violation -> new Violation(pointer + violation.pointer(), violation.detail()))
            .toList();
    return new RejectedRequestException(kind, String.valueOf(getMessage()), placed, retryAfter);
  }

  /** The kind of problem. */
  public ProblemKind kind() {
    return kind;
  }

  /** The faults; empty where the request was rejected as a whole. */
  public List<Violation> violations() {
    return violations;
  }

  /** When to try again; null where the same request would be rejected again. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
