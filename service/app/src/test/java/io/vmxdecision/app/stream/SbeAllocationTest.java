package io.vmxdecision.app.stream;

import io.vmxdecision.app.server.exchange.Spool;
import io.vmxdecision.app.server.exchange.StreamInput;
import io.vmxdecision.app.server.exchange.StreamProtocol;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.vmxdecision.app.contract.ServiceLimits;
import io.vmxdecision.app.decision.DecisionMetrics;
import io.vmxdecision.app.decision.DecisionRecorder;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.decisionlog.Via;
import io.vmxdecision.app.problem.ProblemMetrics;
import io.vmxdecision.app.support.FreeMeter;
import io.vmxdecision.app.support.RecordedLines;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SbeMessages;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

@RunningService
class SbeAllocationTest {
  private static final JsonNode CASE =
      RecordedLines.of("/captures/real-run.ndjson").get(1).path("request");
  private static final int EXITS = 20_000;

  private final SbeProtocol protocol;
  private final StreamInput input = new StreamInput(new FreeMeter());
  private final ReentrantLock lock = new ReentrantLock();
  private final Spool requests = new Spool(lock, 1 << 20, 0, new FreeMeter());
  private final Spool answers = new Spool(lock, 64 << 20, 0, new FreeMeter());

  @Autowired
  SbeAllocationTest(
      DecisionMetrics metrics,
      ProblemMetrics problems,
      DecisionRecorder recorder,
      StreamLimits limits,
      ServiceLimits serviceLimits) {
    protocol =
        new SbeProtocol(
            metrics, problems, recorder, new Source(Via.SBE, null), limits, serviceLimits, new FreeMeter());
  }

  /** Neither the decisions nor, as long as there is none, a log of them. */
  @Test
  void anExitOfABinaryStreamCostsNoGarbage() throws IOException {
    byte[] exit = SbeMessages.exit(CASE, 1, 42);
    byte[] exits = new byte[exit.length * 1000];
    for (int i = 0; i < 1000; i++) {
      System.arraycopy(exit, 0, exits, i * exit.length, exit.length);
    }
    answer(SbeMessages.snapshot(CASE, 1));
    long[] bytes = new long[9];
    for (int round = 0; round < bytes.length; round++) {
      for (int i = 0; i < EXITS / 1000; i++) {
        bytes[round] += answer(exits);
      }
    }
    Arrays.sort(bytes);
    assertThat((double) bytes[0] / EXITS).as("bytes per exit").isLessThan(1);
  }

  /** How much answering allocates; reading and writing aside. */
  private long answer(byte[] messages) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ByteArrayInputStream in = new ByteArrayInputStream(messages);
    long allocated = 0;
    while (requests.fill(in)) {
      lock.lock();
      try {
        for (Spool.Chunk chunk = requests.poll(); chunk != null; chunk = requests.poll()) {
          input.append(chunk);
          requests.recycle(chunk);
        }
      } finally {
        lock.unlock();
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      while (protocol.answerNext(input, answers) == StreamProtocol.Progress.ANSWERED) {
        // until there is no more
      }
      allocated += threads.getCurrentThreadAllocatedBytes() - before;
      for (Spool.Chunk chunk = answers.poll(); chunk != null; chunk = answers.poll()) {
        answers.recycle(chunk);
      }
    }
    return allocated;
  }
}
