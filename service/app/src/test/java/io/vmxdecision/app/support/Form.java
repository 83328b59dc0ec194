package io.vmxdecision.app.support;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;

/** A multipart/form-data body in the making, as clients send one. */
public final class Form {
  /** What stands between the parts. */
  public static final String BOUNDARY = "------------------------d74496d66958873e";

  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /** A file, as {@code curl -F name=@file} sends it. */
  public Form file(String name, byte[] content) {
    return part("form-data; name=\"" + name + "\"; filename=\"" + name + ".bin\"",
        "application/octet-stream", content);
  }

  /** A text without a type, as {@code curl -F 'name=<file'} sends it. */
  public Form text(String name, String content) {
    return part("form-data; name=\"" + name + "\"", "", content.getBytes(StandardCharsets.UTF_8));
  }

  /** A part with headers of its own; a type that is empty is left out. */
  public Form part(String disposition, String contentType, byte[] content) {
    raw("--" + BOUNDARY + "\r\nContent-Disposition: " + disposition + "\r\n");
    if (!contentType.isEmpty()) {
      raw("Content-Type: " + contentType + "\r\n");
    }
    raw("\r\n");
    body.writeBytes(content);
    return raw("\r\n");
  }

  /** Whatever, a character a byte. */
  public Form raw(String text) {
    body.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  /** The body up to here, without an end. */
  public byte[] open() {
    return body.toByteArray();
  }

  /** The body with its end. */
  public byte[] closed() {
    raw("--" + BOUNDARY + "--\r\n");
    return open();
  }

  /** Sends the closed form. */
  public Answer sendTo(ServiceClient service, String path) {
    return send(service, path, closed());
  }

  /** Sends bytes as a form. */
  public static Answer send(ServiceClient service, String path, byte[] body) {
    HttpRequest.Builder request =
        service.request(path)
            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
            .POST(BodyPublishers.ofByteArray(body));
    return service.send(request);
  }
}
