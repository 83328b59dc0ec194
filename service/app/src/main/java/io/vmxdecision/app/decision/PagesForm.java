package io.vmxdecision.app.decision;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.contract.RequestFaults;
import io.vmxdecision.app.decision.DecisionRequest.SnapshotPart;
import io.vmxdecision.app.wire.Page;
import org.jspecify.annotations.Nullable;

/**
 * Raw pages as the parts of a form, beside the request that they belong to.
 *
 * @param request to clients a text: what they make of an object in a form differs, and need not be JSON
 */
@Schema(name = "PagesForm",
    description = "Raw pages of exactly 4096 bytes, and the request that they belong to.",
    additionalProperties = AdditionalPropertiesValue.FALSE)
public record PagesForm(
    @Schema(description = "The enlightened VMCS page, in place of snapshot.evmcs.",
        implementation = String.class, format = "binary") @Nullable Page evmcs,
    @Schema(description = "The VP assist page, in place of snapshot.vpAssistPage.",
        implementation = String.class, format = "binary") @Nullable Page vpAssistPage,
    @Schema(description = "The partition assist page, in place of snapshot.partitionAssistPage.",
        implementation = String.class, format = "binary") @Nullable Page partitionAssistPage,
    @Schema(description = "A DecisionRequest in JSON, without the pages that are parts of the form. Fields"
        + " in it, such as evmcsFields, are laid over those pages.",
        implementation = String.class, contentMediaType = "application/json",
        contentSchema = DecisionRequest.class,
        requiredMode = RequiredMode.REQUIRED) JsonPart request) {

  /** Notes the pages that the request in {@link #request} has too. */
  public void noteGivenTwice(
      @Nullable Page itsEvmcs,
      @Nullable Page itsVpAssistPage,
      @Nullable Page itsPartitionAssistPage,
      RequestFaults faults) {
    noteTwice(evmcs, itsEvmcs, "/snapshot/evmcs", faults);
    noteTwice(vpAssistPage, itsVpAssistPage, "/snapshot/vpAssistPage", faults);
    noteTwice(partitionAssistPage, itsPartitionAssistPage, "/snapshot/partitionAssistPage", faults);
  }

  /** The place in the form, as an object of its parts, of a place in the request with the pages laid over it. */
  public String placeOf(String pointer) {
    boolean part = switch (pointer) {
      case "/snapshot/evmcs" -> evmcs != null;
      case "/snapshot/vpAssistPage" -> vpAssistPage != null;
      case "/snapshot/partitionAssistPage" -> partitionAssistPage != null;
      default -> false;
    };
    return part ? pointer.substring("/snapshot".length()) : "/request" + pointer;
  }

  private static void noteTwice(
      @Nullable Page part, @Nullable Page property, String pointer, RequestFaults faults) {
    faults.contradictIf(
        part != null && property != null, pointer, "the page is a part of the form already");
  }

  /** What {@link #request} holds, with the pages of the form in their places. */
  DecisionRequest layOver(DecisionRequest read) {
    SnapshotPart from = read.snapshot();
    SnapshotPart snapshot =
        new SnapshotPart(
            from.vcpu(),
            from.host(),
            from.cpuid(),
            from.vcpus(),
            evmcs == null ? from.evmcs() : evmcs,
            from.evmcsFields(),
            vpAssistPage == null ? from.vpAssistPage() : vpAssistPage,
            from.vpAssist(),
            partitionAssistPage == null ? from.partitionAssistPage() : partitionAssistPage,
            from.partitionAssist(),
            from.registers(),
            from.memory(),
            from.translations());
    return new DecisionRequest(read.id(), read.profile(), snapshot, read.exit());
  }
}
