package io.vmxdecision.app.rule;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "rules")
class ProfileController {

  @Operation(operationId = "listProfiles", summary = "List the profiles",
      description = "Which L0s are modelled, from what sources and under what assumptions, and the table of"
          + " their differences.")
  @ApiResponse(responseCode = "200", description = "The profiles.", useReturnTypeSchema = true)
  @GetMapping(path = "/v1/profiles", produces = MediaType.APPLICATION_JSON_VALUE)
  ProfileCatalogue list() {
    return ProfileCatalogue.all();
  }
}
