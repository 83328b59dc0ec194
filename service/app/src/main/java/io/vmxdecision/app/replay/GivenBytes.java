package io.vmxdecision.app.replay;

import io.vmxdecision.app.decisionlog.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Pages and memory by their digests: the files of a folder that have these for names. */
final class GivenBytes {
  private static final List<String> PAGES = List.of("evmcs", "vpAssistPage", "partitionAssistPage");
  private static final Pattern DIGEST = Pattern.compile(Sha256.PREFIX + "[0-9a-f]{64}");

  private final @Nullable Path folder;

  /** Those of {@code folder}; without one there are none. */
  GivenBytes(@Nullable Path folder) {
    this.folder = folder;
  }

  /** Whether {@code request} has digests in place of bytes. */
  static boolean isRedacted(ObjectNode request) {
    return !places(request).isEmpty();
  }

  /**
   * Puts the bytes in place of their digests.
   *
   * @return the digests whose bytes are not there, which stay as they are
   */
  List<String> complete(ObjectNode request) throws IOException {
    List<String> missing = new ArrayList<>();
    for (Place place : places(request)) {
      byte[] bytes = find(place.digest());
      if (bytes == null) {
        missing.add(place.digest());
      } else {
        place.parent().put(place.property(), bytes);
      }
    }
    return missing;
  }

  private byte @Nullable [] find(String digest) throws IOException {
    if (folder == null) {
      return null;
    }
    Path file = folder.resolve(digest.substring(Sha256.PREFIX.length()));
    if (!Files.isRegularFile(file)) {
      return null;
    }
    byte[] bytes = Files.readAllBytes(file);
    return Sha256.of(bytes).equals(digest) ? bytes : null;
  }

  private static List<Place> places(ObjectNode request) {
    List<Place> places = new ArrayList<>();
    JsonNode snapshot = request.path("snapshot");
    for (String page : PAGES) {
      note(snapshot, page, places);
    }
    for (JsonNode region : snapshot.path("memory")) {
      note(region, "bytes", places);
    }
    return places;
  }

  private static void note(JsonNode parent, String property, List<Place> places) {
    JsonNode value = parent.path(property);
    if (parent instanceof ObjectNode object
        && value.isString()
        && DIGEST.matcher(value.stringValue()).matches()) {
      places.add(new Place(object, property, value.stringValue()));
    }
  }

  private record Place(ObjectNode parent, String property, String digest) {}
}
