package io.vmxdecision.engine.entry;

import static java.util.Objects.requireNonNull;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.recorded.RecordedCase;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** A recorded case of a VM-entry: a request in the form of the API, and what the answer must hold. */
public record RecordedEntry(String id, JsonNode request, JsonNode expect) {
  /** The cases of one file, {@code entry}, {@code entry-vmcs} or {@code entry-sdm}. */
  public static List<RecordedEntry> all(String vectors) {
    return RecordedCase.all("/vectors/" + vectors + ".ndjson.gz").stream()
        .map(one -> new RecordedEntry(one.id(), one.request(), one.expect()))
        .toList();
  }

  /** All 963. */
  public static List<RecordedEntry> all() {
    return Stream.of("entry", "entry-vmcs", "entry-sdm").flatMap(file -> all(file).stream()).toList();
  }

  /** An entry of its own with what the request says. */
  public VmEntry entry() {
    VmEntry entry = new VmEntry();
    fill(entry);
    return entry;
  }

  /** Fills {@code entry} with the request. */
  public void fill(VmEntry entry) {
    JsonNode from = request.path("entry");
    entry.clear(
        EntryProfile.KVM_6_12, EntryInstruction.valueOf(from.path("instruction").asString()));
    JsonNode snapshot = request.path("snapshot");
    fillPage(snapshot, entry);
    for (var given : snapshot.path("vmcsFields").properties()) {
      entry.field(
          requireNonNull(VmcsField.of(given.getKey()), given.getKey()), word(given.getValue()));
    }
    for (JsonNode region : snapshot.path("memory")) {
      byte[] bytes = Base64.getDecoder().decode(region.path("bytes").asString());
      entry.memory().add(word(region.path("gpa")), bytes, 0, bytes.length);
    }
    for (var given : request.path("capabilities").properties()) {
      Capability capability = requireNonNull(Capability.of(given.getKey()), given.getKey());
      JsonNode value = given.getValue();
      entry.capability(
          capability,
          value.isBoolean() ? (value.asBoolean() ? 1 : 0) : value.isNumber() ? value.asLong() : word(value));
    }
    if (from.has("evmcsMapped")) {
      entry.evmcsMapped(from.path("evmcsMapped").asBoolean());
    }
    for (Circumstance circumstance : Circumstance.values()) {
      String[] path = circumstance.label().split("\\.", -1);
      JsonNode given = (path[0].equals("entry") ? request : snapshot).path(path[0]);
      if (path.length == 2 && given.has(path[1])) {
        entry.circumstance(circumstance, given.path(path[1]).asBoolean());
      }
    }
  }

  private static void fillPage(JsonNode snapshot, VmEntry entry) {
    if (!snapshot.has("evmcs") && !snapshot.has("evmcsFields")) {
      return;
    }
    byte[] page =
        snapshot.has("evmcs")
            ? Base64.getDecoder().decode(snapshot.path("evmcs").asString())
            : new byte[PageView.PAGE_BYTES];
    entry.evmcs().wrap(page, 0);
    for (var given : snapshot.path("evmcsFields").properties()) {
      EvmcsField field = requireNonNull(EvmcsField.of(given.getKey()), given.getKey());
      entry.evmcs().value(field, word(given.getValue()));
    }
  }

  private static long word(JsonNode node) {
    return Long.parseUnsignedLong(node.asString().substring(2), 16);
  }
}
