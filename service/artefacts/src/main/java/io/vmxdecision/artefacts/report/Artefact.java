package io.vmxdecision.artefacts.report;

import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One artefact that was recognised, and what it says. Mutable until it is reported; not thread-safe. */
public final class Artefact {
  private static final int MOST_READINGS = 400;

  private final Kind kind;
  private Place place;
  private String summary = "";
  private final List<Reading> decoded = new ArrayList<>();
  private final List<Fault> faults = new ArrayList<>();
  private final List<Missing> missing = new ArrayList<>();
  private final List<Provenance> provenance = new ArrayList<>();
  private final Map<VmcsField, Long> fields = new LinkedHashMap<>();
  private final Map<String, Long> registers = new LinkedHashMap<>();
  private final Map<String, Integer> cpuid = new LinkedHashMap<>();
  private final Map<Capability, Long> capabilities = new EnumMap<>(Capability.class);
  private @Nullable ExitWords exit;
  private @Nullable Verdict verdict;
  private @Nullable Audit audit;
  private @Nullable GivenPage page;
  private @Nullable Integer instructionError;

  /** A page that the artefact holds. */
  public enum PageKind {
    EVMCS("evmcs"),
    VP_ASSIST_PAGE("vpAssistPage"),
    PARTITION_ASSIST_PAGE("partitionAssistPage"),
    VMCS12(""),
    UNKNOWN("");

    private final String property;

    PageKind(String property) {
      this.property = property;
    }

    /** The property of a snapshot that takes it; empty if none does. */
    public String property() {
      return property;
    }
  }

  /** A page and what it is taken for. */
  public static final class GivenPage {
    private final PageKind kind;
    private final byte[] bytes;
    private final String grounds;

    /** A page; its 4,096 bytes are not copied. */
    public GivenPage(PageKind kind, byte[] bytes, String grounds) {
      this.kind = kind;
      this.bytes = bytes;
      this.grounds = grounds;
    }

    /** What it is taken for. */
    public PageKind kind() {
      return kind;
    }

    /** The page's own bytes, not to be changed. */
    public byte[] bytes() {
      return bytes;
    }

    /** By what it is taken for that, as a part of a sentence. */
    public String grounds() {
      return grounds;
    }
  }

  /** The words of an exit; null where the artefact does not say them. */
  public record ExitWords(
      int reason,
      @Nullable Long qualification,
      @Nullable Integer interruptionInfo,
      @Nullable Integer idtVectoringInfo,
      @Nullable Integer instructionLength) {
    /** The reason alone. */
    public static ExitWords of(int reason) {
      return new ExitWords(reason, null, null, null, null);
    }
  }

  /** What the checks of a VM-entry say of the fields. */
  public record Verdict(int made, int undecided, List<String> violated) {
    /** A verdict. */
    public Verdict {
      violated = List.copyOf(violated);
    }
  }

  /** An artefact of that kind there. */
  public Artefact(Kind kind, Place place) {
    this.kind = kind;
    this.place = place;
  }

  /** Its kind. */
  public Kind kind() {
    return kind;
  }

  /** Where it stands. */
  public Place place() {
    return place;
  }

  /** Sets {@link #place()}. */
  public void place(Place value) {
    place = value;
  }

  /** What it is and says, a sentence or two. */
  public String summary() {
    return summary;
  }

  /** Sets {@link #summary()}. */
  public Artefact summary(String value) {
    summary = value;
    return this;
  }

  /** Adds a reading, if there are not too many. */
  public Artefact decode(@Nullable Reading reading) {
    if (reading != null && decoded.size() < MOST_READINGS) {
      decoded.add(reading);
    }
    return this;
  }

  /** Adds readings. */
  public Artefact decode(List<Reading> readings) {
    readings.forEach(this::decode);
    return this;
  }

  /** The readings. */
  public List<Reading> decoded() {
    return Collections.unmodifiableList(decoded);
  }

  /** Adds a fault. */
  public void fault(Fault fault) {
    if (faults.size() < MOST_READINGS) {
      faults.add(fault);
    }
  }

  /** What is wrong. */
  public List<Fault> faults() {
    return Collections.unmodifiableList(faults);
  }

  /** Says what it does not tell. */
  public void misses(String what, String why, String how) {
    missing.add(new Missing(what, why, how));
  }

  /** What it does not tell. */
  public List<Missing> missing() {
    return Collections.unmodifiableList(missing);
  }

  /** Says where a value was read. */
  public void readAt(Provenance from) {
    if (provenance.size() < MOST_READINGS) {
      provenance.add(from);
    }
  }

  /** Where values were read. */
  public List<Provenance> provenance() {
    return Collections.unmodifiableList(provenance);
  }

  /** The fields of an ordinary VMCS that it has, to be added to. */
  public Map<VmcsField, Long> fields() {
    return fields;
  }

  /** Registers by the names of a snapshot: rax .. r15, rip, rflags, cpl; to be added to. */
  public Map<String, Long> registers() {
    return registers;
  }

  /** CPUID words by the names of a snapshot; to be added to. */
  public Map<String, Integer> cpuid() {
    return cpuid;
  }

  /** VMX capability MSRs; to be added to. */
  public Map<Capability, Long> capabilities() {
    return capabilities;
  }

  /** The exit that it shows, or null. */
  public @Nullable ExitWords exit() {
    return exit;
  }

  /** Sets {@link #exit()}. */
  public void exit(@Nullable ExitWords value) {
    exit = value;
  }

  /** What the checks of a VM-entry say, or null if they were not made. */
  public @Nullable Verdict verdict() {
    return verdict;
  }

  /** Sets {@link #verdict()}. */
  public void verdict(Verdict value) {
    verdict = value;
  }

  /** The counts of a trace, or null. */
  public @Nullable Audit audit() {
    return audit;
  }

  /** Sets {@link #audit()}. */
  public void audit(Audit value) {
    audit = value;
  }

  /** The page that it is, or null. */
  public @Nullable GivenPage page() {
    return page;
  }

  /** Sets {@link #page()}. */
  public void page(GivenPage value) {
    page = value;
  }

  /** The VM-instruction error that it shows, 1..63, or null. */
  public @Nullable Integer instructionError() {
    return instructionError;
  }

  /** Sets {@link #instructionError()}. */
  public void instructionError(int value) {
    instructionError = value;
  }

  /** What it takes of the heap, in bytes, estimated. */
  public long weight() {
    long readings = 0;
    for (Reading reading : decoded) {
      readings += 256 + 2L * reading.text().length() + 96L * reading.parts().size();
    }
    return 512 + readings + 512L * faults.size() + 384L * provenance.size() + 96L * fields.size()
        + (page == null ? 0 : 8192);
  }
}
