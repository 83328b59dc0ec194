package io.vmxdecision.engine.entry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A check of a VM-entry: one row of the tables of this package. Immutable. */
public final class EntryCheck {
  private final String id;
  private final EntryStage stage;
  private final int number;
  private final SdmSection section;
  private final EntryFailure failure;
  private final String statement;
  private final List<VmcsField> fields;
  private final List<EntryFact> reads;
  private final List<String> references;
  private final Condition underKvm;
  private final Condition onBareCpu;
  private final Evidence evidence;
  private final boolean neverWithEvmcs;
  private final Set<EntryMode> modes;

  /** Says why a check does not hold. */
  interface Evidence {
    String of(EntryFacts facts);
  }

  private EntryCheck(Row row) {
    id = row.id;
    stage = EntryStage.of(row.id);
    number = Integer.parseInt(row.id.substring("N-X".length()));
    section = row.section;
    failure = row.failure;
    statement = row.statement;
    fields = List.copyOf(row.fields);
    Set<EntryFact> all = new LinkedHashSet<>(row.fields);
    all.addAll(row.also);
    reads = List.copyOf(all);
    references = row.references();
    underKvm = Objects.requireNonNull(row.underKvm, row.id);
    onBareCpu = row.onBareCpu == null ? underKvm : row.onBareCpu;
    evidence = Objects.requireNonNull(row.evidence, row.id);
    neverWithEvmcs = row.neverWithEvmcs;
    modes = Collections.unmodifiableSet(row.modes);
  }

  /** The id, such as {@code N-C5}. */
  public String id() {
    return id;
  }

  /** The family of the id. */
  public EntryStage stage() {
    return stage;
  }

  /** The number in the id, from 1. */
  public int number() {
    return number;
  }

  /** The section of the SDM that states it; that nearest to it where only KVM has it. */
  public SdmSection section() {
    return section;
  }

  /** What follows when it does not hold and is the first. */
  public EntryFailure failure() {
    return failure;
  }

  /** What has to hold, a sentence. */
  public String statement() {
    return statement;
  }

  /** The VMCS fields that it is about. */
  public List<VmcsField> fields() {
    return fields;
  }

  /** All that it reads: {@link #fields()}, those that switch it on, capabilities, circumstances. */
  public List<EntryFact> reads() {
    return reads;
  }

  /**
   * Where it comes from: the section of the SDM or TLFS first, then the kernel function, if any; and what of
   * it was not seen in SDM text.
   */
  public List<String> references() {
    return references;
  }

  /** Whether no eVMCS can violate it: the field is not there, or L0 does not take it from there. */
  public boolean isNeverWithEvmcs() {
    return neverWithEvmcs;
  }

  /** Whether L0 makes it, or the CPU behind it, when L1 enters with an eVMCS. */
  public boolean isMadeWithEvmcs() {
    return modes.contains(EntryMode.EVMCS);
  }

  /** Whether L0 makes it, or the CPU behind it, when L1 enters with an ordinary VMCS. */
  public boolean isMadeWithOrdinaryVmcs() {
    return modes.contains(EntryMode.ORDINARY_VMCS);
  }

  /** Whether a bare CPU makes it. */
  public boolean isMadeOnBareCpu() {
    return modes.contains(EntryMode.BARE_CPU);
  }

  boolean isMadeIn(EntryMode mode) {
    return modes.contains(mode);
  }

  /** When it does not hold. */
  Condition violated(EntryMode mode) {
    return mode == EntryMode.BARE_CPU ? onBareCpu : underKvm;
  }

  /** Why it does not hold, a sentence with fields, values and bits. Allocates. */
  String evidence(EntryFacts facts) {
    return evidence.of(facts);
  }

  @Override
  public String toString() {
    return id;
  }

  /** A row in the making, finished by {@link #evidence}. */
  static final class Row {
    private final String id;
    private final SdmSection section;
    private EntryFailure failure;
    private String statement = "";
    private @Nullable String specification;
    private String kernel = "";
    private List<VmcsField> fields = List.of();
    private final List<EntryFact> also = new ArrayList<>();
    private final List<String> sources = new ArrayList<>();
    private @Nullable Condition underKvm;
    private @Nullable Condition onBareCpu;
    private @Nullable Evidence evidence;
    private boolean neverWithEvmcs;
    private final Set<EntryMode> modes = new LinkedHashSet<>(List.of(EntryMode.values()));

    Row(String id, SdmSection section, String kernel) {
      this.id = id;
      this.section = section;
      this.failure = section.failure();
      this.kernel = kernel;
    }

    Row says(String sentence) {
      statement = sentence;
      return this;
    }

    Row about(VmcsField... theseFields) {
      fields = List.of(theseFields);
      return this;
    }

    Row about(List<VmcsField> theseFields) {
      fields = List.copyOf(theseFields);
      return this;
    }

    Row reads(EntryFact... others) {
      also.addAll(List.of(others));
      return this;
    }

    /** A secondary control counts only if the primary ones activate them. */
    Row readsSecondary() {
      return reads(VmcsField.SECONDARY_VM_EXEC_CONTROL, VmcsField.CPU_BASED_VM_EXEC_CONTROL);
    }

    Row kernel(String function) {
      kernel = function;
      return this;
    }

    Row specification(String reference) {
      specification = reference;
      return this;
    }

    /** Where else it is written. */
    Row alsoIn(String reference) {
      sources.add(reference);
      return this;
    }

    /** What of it no SDM text shows that was at hand: it is from Bochs, {@code cpu/vmx.cc}. */
    Row notSeenInSdm(String what) {
      sources.add("Not seen in SDM text, as in Bochs: " + what);
      return this;
    }

    Row failsAs(EntryFailure other) {
      failure = other;
      return this;
    }

    /** No eVMCS can violate it. */
    Row neverWithEvmcs() {
      neverWithEvmcs = true;
      modes.remove(EntryMode.EVMCS);
      return this;
    }

    Row onlyWithEvmcs() {
      modes.clear();
      modes.add(EntryMode.EVMCS);
      return this;
    }

    Row onlyUnderKvm() {
      modes.remove(EntryMode.BARE_CPU);
      return this;
    }

    Row onlyOnBareCpu() {
      modes.clear();
      modes.add(EntryMode.BARE_CPU);
      kernel = "";
      return this;
    }

    Row violatedWhen(Condition condition) {
      underKvm = condition;
      return this;
    }

    /** The bare CPU checks otherwise. */
    Row onBareCpu(Condition condition) {
      onBareCpu = condition;
      return this;
    }

    /** @param template see {@link EntryEvidence#fill} */
    EntryCheck evidence(String template) {
      return evidence(facts -> EntryEvidence.fill(template, facts));
    }

    EntryCheck evidence(Evidence sentence) {
      evidence = sentence;
      return new EntryCheck(this);
    }

    private List<String> references() {
      String first = specification == null ? section.reference() : specification;
      List<String> references = new ArrayList<>(List.of(first));
      if (!kernel.isEmpty()) {
        references.add("Linux 6.12 arch/x86/kvm/" + kernel + "()");
      }
      references.addAll(sources);
      return List.copyOf(references);
    }
  }
}
