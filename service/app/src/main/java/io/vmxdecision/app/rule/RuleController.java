package io.vmxdecision.app.rule;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.vmxdecision.engine.profile.Profile;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "rules")
class RuleController {

  @Operation(operationId = "listRules", summary = "List the rules",
      description = "The rules by id, in the order in which they are looked at, what the profile takes for"
          + " granted, and the checks of VM-entries.")
  @ApiResponse(responseCode = "200", description = "The catalogue.", useReturnTypeSchema = true)
  @GetMapping(path = "/v1/rules", produces = MediaType.APPLICATION_JSON_VALUE)
  RuleCatalogue list() {
    return RuleCatalogue.of(Profile.DEFAULT);
  }
}
