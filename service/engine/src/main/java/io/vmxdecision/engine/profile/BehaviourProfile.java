package io.vmxdecision.engine.profile;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whose behaviour a question asks for: that of a kernel, which is a {@link Profile}, or what the text demands of
 * any L0, which is {@link TlfsProfile}. Immutable; safe for use by any thread.
 */
public sealed interface BehaviourProfile permits Profile, TlfsProfile {
  /** The id in the API. */
  String id();

  /** What is modelled. */
  String title();

  /** The releases or texts for which it stands. */
  List<String> models();

  /** What it was read from. */
  List<Source> sources();

  /** What it takes for granted, a sentence each. */
  List<String> assumptions();

  /** All of them: the kernels, the oldest first, then the text. */
  static List<BehaviourProfile> all() {
    return Stream.concat(Profile.all().stream(), Stream.of(TlfsProfile.TLFS)).toList();
  }

  /** The ids of all of them. */
  static List<String> ids() {
    return all().stream().map(BehaviourProfile::id).toList();
  }

  /** The one of that id, or null. */
  static @Nullable BehaviourProfile of(String id) {
    return id.equals(TlfsProfile.TLFS.id()) ? TlfsProfile.TLFS : Profile.of(id);
  }
}
