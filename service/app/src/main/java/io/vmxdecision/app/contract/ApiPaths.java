package io.vmxdecision.app.contract;

/** Paths that more than their controllers have to know. */
public final class ApiPaths {
  /** Where all endpoints of the API lie. */
  public static final String API = "/v1/";

  /** The stream, whose body has no end. */
  public static final String STREAM = "/v1/decisions/stream";

  /** The batch, whose requests are read one after the other. */
  public static final String BATCH = "/v1/decisions/batch";

  private ApiPaths() {}
}
