package io.vmxdecision.app.decisionlog;

import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/**
 * The content address of a decision: {@code sha256:} and the SHA-256 of
 *
 * <pre>{"engine":"...","request":{"exit":{...},"profile":"...","snapshot":{...}}}</pre>
 *
 * <p>by RFC 8785, where the request is the {@link CanonicalRequest} without an id and with digests in place
 * of pages and memory: who has a line of the log without pages can compute it again.
 */
public final class DecisionId {
  private DecisionId() {}

  /** The id of the decision that {@code engine}, a version of it, makes. */
  public static String of(String engine, Askable question) {
    MessageDigest digest = Sha256.start();
    try (CanonicalJson out =
        new CanonicalJson(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
      out.startObject();
      out.name("engine").text(engine);
      out.name("request");
      CanonicalRequest.write(question, null, new GuestBytes.Digested(), out);
      out.endObject();
    }
    return Sha256.end(digest);
  }
}
