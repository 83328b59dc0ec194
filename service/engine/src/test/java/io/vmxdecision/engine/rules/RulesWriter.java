package io.vmxdecision.engine.rules;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Not of the suite: rewrites {@code rules.md}. */
class RulesWriter {

  @Test
  void write() throws IOException {
    RulesDocument.write(RulesDocument.text());
  }
}
