package io.vmxdecision.app.evmcs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Hex;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.check.ControlWord;
import io.vmxdecision.engine.check.EvmcsCheck;
import io.vmxdecision.engine.check.Finding;
import io.vmxdecision.engine.check.Severity;
import io.vmxdecision.engine.check.SharedPage;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What checks of a page found, as it stands in JSON. */
@Schema(name = "EvmcsCheckResult", description = "What L0 would refuse of an eVMCS, and what looks wrong.")
record EvmcsCheckAnswer(
    @Schema(
        description = "Whether L0 takes the page at VM-entry as far as these checks go: there is no ERROR.",
        requiredMode = RequiredMode.REQUIRED) boolean accepted,
    @Schema(description = "How many findings are an ERROR.", minimum = "0",
        requiredMode = RequiredMode.REQUIRED) int errors,
    @Schema(description = "How many findings are a WARNING.", minimum = "0",
        requiredMode = RequiredMode.REQUIRED) int warnings,
    @ArraySchema(arraySchema = @Schema(description = "The findings, by check, offset and bit.",
        requiredMode = RequiredMode.REQUIRED)) List<FindingPart> findings) {

  /** One finding. */
  @Schema(name = "EvmcsFinding", description = "What a check found, and where.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record FindingPart(
      @Schema(description = "The check.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) EvmcsCheck id,
      @Schema(description = "How bad it is.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) Severity severity,
      @Schema(description = "The check in general: what is wrong.",
          requiredMode = RequiredMode.REQUIRED) String text,
      @Schema(description = "Of what L0 refuses: the id of the check of VM-entries that does not hold.",
          example = "N-C51") @Nullable String vmEntryCheck,
      @Schema(description = "What it saw here.", requiredMode = RequiredMode.REQUIRED) String detail,
      @Schema(description = "What L0 does then.", requiredMode = RequiredMode.REQUIRED) String consequence,
      @Schema(description = "The page that it is found in.", enumAsRef = true,
          requiredMode = RequiredMode.REQUIRED) SharedPage page,
      @Schema(description = "The Linux name of the field in that page.",
          example = "secondary_vm_exec_control",
          requiredMode = RequiredMode.REQUIRED) String field,
      @Schema(description = "Of the field's first byte in that page.", minimum = "0", maximum = "4095",
          requiredMode = RequiredMode.REQUIRED) int offset,
      @Schema(description = "The bit of the field; left out where it is the whole field.", minimum = "0",
          maximum = "31") @Nullable Integer bit,
      @Schema(description = "What the SDM calls the control that the bit is, where it is one.",
          example = "use TSC scaling") @Nullable String control,
      @Schema(description = "The field's value.", requiredMode = RequiredMode.REQUIRED) Word64 value,
      @Schema(
          description = "Its value in previousEvmcs, for a field that may be stale.") @Nullable Word64 before,
      @Schema(description = "For a field that may be stale: its clean-field group.",
          enumAsRef = true) @Nullable CleanFieldGroup cleanGroup,
      @Schema(description = "For a field that may be stale: the bit of hv_clean_fields that is set.",
          minimum = "0", maximum = "15") @Nullable Integer cleanBit,
      @Schema(description = "Kernel functions, sections of the TLFS and the SDM.",
          requiredMode = RequiredMode.REQUIRED) List<String> references) {

    private static FindingPart of(Finding finding) {
      EvmcsCheck check = finding.check();
      EvmcsField field = check.page() == SharedPage.EVMCS ? EvmcsField.of(finding.field()) : null;
      EvmcsField stale = finding.before() == null ? null : field;
      String control = control(field, finding.bit());
      return new FindingPart(
          check,
          check.severity(),
          check.statement(),
          check.entryCheck(),
          detail(finding, control, stale),
          check.consequence(),
          check.page(),
          finding.field(),
          finding.offset(),
          finding.bit() == Finding.NO_BIT ? null : finding.bit(),
          control,
          new Word64(finding.value()),
          finding.before() == null ? null : new Word64(finding.before()),
          stale == null ? null : CleanGroups.groupOf(stale),
          stale == null ? null : CleanGroups.bitOf(stale),
          check.references(Profile.DEFAULT));
    }

    private static @Nullable String control(@Nullable EvmcsField field, int bit) {
      ControlWord word = field == null || bit == Finding.NO_BIT ? null : ControlWord.of(field);
      return word == null ? null : word.title(bit);
    }

    private static String detail(
        Finding finding, @Nullable String control, @Nullable EvmcsField stale) {
      StringBuilder detail =
          new StringBuilder(
              "%s (offset 0x%x%s) is %s".formatted(
                  finding.field(),
                  finding.offset(),
                  finding.check().page() == SharedPage.VP_ASSIST_PAGE ? " of the VP assist page" : "",
                  Hex.format(finding.value())));
      if (finding.bit() != Finding.NO_BIT) {
        boolean set = ((finding.value() >>> finding.bit()) & 1) != 0;
        detail
            .append(": bit ").append(finding.bit())
            .append(control == null ? "" : " (" + control + ")")
            .append(set ? " is set" : " is clear");
      }
      if (stale != null && finding.before() != null) {
        detail
            .append(", and was ").append(Hex.format(finding.before()))
            .append("; clean bit ").append(stale.cleanGroup().bit())
            .append(" (").append(stale.cleanGroup()).append(") is set");
      }
      return detail.append('.').toString();
    }
  }

  static EvmcsCheckAnswer of(List<Finding> findings) {
    int errors =
        (int) findings.stream().filter(finding -> finding.check().severity() == Severity.ERROR).count();
    return new EvmcsCheckAnswer(
        errors == 0,
        errors,
        findings.size() - errors,
        findings.stream().map(FindingPart::of).toList());
  }
}
