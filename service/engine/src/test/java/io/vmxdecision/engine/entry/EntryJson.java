package io.vmxdecision.engine.entry;

import io.vmxdecision.engine.decision.EvmcsWrites;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A decision in the form of the API's answer, as far as recorded cases name it. */
final class EntryJson {
  private EntryJson() {}

  static ObjectNode of(VmEntry entry, VmEntryDecision decision) {
    ObjectNode answer = JsonMapper.shared().createObjectNode();
    answer.put("outcome", decision.outcome().name());
    if (decision.instructionError() != 0) {
      answer.putObject("instructionError").put("number", decision.instructionError());
    }
    EntryCheck first = decision.firstViolation();
    if (first != null) {
      answer.put("firstViolation", first.id());
    }
    ArrayNode violations = answer.putArray("violations");
    for (EntryCheck check : decision.violations()) {
      violations.addObject().put("check", check.id()).put("stage", check.stage().name());
    }
    if (decision.outcome() == EntryOutcome.FAILED_ENTRY) {
      answer
          .putObject("exitToL1")
          .put("reason", hex(Integer.toUnsignedLong(decision.exitReason())))
          .put("qualification", hex(decision.exitQualification()));
    }
    if (entry.evmcs().isGiven()) {
      EvmcsWrites writes = decision.evmcsWrites();
      ArrayNode array = answer.putArray("evmcsWrites");
      for (int i = 0; i < writes.count(); i++) {
        array
            .addObject()
            .put("field", writes.field(i).linuxName())
            .put("before", hex(writes.before(i)))
            .put("after", hex(writes.after(i)));
      }
    }
    return answer;
  }

  private static String hex(long word) {
    return "0x" + Long.toHexString(word);
  }
}
