package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.PageView;

/** What the canonical forms of requests have in common. */
final class CanonicalParts {
  private final CanonicalJson out;
  private final GuestBytes bytes;

  CanonicalParts(CanonicalJson out, GuestBytes bytes) {
    this.out = out;
    this.bytes = bytes;
  }

  /** The page, if there is one. */
  void page(String name, PageView page) {
    if (page.isGiven()) {
      out.name(name);
      bytes.write(page, out);
    }
  }

  void memory(GuestMemory memory) {
    out.name("memory").startArray();
    for (int i = 0; i < memory.size(); i++) {
      out.startObject();
      out.name("bytes");
      bytes.write(memory, i, out);
      word("gpa", memory.gpa(i));
      out.endObject();
    }
    out.endArray();
  }

  void word(String name, int value) {
    word(name, Integer.toUnsignedLong(value));
  }

  void word(String name, long value) {
    out.name(name).word(value);
  }
}
