package io.vmxdecision.artefacts.report;

import io.vmxdecision.engine.check.Severity;
import java.util.List;

/**
 * Something that a check of the engine found wrong.
 *
 * @param id the id of the check
 * @param severity what it means
 * @param fields the fields that it is about
 * @param detail what is wrong, with values
 * @param references where the check comes from
 */
public record Fault(
    String id, Severity severity, List<String> fields, String detail, List<String> references) {
  /** A fault. */
  public Fault {
    fields = List.copyOf(fields);
    references = List.copyOf(references);
  }
}
