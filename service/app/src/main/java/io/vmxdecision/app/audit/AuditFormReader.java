package io.vmxdecision.app.audit;

import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.server.overload.BodyMeter;
import io.vmxdecision.artefacts.audit.TimedSnapshot;
import io.vmxdecision.engine.bytes.PageView;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.servlet.ServletRequestContext;
import org.jspecify.annotations.Nullable;

/** Reads the parts of a form as they come: the snapshots into memory, the trace as a stream. */
final class AuditFormReader {
  private static final String TRACE = "trace";
  private static final int MAX_HEADER_BYTES = 4096;

  private final SnapshotParts snapshots = new SnapshotParts();
  private final List<Violation> faults = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final BodyMeter meter;
  private @Nullable FileItemIterator parts;

  AuditFormReader(BodyMeter meter) {
    this.meter = meter;
  }

  /** The snapshots. */
  List<TimedSnapshot> snapshots() {
    return snapshots.snapshots();
  }

  /**
   * Reads up to the trace.
   *
   * @return the trace
   * @throws RejectedRequestException with every fault, when the form is malformed
   */
  InputStream trace(HttpServletRequest request) {
    FileUpload upload = new FileUpload();
    upload.setPartHeaderSizeMax(MAX_HEADER_BYTES);
    try {
      parts = upload.getItemIterator(new ServletRequestContext(request));
      while (parts.hasNext()) {
        FileItemStream part = parts.next();
        if (TRACE.equals(part.getFieldName())) {
          if (!faults.isEmpty()) {
            throw rejection();
          }
          return part.openStream();
        }
        read(part);
      }
    } catch (RejectedRequestException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // Tomcat's decoders throw whatever they stumble on
      faults.add(new Violation("", "the form breaks off or is malformed"));
      throw rejection();
    }
    faults.add(new Violation("/" + TRACE, "is required, as the last part"));
    throw rejection();
  }

  /** What follows the trace, in words, or null; for when the trace was read. */
  @Nullable
  String afterTrace() {
    try {
      return parts != null && parts.hasNext()
          ? "the part " + parts.next().getFieldName()
              + " follows the trace and was not read: snapshots come first"
          : null;
    } catch (IOException | RuntimeException e) {
      return "the form breaks off after the trace";
    }
  }

  private void read(FileItemStream part) throws IOException {
    String name = String.valueOf(part.getFieldName());
    meter.read(PageView.PAGE_BYTES);
    byte[] content;
    try (InputStream in = part.openStream()) {
      content = in.readNBytes(PageView.PAGE_BYTES + 1);
    }
    String fault = names.add(name) ? snapshots.add(name, content) : "a part of this name was there already";
    if (fault != null && faults.size() < SnapshotParts.MOST) {
      faults.add(new Violation(Violation.pointer(name), fault));
    }
    if (names.size() > SnapshotParts.MOST) {
      throw rejection();
    }
  }

  private RejectedRequestException rejection() {
    return RejectedRequestException.of(ProblemKind.INVALID_REQUEST, faults);
  }
}
