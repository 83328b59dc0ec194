package io.vmxdecision.artefacts.page;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import java.util.Base64;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a page, or a nested-state blob, that {@code base64} encoded, as this service's requests have pages: in one line
 * or in lines of one length, the last of which may be shorter. Other lengths than theirs are not taken.
 */
public final class Base64Reader implements TextReader {
  private static final int FEWEST = 40;

  /** Of 8,320 bytes. */
  private static final int MOST_CHARACTERS = 11_096;

  private static final Pattern ENCODED =
      Pattern.compile("[\\[\"',\\s]{0,8}([A-Za-z0-9+/]{4,}={0,2})[}\\]\"',\\s]{0,8}");

  private final Consumer<Artefact> found;
  private final StringBuilder encoded = new StringBuilder();
  private int width;
  private Place place = Place.ofLines("", 0, 0);

  /** A reader that hands on what it finds. */
  public Base64Reader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = line.text();
    int colon = text.lastIndexOf(':'); // of a JSON object
    Matcher match = ENCODED.matcher(colon < 0 ? text : text.substring(colon + 1));
    String characters = match.matches() ? match.group(1) : "";
    boolean first = encoded.isEmpty();
    if (characters.length() < (first ? FEWEST : 1) || (!first && characters.length() > width)
        || encoded.length() + characters.length() > MOST_CHARACTERS) {
      end();
      if (characters.length() < FEWEST || characters.length() > MOST_CHARACTERS) {
        return false;
      }
    }
    if (encoded.isEmpty()) {
      width = characters.length();
      place = Place.ofLines(line.part(), line.number(), line.number());
    }
    encoded.append(characters);
    place = Place.ofLines(line.part(), place.line(), line.number());
    boolean whole = characters.length() < width || characters.endsWith("=") || bytes(encoded.length()) > 0;
    boolean mine = whole && decode();
    if (whole && (mine || characters.length() < width)) {
      end();
    }
    return mine || begins();
  }

  /** Whether the first bytes are those of a page or a blob, so that the lines until its end are taken, too. */
  private boolean begins() {
    if (encoded.length() < FEWEST) {
      return false;
    }
    byte[] first = Base64.getDecoder().decode(encoded.substring(0, 16));
    int revision = LittleEndian.u32(first, 0);
    return revision == EnlightenedVmcs.REVISION_EVMCS_1 || revision == EnlightenedVmcs.REVISION_VMCS12
        || NestedState.begins(first);
  }

  /** How many bytes so many characters are, if a page or a blob has so many; or 0. */
  private static int bytes(int characters) {
    return switch (characters) {
      case 172 -> 128;
      case 5464 -> PageView.PAGE_BYTES;
      case 5632 -> 4224;
      case 11_096 -> 8320;
      default -> 0;
    };
  }

  private boolean decode() {
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(encoded.toString());
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (NestedState.is(decoded)) {
      Artefact blob = NestedState.read(place.part(), decoded);
      blob.place(place);
      found.accept(blob);
      return true;
    }
    if (decoded.length != PageView.PAGE_BYTES) {
      return false;
    }
    Artefact artefact = new Artefact(Kind.PAGE, place);
    PageDescription.add(artefact, PageRecogniser.alone(decoded));
    artefact.summary("Base64 of a page. " + artefact.summary());
    found.accept(artefact);
    return true;
  }

  @Override
  public void end() {
    encoded.setLength(0);
    width = 0;
  }
}
