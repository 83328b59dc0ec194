package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.Circumstance;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one form of a request for a decision on a VM-entry, by the rules of {@link CanonicalRequest}. What no
 * check looks at is left out; what is not known is left out too, and stays unknown.
 */
final class CanonicalVmEntry {
  /** What a request of another profile must not have. */
  private static final Set<Circumstance> ONLY_ON_BARE_CPU =
      EnumSet.of(Circumstance.SMM, Circumstance.TRACING, Circumstance.VMCS_POINTER);
  private static final Set<Circumstance> ONLY_WITH_ORDINARY_VMCS =
      EnumSet.of(Circumstance.LAUNCHED, Circumstance.X2APIC);
  private static final String OF_ENTRY = "entry.";

  /** Those of a request, by the part that they stand in, each in order by name. */
  private static final Map<String, List<Circumstance>> CIRCUMSTANCES =
      Arrays.stream(Circumstance.values())
          .filter(circumstance -> circumstance.label().contains("."))
          .sorted(Comparator.comparing(Circumstance::label))
          .collect(
              Collectors.groupingBy(
                  circumstance -> circumstance.label().substring(0, circumstance.label().indexOf('.')),
                  TreeMap::new,
                  Collectors.toList()));

  private static final List<Capability> CAPABILITIES = byName(Capability.values(), Capability::label);
  private static final List<VmcsField> FIELDS = byName(VmcsField.values(), VmcsField::linuxName);

  private final CanonicalJson out;
  private final CanonicalParts parts;
  private final VmEntryQuestion question;
  private final VmEntry entry;

  private CanonicalVmEntry(VmEntryQuestion question, GuestBytes bytes, CanonicalJson out) {
    this.out = out;
    this.parts = new CanonicalParts(out, bytes);
    this.question = question;
    this.entry = question.entry();
  }

  private static <T> List<T> byName(T[] all, Function<T, String> name) {
    return Arrays.stream(all).sorted(Comparator.comparing(name)).toList();
  }

  /** Writes a request; see {@link CanonicalRequest#write}. */
  static void write(
      VmEntryQuestion question, byte @Nullable [] id, GuestBytes bytes, CanonicalJson out) {
    new CanonicalVmEntry(question, bytes, out).write(id);
  }

  private void write(byte @Nullable [] id) {
    out.startObject();
    writeCapabilities();
    writeEntry();
    if (id != null) {
      out.name("id").value(id);
    }
    out.name("profile").text(entry.profile().id());
    writeSnapshot();
    out.endObject();
  }

  private void writeCapabilities() {
    out.name("capabilities").startObject();
    for (Capability capability : CAPABILITIES) {
      if (entry.isKnown(capability)) {
        long value = entry.value(capability);
        switch (capability) {
          case MAX_PHY_ADDR -> out.name(capability.label()).number(value);
          case LAM -> out.name(capability.label()).flag(value != 0);
          default -> parts.word(capability.label(), value);
        }
      }
    }
    out.endObject();
  }

  private void writeEntry() {
    out.name("entry").startObject();
    if (entry.evmcs().isGiven()) {
      out.name("evmcsMapped").flag(entry.isEvmcsMapped());
    }
    out.name("instruction").text(entry.instruction().name());
    for (Circumstance circumstance : CIRCUMSTANCES.getOrDefault("entry", List.of())) {
      if (!isOfRequest(circumstance)) {
        continue;
      }
      if (circumstance == Circumstance.VMCS_POINTER) {
        parts.word(circumstance.label().substring(OF_ENTRY.length()), entry.vmcsPointer());
      } else {
        writeFlag(circumstance);
      }
    }
    out.endObject();
  }

  private void writeSnapshot() {
    out.name("snapshot").startObject();
    writeFlags("cpuid");
    if (entry.evmcs().isGiven()) {
      parts.page("evmcs", question.snapshot().evmcs());
    }
    writeFlags("host");
    parts.memory(entry.memory());
    if (entry.evmcs().isGiven()) {
      parts.page("vpAssistPage", question.snapshot().vpAssistPage());
    } else {
      writeFields();
    }
    out.endObject();
  }

  private void writeFields() {
    out.name("vmcsFields").startObject();
    for (VmcsField field : FIELDS) {
      if (entry.isKnown(field)) {
        parts.word(field.linuxName(), entry.value(field));
      }
    }
    out.endObject();
  }

  private void writeFlags(String part) {
    out.name(part).startObject();
    CIRCUMSTANCES.getOrDefault(part, List.of()).stream().filter(this::isOfRequest).forEach(this::writeFlag);
    out.endObject();
  }

  private void writeFlag(Circumstance circumstance) {
    String label = circumstance.label();
    out.name(label.substring(label.indexOf('.') + 1)).flag(entry.holds(circumstance));
  }

  /** Whether it is known, and goes with the profile and with the kind of VMCS. */
  private boolean isOfRequest(Circumstance circumstance) {
    return entry.isKnown(circumstance)
        && (entry.profile() == EntryProfile.SDM || !ONLY_ON_BARE_CPU.contains(circumstance))
        && (!entry.evmcs().isGiven() || !ONLY_WITH_ORDINARY_VMCS.contains(circumstance));
  }
}
