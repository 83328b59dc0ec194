package io.vmxdecision.app.capability;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.app.capability.CapabilitiesAnswer.CapabilityPart;
import io.vmxdecision.app.capability.CapabilitiesAnswer.Source;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.VmEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "VM-entries")
class CapabilityController {
  @Operation(operationId = "listCapabilities", summary = "Name the bits of capability words",
      description = "The VMX capability MSRs and facts of the CPU by which VM-entries are judged. Without"
          + " parameters: all, with the defaults of kvm-6.12. With parameters, such as what rdmsr printed: those"
          + " words alone.")
  @ApiResponse(responseCode = "200", description = "The words.", useReturnTypeSchema = true)
  @GetMapping(path = "/v1/capabilities", produces = MediaType.APPLICATION_JSON_VALUE)
  CapabilitiesAnswer list(
      @Parameter(hidden = true) @RequestParam MultiValueMap<String, String> parameters) {
    List<CapabilityPart> parts = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    long unknown = parameters.keySet().stream().filter(name -> Capability.of(name) == null).count();
    if (unknown != 0) {
      faults.add(
          "The parameters are: "
              + Arrays.stream(Capability.values()).map(Capability::label).collect(Collectors.joining(", "))
              + ".");
    }
    for (Capability capability : Capability.values()) {
      List<String> given = parameters.get(capability.label());
      if (given == null) {
        if (parameters.isEmpty()) {
          parts.add(CapabilityWords.describe(capability, capability.byDefault(), Source.DEFAULT));
        }
        continue;
      }
      Long value = given.size() == 1 ? parse(capability, given.getFirst()) : null;
      if (value == null) {
        faults.add("The parameter " + capability.label() + " takes one " + form(capability) + ".");
      } else {
        parts.add(CapabilityWords.describe(capability, value, Source.GIVEN));
      }
    }
    if (!faults.isEmpty()) {
      throw new RejectedRequestException(ProblemKind.INVALID_REQUEST, String.join(" ", faults));
    }
    return new CapabilitiesAnswer(parts);
  }

  private static String form(Capability capability) {
    return switch (capability) {
      case MAX_PHY_ADDR -> "number of " + VmEntry.MIN_PHY_ADDR + " to " + VmEntry.MAX_PHY_ADDR;
      case LAM -> "of true and false";
      default -> "word of up to 64 bits, such as 0x485";
    };
  }

  private static @Nullable Long parse(Capability capability, String text) {
    try {
      return switch (capability) {
        case MAX_PHY_ADDR -> {
          int width = Integer.parseInt(text);
          yield width < VmEntry.MIN_PHY_ADDR || width > VmEntry.MAX_PHY_ADDR ? null : Long.valueOf(width);
        }
        case LAM -> text.equals("true") ? Long.valueOf(1) : text.equals("false") ? Long.valueOf(0) : null;
        default -> Word64.parse(text).value();
      };
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
