package io.vmxdecision.app.stream;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.StreamClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
class BusyStreamsTest {
  private static final String LINE = SampleRequest.flush() + "\n";

  private final int port;

  BusyStreamsTest(@LocalServerPort int port) {
    this.port = port;
  }

  /** Twice as many as there are CPUs, which always have something to do, go on until somebody else was answered. */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void streamsThatNeverPauseLeaveRoomForOtherRequests() throws IOException, InterruptedException {
    AtomicBoolean answered = new AtomicBoolean();
    List<StreamClient> streams = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
        StreamClient stream = new StreamClient(port, "/v1/decisions/stream", "application/x-ndjson");
        streams.add(stream);
        threads.add(Thread.ofPlatform().daemon().start(() -> sendUntil(answered, stream)));
        threads.add(Thread.ofPlatform().daemon().start(() -> readAll(stream)));
      }
      for (int i = 0; i < 20; i++) {
        new ServiceClient(port).decide(LINE).ok();
      }
    } finally {
      answered.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
      for (StreamClient stream : streams) {
        stream.close();
      }
    }
  }

  private static void sendUntil(AtomicBoolean answered, StreamClient stream) {
    byte[] lines = LINE.repeat(100).getBytes(StandardCharsets.US_ASCII);
    try {
      while (!answered.get()) {
        stream.send(lines);
      }
      stream.end();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void readAll(StreamClient stream) {
    try {
      byte[] some = new byte[64 * 1024];
      while (stream.readSome(some, 0, some.length) >= 0) {
        // On to the next.
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
