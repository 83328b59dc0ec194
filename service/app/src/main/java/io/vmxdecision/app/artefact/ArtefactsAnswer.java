package io.vmxdecision.app.artefact;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.ExitWords;
import io.vmxdecision.artefacts.report.Artefact.PageKind;
import io.vmxdecision.artefacts.report.Audit;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was found in what people have. */
@Schema(name = "Artefacts", description = "What was recognised, what it says and what is wrong with it.")
@JsonInclude(JsonInclude.Include.NON_NULL)
record ArtefactsAnswer(
    @Schema(description = "What was recognised, in the order of the input.",
        requiredMode = RequiredMode.REQUIRED) List<ArtefactPart> artefacts,
    @Schema(
        description = "How many were recognised beyond those; left out for none.") @Nullable Long moreArtefacts,
    @Schema(
        description = "What of a snapshot was found, as other endpoints take it.") @Nullable SnapshotPart snapshot,
    @Schema(description = "The exit that was found, as other endpoints take it.") @Nullable ExitPart exit,
    @Schema(
        description = "The VM-entry, as other endpoints take it, where an ordinary VMCS was found.") @Nullable EntryPart entry,
    @Schema(
        description = "VMX capability MSRs that were found, as POST /v1/vm-entries takes them.",
        ref = "#/components/schemas/VmxCapabilities") @Nullable Object capabilities,
    @Schema(
        description = "What POST /v1/vm-entries answers of the first VMCS: under the profile sdm of a dump,"
            + " under kvm-6.12 of KVM's vmcs12. The launch state is in neither: it is taken for a VMLAUNCH of a clear"
            + " VMCS.",
        ref = "#/components/schemas/VmEntryDecision") @Nullable Object vmEntry,
    @Schema(description = "The decision, where the pages and the exit for it were found.",
        ref = "#/components/schemas/Decision") @Nullable Object decision,
    @Schema(description = "Where values of snapshot and exit were read.",
        requiredMode = RequiredMode.REQUIRED) List<ProvenancePart> provenance,
    @Schema(description = "What would decide more.",
        requiredMode = RequiredMode.REQUIRED) List<MissingPart> missing,
    @Schema(description = "Lines that nothing recognised.",
        requiredMode = RequiredMode.REQUIRED) UnrecognisedPart unrecognised) {

  /** One artefact. */
  @Schema(name = "Artefact", description = "One artefact.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ArtefactPart(
      @Schema(description = "What it is.", enumAsRef = true, requiredMode = RequiredMode.REQUIRED) Kind kind,
      @Schema(description = "Where it stands.", requiredMode = RequiredMode.REQUIRED) PlacePart at,
      @Schema(description = "What it is and says.", requiredMode = RequiredMode.REQUIRED) String summary,
      @Schema(description = "Its words, decoded.",
          requiredMode = RequiredMode.REQUIRED) List<ReadingPart> decoded,
      @Schema(description = "What checks found wrong.",
          requiredMode = RequiredMode.REQUIRED) List<ArtefactFindingPart> findings,
      @Schema(description = "The VM-instruction error that it shows.", minimum = "1",
          maximum = "255") @Nullable Integer instructionError,
      @Schema(
          description = "The fields of an ordinary VMCS, by their Linux names.") @Nullable Map<String, Word64> fields,
      @Schema(description = "The counts of a trace.") @Nullable AuditPart audit) {
    private static ArtefactPart of(Artefact artefact) {
      Audit audit = artefact.audit();
      return new ArtefactPart(
          artefact.kind(),
          PlacePart.of(artefact.place()),
          artefact.summary(),
          artefact.decoded().stream().map(ReadingPart::of).toList(),
          artefact.faults().stream().map(ArtefactFindingPart::of).toList(),
          artefact.instructionError(),
          artefact.fields().isEmpty() ? null : words(artefact.fields()),
          audit == null ? null : AuditPart.of(audit));
    }
  }

  /** Where it stands. */
  @Schema(name = "ArtefactPlace", description = "Where it stands: lines of a text, or bytes.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record PlacePart(
      @Schema(
          description = "The part of the form; left out for a body that is no form.") @Nullable String part,
      @Schema(description = "The first line, from 1.", minimum = "1") @Nullable Long line,
      @Schema(description = "How many lines.", minimum = "1") @Nullable Long lines,
      @Schema(description = "The first byte.", minimum = "0") @Nullable Long offset,
      @Schema(description = "How many bytes.", minimum = "0") @Nullable Long bytes) {
    private static PlacePart of(Place place) {
      boolean text = place.line() > 0;
      return new PlacePart(
          place.part().isEmpty() ? null : place.part(),
          text ? place.line() : null,
          text ? place.lines() : null,
          text ? null : place.offset(),
          text ? null : place.bytes());
    }
  }

  /** A fault. */
  @Schema(name = "ArtefactFinding", description = "Something that a check found wrong.")
  record ArtefactFindingPart(
      @Schema(description = "The check: a rule of VM-entries, a check of an eVMCS, of CPUID, of a blob.",
          example = "N-S39", requiredMode = RequiredMode.REQUIRED) String id,
      @Schema(description = "How bad it is.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) Severity severity,
      @Schema(description = "The fields that it is about.",
          requiredMode = RequiredMode.REQUIRED) List<String> fields,
      @Schema(description = "What is wrong, with values.",
          requiredMode = RequiredMode.REQUIRED) String detail,
      @Schema(description = "Where the check comes from.",
          requiredMode = RequiredMode.REQUIRED) List<String> references) {
    private static ArtefactFindingPart of(Fault fault) {
      return new ArtefactFindingPart(
          fault.id(), fault.severity(), fault.fields(), fault.detail(), fault.references());
    }
  }

  /** The counts of a trace. */
  @Schema(name = "ArtefactAudit", description = "The counts of a trace; POST /v1/audits has the rest.")
  record AuditPart(
      @Schema(description = "Lines that were read.", requiredMode = RequiredMode.REQUIRED) long lines,
      @Schema(description = "Events of KVM.", requiredMode = RequiredMode.REQUIRED) long events,
      @Schema(description = "Exits from L2.", requiredMode = RequiredMode.REQUIRED) long exitsFromL2,
      @Schema(description = "Exits that L0 handled.", requiredMode = RequiredMode.REQUIRED) long handledByL0,
      @Schema(description = "Exits that L1 got.", requiredMode = RequiredMode.REQUIRED) long reflectedToL1,
      @Schema(description = "Exits that L1 got without one of L2.",
          requiredMode = RequiredMode.REQUIRED) long injectedByL0,
      @Schema(description = "Synthetic exits.", requiredMode = RequiredMode.REQUIRED) long syntheticExits,
      @Schema(description = "Flushes of L2 that L0 handled.",
          requiredMode = RequiredMode.REQUIRED) long l2Flushes) {
    private static AuditPart of(Audit audit) {
      return new AuditPart(audit.lines(), audit.events(), audit.exitsFromL2(), audit.handledByL0(),
          audit.reflectedToL1(), audit.injectedByL0(), audit.syntheticExits(), audit.l2Flushes());
    }
  }

  /** The CPUID words of a snapshot. */
  @Schema(name = "ArtefactCpuid", description = "CPUID words, as a snapshot takes them.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record CpuidPart(
      @Schema(description = "0x4000000A EAX.") @Nullable Word32 nestedEax,
      @Schema(description = "0x40000004 EAX.") @Nullable Word32 enlightenmentsEax,
      @Schema(description = "0x40000003 EDX.") @Nullable Word32 featuresEdx) {
    private static @Nullable CpuidPart of(Map<String, Integer> words) {
      return words.isEmpty()
          ? null
          : new CpuidPart(word(words, "nestedEax"), word(words, "enlightenmentsEax"),
              word(words, "featuresEdx"));
    }

    private static @Nullable Word32 word(Map<String, Integer> words, String name) {
      Integer word = words.get(name);
      return word == null ? null : new Word32(word);
    }
  }

  /** The parts of a snapshot. */
  @Schema(name = "ArtefactSnapshot", description = "The parts of a snapshot that were found.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SnapshotPart(
      @Schema(description = "The enlightened VMCS page.") @Nullable Page evmcs,
      @Schema(description = "The VP assist page.") @Nullable Page vpAssistPage,
      @Schema(description = "The partition assist page.") @Nullable Page partitionAssistPage,
      @Schema(description = "CPUID words.") @Nullable CpuidPart cpuid,
      @Schema(
          description = "By the names of a snapshot's registers.") @Nullable Map<String, Object> registers,
      @Schema(
          description = "Fields of an ordinary VMCS, by their Linux names.") @Nullable Map<String, Word64> vmcsFields) {
    static @Nullable SnapshotPart of(Report report) {
      SnapshotPart part =
          new SnapshotPart(
              page(report, PageKind.EVMCS),
              page(report, PageKind.VP_ASSIST_PAGE),
              page(report, PageKind.PARTITION_ASSIST_PAGE),
              CpuidPart.of(report.cpuid()),
              registers(report),
              report.vmcs().isEmpty() ? null : words(report.vmcs()));
      return part.equals(new SnapshotPart(null, null, null, null, null, null)) ? null : part;
    }

    private static @Nullable Page page(Report report, PageKind kind) {
      byte[] bytes = report.page(kind);
      return bytes == null ? null : Page.of(bytes);
    }

    private static @Nullable Map<String, Object> registers(Report report) {
      Map<String, Object> registers = new LinkedHashMap<>();
      report.registers().forEach(
          (name, value) -> registers.put(name, name.equals("cpl") ? value : new Word64(value)));
      return registers.isEmpty() ? null : registers;
    }
  }

  /** The words of an exit. */
  @Schema(name = "ArtefactExit", description = "The words of an exit.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ExitPart(
      @Schema(description = "The raw reason, 32 bits.", requiredMode = RequiredMode.REQUIRED) Word32 reason,
      @Schema(description = "The exit qualification.") @Nullable Word64 qualification,
      @Schema(description = "The interruption information.") @Nullable Word32 interruptionInfo,
      @Schema(description = "The IDT-vectoring information.") @Nullable Word32 idtVectoringInfo,
      @Schema(description = "The length of the instruction in bytes.", minimum = "0",
          maximum = "15") @Nullable Integer instructionLength) {
    static @Nullable ExitPart of(@Nullable ExitWords exit) {
      if (exit == null) {
        return null;
      }
      Long qualification = exit.qualification();
      Integer length = exit.instructionLength();
      return new ExitPart(
          new Word32(exit.reason()),
          qualification == null ? null : new Word64(qualification),
          word(exit.interruptionInfo()),
          word(exit.idtVectoringInfo()),
          length != null && length >= 0 && length <= 15 ? length : null);
    }

    private static @Nullable Word32 word(@Nullable Integer word) {
      return word == null ? null : new Word32(word);
    }
  }

  /** The parts of a snapshot that a decision takes. */
  static SnapshotPart forDecision(SnapshotPart part) {
    return new SnapshotPart(
        part.evmcs(), part.vpAssistPage(), part.partitionAssistPage(), part.cpuid(), part.registers(), null);
  }

  /** The VM-entry of an ordinary VMCS. */
  @Schema(name = "ArtefactEntry", description = "The VM-entry that the checks are made for.")
  record EntryPart(
      @Schema(description = "The instruction.", example = "VMLAUNCH",
          requiredMode = RequiredMode.REQUIRED) String instruction) {
    static final EntryPart OF_A_DUMP = new EntryPart("VMLAUNCH");
  }

  /** Where a value was read. */
  @Schema(name = "ArtefactProvenance", description = "Where a value was read.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ProvenancePart(
      @Schema(description = "The JSON Pointer of the value in this answer.",
          example = "/snapshot/cpuid/nestedEax",
          requiredMode = RequiredMode.REQUIRED) String pointer,
      @Schema(description = "The part of the form.") @Nullable String part,
      @Schema(description = "The line, from 1.", minimum = "1",
          requiredMode = RequiredMode.REQUIRED) long line,
      @Schema(description = "What stands there, shortened.",
          requiredMode = RequiredMode.REQUIRED) String text) {}

  /** Something that is missing. */
  @Schema(name = "ArtefactMissing", description = "Something that would decide more.")
  record MissingPart(
      @Schema(description = "What it is.", example = "VMCS",
          requiredMode = RequiredMode.REQUIRED) String what,
      @Schema(description = "What it would decide.", requiredMode = RequiredMode.REQUIRED) String why,
      @Schema(description = "How to get it.", requiredMode = RequiredMode.REQUIRED) String how) {}

  /** Lines that nothing recognised. */
  @Schema(name = "ArtefactUnrecognised", description = "Lines that nothing recognised.")
  record UnrecognisedPart(
      @Schema(description = "How many.", minimum = "0", requiredMode = RequiredMode.REQUIRED) long lines,
      @Schema(description = "The first of them, shortened.",
          requiredMode = RequiredMode.REQUIRED) List<String> first) {}

  /** The capabilities by their names in a request, or null. */
  static @Nullable Map<String, Word64> capabilities(Report report) {
    Map<String, Word64> words = new LinkedHashMap<>();
    report.capabilities().forEach((capability, word) -> words.put(capability.label(), new Word64(word)));
    return words.isEmpty() ? null : words;
  }

  static Map<String, Word64> words(Map<VmcsField, Long> fields) {
    Map<String, Word64> words = new LinkedHashMap<>();
    fields.forEach((field, value) -> words.put(field.linuxName(), new Word64(value)));
    return words;
  }

  /** The answer; {@code decision} and {@code vmEntry} as JSON has them, or null. */
  static ArtefactsAnswer of(Report report, @Nullable Object decision, @Nullable Object vmEntry) {
    return new ArtefactsAnswer(
        report.artefacts().stream().map(ArtefactPart::of).toList(),
        report.more() == 0 ? null : report.more(),
        SnapshotPart.of(report),
        ExitPart.of(report.exit()),
        report.vmcs().isEmpty() ? null : EntryPart.OF_A_DUMP,
        capabilities(report),
        vmEntry,
        decision,
        report.provenance().stream()
            .map(from -> new ProvenancePart(from.pointer(), from.part().isEmpty() ? null : from.part(),
                from.line(),
                from.text()))
            .toList(),
        report.missing().stream().map(it -> new MissingPart(it.what(), it.why(), it.how())).toList(),
        new UnrecognisedPart(report.unrecognisedLines(), report.firstUnrecognised()));
  }
}
