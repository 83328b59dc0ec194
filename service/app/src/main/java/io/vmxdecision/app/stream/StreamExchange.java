package io.vmxdecision.app.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Runs a stream: the calling thread reads and decides, a second one writes. */
@Component
class StreamExchange {
  private static final Logger LOG = LoggerFactory.getLogger(StreamExchange.class);

  private final StreamLimits limits;

  StreamExchange(StreamLimits limits) {
    this.limits = limits;
  }

  /**
   * Answers the requests of {@code in} to {@code out} until the body ends, a fault ends the stream, or
   * the client is gone.
   */
  void run(StreamProtocol protocol, InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    try (AnswerSpool answers =
        new AnswerSpool(limits.answersInMemory().toBytes(), limits.answersOnDisk().toBytes())) {
      Writer writer = new Writer(answers, out);
      Thread thread = Thread.ofVirtual().name("stream-writer").start(writer);
      try {
        protocol.answer(new StreamInput(in, answers), answers);
      } catch (AnswerSpool.AbandonedException e) {
        LOG.debug("A stream ended: its answers could not be written", e);
      } catch (IOException e) {
        LOG.debug("A stream ended: its client is gone, or has sent nothing for too long", e);
      } finally {
        answers.finish(); // what was decided is decided
        thread.join();
      }
      if (writer.failure != null) {
        throw writer.failure;
      }
    }
  }

  private static final class Writer implements Runnable {
    private final AnswerSpool answers;
    private final OutputStream out;
    private volatile @Nullable RuntimeException failure;

    Writer(AnswerSpool answers, OutputStream out) {
      this.answers = answers;
      this.out = out;
    }

    @Override
    public void run() {
      try {
        for (AnswerSpool.Chunk chunk = answers.next(); chunk != null; chunk = answers.next()) {
          out.write(chunk.bytes(), chunk.offset(), chunk.length());
          answers.recycle(chunk);
          if (answers.isEmpty()) {
            out.flush();
          }
        }
      } catch (IOException e) {
        LOG.debug("A stream ended: its client is gone, or has read nothing for too long", e);
      } catch (RuntimeException e) {
        failure = e;
      } finally {
        answers.abandon(); // or the deciding thread could wait for ever
      }
    }
  }
}
