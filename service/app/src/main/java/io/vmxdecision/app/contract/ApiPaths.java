package io.vmxdecision.app.contract;

import java.util.Set;

/** Paths that more than their controllers have to know. */
public final class ApiPaths {
  /** Where all endpoints of the API lie. */
  public static final String API = "/v1/";

  /** The stream, whose body has no end. */
  public static final String STREAM = "/v1/decisions/stream";

  /** The audit, whose body is a trace of any length. */
  public static final String AUDITS = "/v1/audits";

  /** Artefacts, whose body may be a memory dump of any length. */
  public static final String ARTEFACTS = "/v1/artefacts";

  /** The events of a scenario, whose body has no end. */
  public static final String SCENARIO_STREAM = "/v1/scenarios/stream";

  /** Those whose requests may have any length. Each takes the place of a stream. */
  public static final Set<String> WITHOUT_END = Set.of(STREAM, AUDITS, ARTEFACTS, SCENARIO_STREAM);

  /** The batch, whose requests are read one after the other. */
  public static final String BATCH = "/v1/decisions/batch";

  /** The page to try the API, and where what belongs to it lies. */
  public static final String API_PAGE = "/swagger-ui";

  /** What leads to that page; springdoc's own default. */
  public static final String API_PAGE_ENTRY = API_PAGE + ".html";

  /** Where what belongs to the explorer lies; its page is at {@code /}. */
  public static final String EXPLORER = "/explorer";

  /** The library that the explorer draws itself with. */
  public static final String EXPLORER_LIBRARY = "/webjars/lit-html";

  private ApiPaths() {}
}
