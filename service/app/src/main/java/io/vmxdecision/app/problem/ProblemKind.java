package io.vmxdecision.app.problem;

import org.springframework.http.HttpStatus;

/** The kinds of problems, each with its {@code type}, status and title. */
public enum ProblemKind {
  MALFORMED_JSON("malformed-json", HttpStatus.BAD_REQUEST, "The body is not JSON"),
  INVALID_REQUEST(
      "invalid-request", HttpStatus.BAD_REQUEST, "The request does not fit the contract"),
  UNAUTHORIZED(
      "unauthorized", HttpStatus.UNAUTHORIZED, "The request has no token, or none that counts here"),
  FORBIDDEN("forbidden", HttpStatus.FORBIDDEN, "The token does not allow this"),
  NOT_FOUND("not-found", HttpStatus.NOT_FOUND, "There is nothing here"),
  METHOD_NOT_ALLOWED(
      "method-not-allowed", HttpStatus.METHOD_NOT_ALLOWED, "The method is not allowed here"),
  NOT_ACCEPTABLE(
      "not-acceptable", HttpStatus.NOT_ACCEPTABLE, "There is no answer of an accepted type"),
  REQUEST_TIMEOUT(
      "request-timeout", HttpStatus.REQUEST_TIMEOUT, "The request came too slowly"),
  PAYLOAD_TOO_LARGE(
      "payload-too-large", HttpStatus.CONTENT_TOO_LARGE, "The body is larger than this service takes"),
  UNSUPPORTED_MEDIA_TYPE(
      "unsupported-media-type",
      HttpStatus.UNSUPPORTED_MEDIA_TYPE,
      "The body's type is not one that this endpoint takes"),
  UNDECIDABLE(
      "undecidable", HttpStatus.UNPROCESSABLE_CONTENT, "The snapshot is well-formed, but undecidable"),
  OVERLOADED("overloaded", HttpStatus.SERVICE_UNAVAILABLE, "The service is full"),
  ISSUER_UNAVAILABLE(
      "issuer-unavailable", HttpStatus.SERVICE_UNAVAILABLE, "The keys of the tokens' issuer cannot be had"),
  INTERNAL("internal", HttpStatus.INTERNAL_SERVER_ERROR, "The service failed");

  private static final String TYPE_PREFIX = "urn:vmx-decision:problem:";

  private final String slug;
  private final HttpStatus status;
  private final String title;

  ProblemKind(String slug, HttpStatus status, String title) {
    this.slug = slug;
    this.status = status;
    this.title = title;
  }

  /** The kind of a problem that has nothing but an HTTP status. */
  static ProblemKind of(int status) {
    for (ProblemKind kind : values()) {
      if (kind.status.value() == status && kind != MALFORMED_JSON) {
        return kind;
      }
    }
    if (status == HttpStatus.NOT_IMPLEMENTED.value()
        || status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED.value()) {
      return INVALID_REQUEST; // of a transfer encoding, or a protocol, that the client chose
    }
    return status >= 400 && status < 500 ? INVALID_REQUEST : INTERNAL;
  }

  /** The last part of {@link #type()}, such as {@code invalid-request}. */
  public String slug() {
    return slug;
  }

  /** The URI that names the kind. */
  public String type() {
    return TYPE_PREFIX + slug;
  }

  /** The status. */
  public HttpStatus status() {
    return status;
  }

  /** The title, the same for all problems of a kind. */
  public String title() {
    return title;
  }
}
