package io.vmxdecision.app.rule;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.engine.profile.BehaviourProfile;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.profile.Source;
import io.vmxdecision.engine.profile.TlfsProfile;
import io.vmxdecision.engine.tlfs.TlfsRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The profiles as they stand in JSON. */
@Schema(name = "ProfileCatalogue", description = "The behaviour profiles, and in what they differ.")
record ProfileCatalogue(
    @ArraySchema(
        arraySchema = @Schema(description = "The profiles: the kernels, the oldest first, then the text.",
            requiredMode = RequiredMode.REQUIRED)) List<ProfilePart> profiles) {

  /** One profile. */
  @Schema(name = "ProfileDescription",
      description = "A behaviour profile: which L0 is modelled, or the text.")
  record ProfilePart(
      @Schema(description = "The id, as requests name it.", example = "kvm-6.12",
          requiredMode = RequiredMode.REQUIRED) String id,
      @Schema(description = "Whether it is the profile of a request that names none.",
          requiredMode = RequiredMode.REQUIRED) @JsonProperty("default") boolean isDefault,
      @Schema(description = "Which L0 or text it models.", requiredMode = RequiredMode.REQUIRED) String title,
      @Schema(description = "The releases or texts that it stands for.",
          requiredMode = RequiredMode.REQUIRED) List<String> models,
      @Schema(
          description = "The table of differences. Of a kernel: of each rule P whether it holds here (\"as"
              + " kvm-6.12\" if not), and what the L0 does by it. Of tlfs: its rules T.",
          requiredMode = RequiredMode.REQUIRED) Map<String, String> rules,
      @Schema(description = "What it was read from.",
          requiredMode = RequiredMode.REQUIRED) List<SourcePart> sources,
      @Schema(description = "What it takes for granted.",
          requiredMode = RequiredMode.REQUIRED) List<String> assumptions) {

    private static ProfilePart of(BehaviourProfile profile) {
      Map<String, String> rules = new LinkedHashMap<>();
      switch (profile) {
        case Profile kernel -> Stream.of(Departure.values())
            .forEach(rule -> rules.put(rule.id(), kernel.has(rule) ? rule.title() : "as kvm-6.12"));
        case TlfsProfile text -> Stream.of(TlfsRule.values())
            .forEach(rule -> rules.put(rule.name(), rule.text()));
      }
      return new ProfilePart(
          profile.id(),
          profile.id().equals(Profile.DEFAULT.id()),
          profile.title(),
          profile.models(),
          rules,
          profile.sources().stream().map(SourcePart::of).toList(),
          profile.assumptions());
    }
  }

  /** A source. */
  @Schema(name = "ProfileSource", description = "What a profile was read from.")
  record SourcePart(
      @Schema(description = "The text or package.", example = "linux-source-6.12",
          requiredMode = RequiredMode.REQUIRED) String title,
      @Schema(description = "Its version.", requiredMode = RequiredMode.REQUIRED) String version,
      @Schema(description = "Its licence.", requiredMode = RequiredMode.REQUIRED) String licence) {
    private static SourcePart of(Source source) {
      return new SourcePart(source.title(), source.version(), source.licence());
    }
  }

  static ProfileCatalogue all() {
    return new ProfileCatalogue(BehaviourProfile.all().stream().map(ProfilePart::of).toList());
  }
}
