package io.vmxdecision.app.entry;

import io.vmxdecision.app.decision.ChangePart;
import io.vmxdecision.app.wire.VmcsFieldValues;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.counterfactual.Change;
import io.vmxdecision.engine.counterfactual.EntryPlace;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Puts changes of a VM-entry into the form of the request that they are made to. */
final class EntryChangeParts {
  private final @Nullable VmcsFieldValues vmcsFields;
  private final VmEntry entry;
  private final JsonMapper mapper;

  /** For the request of {@code entry}, which was decided on and is as it was. */
  EntryChangeParts(VmEntryRequest request, VmEntry entry, JsonMapper mapper) {
    this.vmcsFields = request.snapshot().vmcsFields();
    this.entry = entry;
    this.mapper = mapper;
  }

  /** The changes of a set; those to one value go together. */
  List<ChangePart> of(List<Change<EntryPlace>> changes) {
    Map<EntryPlace, List<Change<EntryPlace>>> byPlace = new LinkedHashMap<>();
    changes.forEach(change -> byPlace.computeIfAbsent(change.place(), at -> new ArrayList<>()).add(change));
    return byPlace.values().stream().map(this::part).toList();
  }

  private ChangePart part(List<Change<EntryPlace>> changes) {
    EntryPlace place = changes.getFirst().place();
    String pointer = pointer(place);
    return ChangePart.of(
        pointer,
        place instanceof EntryPlace.Field(VmcsField field)
            ? field.linuxName()
            : pointer.substring(pointer.lastIndexOf('/') + 1),
        changes,
        mapper.valueToTree(value(place, List.of())),
        mapper.valueToTree(value(place, changes)));
  }

  private String pointer(EntryPlace place) {
    return switch (place) {
      case EntryPlace.Field(VmcsField field) -> vmcsFields == null
          ? "/snapshot/evmcsFields/" + field.linuxName()
          : "/snapshot/vmcsFields/" + vmcsFields.nameOf(field);
      case EntryPlace.Word(Capability capability) -> "/capabilities/" + capability.label();
      case EntryPlace.Condition(Circumstance circumstance) -> {
        String path = "/" + circumstance.label().replace('.', '/');
        yield path.startsWith("/entry/") ? path : "/snapshot" + path;
      }
    };
  }

  private Object value(EntryPlace place, List<Change<EntryPlace>> changes) {
    return switch (place) {
      case EntryPlace.Field(VmcsField field) -> new Word64(Change.made(entry.value(field), changes));
      case EntryPlace.Word(Capability capability) -> {
        long value = Change.made(entry.value(capability), changes);
        yield switch (capability) {
          case MAX_PHY_ADDR -> value;
          case LAM -> value != 0;
          default -> new Word64(value);
        };
      }
      case EntryPlace.Condition(Circumstance circumstance) ->
        Change.made(entry.holds(circumstance) ? 1 : 0, changes) != 0;
    };
  }
}
