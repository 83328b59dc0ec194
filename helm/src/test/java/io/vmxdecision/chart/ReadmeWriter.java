package io.vmxdecision.chart;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Not of the suite: rewrites the table of values in the chart's README. */
class ReadmeWriter {

  @Test
  void write() throws IOException {
    ValuesTable.write(ValuesTable.readme());
  }
}
