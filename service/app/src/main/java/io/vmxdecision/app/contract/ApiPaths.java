package io.vmxdecision.app.contract;

import java.util.Set;

/** Paths that more than their controllers have to know. */
public final class ApiPaths {
  /** Where all endpoints of the API lie. */
  public static final String API = "/v1/";

  /** The stream of decisions, whose body has no end. */
  public static final String STREAM = "/v1/decisions/stream";

  /** The stream of VM-entries. */
  public static final String VM_ENTRY_STREAM = "/v1/vm-entries/stream";

  /** The events of a scenario, whose body has no end. */
  public static final String SCENARIO_STREAM = "/v1/scenarios/stream";

  /** All streams; their faults are told within them. */
  public static final Set<String> STREAMS = Set.of(STREAM, VM_ENTRY_STREAM, SCENARIO_STREAM);

  /** The audit, whose body is a trace of any length. */
  public static final String AUDITS = "/v1/audits";

  /** Artefacts, whose body may be a memory dump of any length. */
  public static final String ARTEFACTS = "/v1/artefacts";

  /** Those whose requests may have any length. Each takes the place of a stream. */
  public static final Set<String> WITHOUT_END =
      Set.of(STREAM, VM_ENTRY_STREAM, AUDITS, ARTEFACTS, SCENARIO_STREAM);

  /** The batch of decisions. */
  public static final String BATCH = "/v1/decisions/batch";

  /** The batch of VM-entries. */
  public static final String VM_ENTRY_BATCH = "/v1/vm-entries/batch";

  /** All batches; their requests are read one after the other. */
  public static final Set<String> BATCHES = Set.of(BATCH, VM_ENTRY_BATCH);

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
