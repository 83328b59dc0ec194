package io.vmxdecision.app.decision;

import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.engine.bytes.PageView;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.servlet.ServletRequestContext;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;

/**
 * From the bytes of a form with pages to the parts of it. Reads them one after the other from the body, so that
 * what bounds the body bounds the form, and nothing of it is written to a disk: Tomcat's own reading of parts
 * does neither.
 */
public final class PagesFormParts {
  /** The most parts of a form; more than there are names, so that each unknown one is told. */
  static final int MAX_PARTS = 16;

  private static final int MAX_HEADER_BYTES = 4096;

  private static final String REQUEST = "request";
  private static final String EVMCS = "evmcs";
  private static final String VP_ASSIST = "vpAssistPage";
  private static final String PARTITION_ASSIST = "partitionAssistPage";
  private static final List<String> PAGES = List.of(EVMCS, VP_ASSIST, PARTITION_ASSIST);

  private PagesFormParts() {}

  /** Makes what is asked of a form whose parts are sound. */
  @FunctionalInterface
  public interface Asked<T> {
    /** Reads the request of the form, and lays its pages over it. */
    T in(PagesForm form);
  }

  /**
   * Reads a form.
   *
   * @throws RejectedRequestException when it is no form, or {@code asked} rejects it; with every fault at once
   */
  public static <T> T read(HttpServletRequest body, Asked<T> asked) {
    Reading reading = new Reading();
    reading.readParts(body);
    PagesForm form = reading.form();
    List<Violation> faults = reading.faults;
    try {
      if (form != null) {
        T question = asked.in(form);
        if (faults.isEmpty()) {
          return question;
        }
      }
    } catch (RejectedRequestException e) {
      RejectedRequestException placed = placed(e);
      if (placed.kind() == ProblemKind.UNDECIDABLE && faults.isEmpty()) {
        throw placed;
      }
      if (placed.kind() != ProblemKind.UNDECIDABLE) {
        faults.addAll(placed.violations());
      }
    }
    throw RejectedRequestException.of(ProblemKind.INVALID_REQUEST, faults);
  }

  /** The rejection of the request in a form, as one of the form. */
  public static RejectedRequestException placed(RejectedRequestException e) {
    return e.under("/" + REQUEST);
  }

  /** What Tomcat does with the headers of a part, where its decoders throw whatever they stumble on. */
  @FunctionalInterface
  private interface Decoding<T> {
    T run() throws IOException;
  }

  private static <T> T decoded(Decoding<T> decoding) throws IOException {
    try {
      return decoding.run();
    } catch (RejectedRequestException e) {
      throw e; // of what counts the body
    } catch (RuntimeException e) {
      throw new IOException("a header cannot be decoded", e);
    }
  }

  /** The reading of one form. */
  private static final class Reading {
    private final List<Violation> faults = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, Page> pages = new HashMap<>();
    private @Nullable JsonPart request;
    private String place = "";

    /** What was read; null if there is no request. */
    @Nullable
    PagesForm form() {
      if (request == null) {
        return null;
      }
      return new PagesForm(
          pages.get(EVMCS), pages.get(VP_ASSIST), pages.get(PARTITION_ASSIST), request);
    }

    void readParts(HttpServletRequest body) {
      FileUpload upload = new FileUpload();
      upload.setPartHeaderSizeMax(MAX_HEADER_BYTES);
      try {
        FileItemIterator parts =
            decoded(() -> upload.getItemIterator(new ServletRequestContext(body)));
        for (int count = 0; decoded(parts::hasNext); count++) {
          if (count == MAX_PARTS) {
            throw rejection("", "has to have at most " + MAX_PARTS + " parts");
          }
          readPart(parts.next());
        }
      } catch (IOException e) {
        throw rejection(place, "the form breaks off or is malformed here: " + e.getMessage());
      }
      if (!names.contains(REQUEST)) {
        faults.add(new Violation("/" + REQUEST, "is required"));
      }
    }

    private void readPart(FileItemStream part) throws IOException {
      String name = part.getFieldName();
      place = Violation.pointer(name);
      if (!names.add(name)) {
        fault("a part of this name was there already");
      } else if (name.equals(REQUEST)) {
        try (InputStream content = part.openStream()) {
          request = json(content.readAllBytes(), part.getContentType());
        }
      } else if (PAGES.contains(name)) {
        try (InputStream content = part.openStream()) {
          readPage(name, content);
        }
      } else {
        fault("unknown part");
      }
    }

    private void readPage(String name, InputStream content) throws IOException {
      byte[] bytes = content.readNBytes(PageView.PAGE_BYTES);
      long length = bytes.length + content.transferTo(OutputStream.nullOutputStream());
      if (length == PageView.PAGE_BYTES) {
        pages.put(name, Page.of(bytes));
      } else {
        fault("a page has 4096 bytes, this one " + length);
      }
    }

    /** JSON is in UTF-8, but a client that takes it for plain text may say that it is in another. */
    private @Nullable JsonPart json(byte[] bytes, @Nullable String contentType) {
      try {
        Charset charset =
            contentType == null ? null : MediaType.parseMediaType(contentType).getCharset();
        if (charset == null || charset.equals(StandardCharsets.UTF_8)) {
          return JsonPart.whole(bytes);
        }
        String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        return JsonPart.whole(text.getBytes(StandardCharsets.UTF_8));
      } catch (RejectedRequestException e) {
        faults.addAll(placed(e).violations());
        return null;
      } catch (IllegalArgumentException | IOException e) {
        fault("the part is not of the Content-Type that it has: " + contentType);
        return null;
      }
    }

    private void fault(String detail) {
      faults.add(new Violation(place, detail));
    }

    private RejectedRequestException rejection(String pointer, String detail) {
      faults.add(new Violation(pointer, detail));
      return RejectedRequestException.of(ProblemKind.INVALID_REQUEST, faults);
    }
  }
}
