package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.PageView;
import java.security.MessageDigest;

/** How pages and memory, which are a guest's, are written. */
sealed interface GuestBytes {
  void write(PageView page, CanonicalJson out);

  void write(GuestMemory memory, int region, CanonicalJson out);

  /** As they are, in base64. */
  record Whole() implements GuestBytes {
    @Override
    public void write(PageView page, CanonicalJson out) {
      out.base64(page.copy());
    }

    @Override
    public void write(GuestMemory memory, int region, CanonicalJson out) {
      byte[] bytes = new byte[memory.length(region)];
      memory.copy(region, 0, bytes);
      out.base64(bytes);
    }
  }

  /** In their place, their digest. For one thread. */
  final class Digested implements GuestBytes {
    private final MessageDigest digest = Sha256.start();
    private final byte[] piece = new byte[PageView.PAGE_BYTES];

    @Override
    public void write(PageView page, CanonicalJson out) {
      page.copyTo(piece);
      digest.update(piece);
      out.digest(digest.digest());
    }

    @Override
    public void write(GuestMemory memory, int region, CanonicalJson out) {
      int count;
      for (int from = 0; from < memory.length(region); from += count) {
        count = memory.copy(region, from, piece);
        digest.update(piece, 0, count);
      }
      out.digest(digest.digest());
    }
  }
}
