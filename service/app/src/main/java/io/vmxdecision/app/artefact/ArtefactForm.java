package io.vmxdecision.app.artefact;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** The form of artefacts, for the contract: it is read as it comes. */
@Schema(name = "ArtefactForm", description = "Several files at once.")
record ArtefactForm(
    @ArraySchema(
        arraySchema = @Schema(description = "The files, up to 64. The parts may have any names: where a"
            + " part has no file name, its own name stands in the answer.",
            requiredMode = Schema.RequiredMode.REQUIRED),
        schema = @Schema(type = "string", format = "binary")) List<String> files) {}
