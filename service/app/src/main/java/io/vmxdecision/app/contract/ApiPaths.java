package io.vmxdecision.app.contract;

/** Paths that more than their controllers have to know. */
public final class ApiPaths {
  /** Where all endpoints of the API lie. */
  public static final String API = "/v1/";

  /** The stream, whose body has no end. */
  public static final String STREAM = "/v1/decisions/stream";

  /** Artefacts, whose body may be a memory dump of any length. */
  public static final String ARTEFACTS = "/v1/artefacts";

  /** The batch, whose requests are read one after the other. */
  public static final String BATCH = "/v1/decisions/batch";

  /** The page to try the API, and where what belongs to it lies. */
  public static final String API_PAGE = "/swagger-ui";

  /** What leads to that page; springdoc's own default. */
  public static final String API_PAGE_ENTRY = API_PAGE + ".html";

  private ApiPaths() {}
}
