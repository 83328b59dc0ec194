package io.vmxdecision.app.server.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vmxdecision.app.server.shutdown.Connection.Response;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.SlowClients;
import io.vmxdecision.app.support.SlowClients.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code kill -TERM}, as a client and as a supervisor see it. */
class ShutdownTest {
  private static final Pattern PORT_CLOSED = Pattern.compile("The port is closed after (\\d+) conn");
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  /** Longer than the patience: whoever ends within that has ended without it. */
  private static final String NO_TIMEOUT = "--spring.lifecycle.timeout-per-shutdown-phase=10m";
  private static final int SIGTERM_EXIT = 128 + 15;
  private static final int CLIENTS_OF_A_KIND = 4;
  private static final int ANSWERS_BEFORE_THE_END = 100;

  private static final String BODY = SampleRequest.flush().toString();

  private static String head(String connection) {
    return "POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Connection: " + connection + "\r\nContent-Length: " + BODY.length() + "\r\n\r\n";
  }

  /**
   * That the service's count of connections that it accepted equals the clients' count of those on
   * which they got all that they asked for says that nothing accepted was lost. A connection that waits
   * in the operating system when the port is closed was not accepted; to a client it may look as if.
   * Neither is one lost on which nothing was sent for as long as the service waits for that, which is so
   * where this machine has no time for the client.
   */
  @Test
  void underLoadNoAcceptedRequestIsLost()
      throws IOException, InterruptedException, ExecutionException {
    try (ServiceProcess service = ServiceProcess.start(NO_TIMEOUT);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Load load = new Load(service.port());
      List<Future<Integer>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS_OF_A_KIND; i++) {
        clients.add(threads.submit(() -> load.untilThePortIsClosed("close")));
        clients.add(threads.submit(() -> load.untilThePortIsClosed("keep-alive")));
      }
      load.warm.await();
      service.terminate();
      long served = 0;
      for (Future<Integer> client : clients) {
        served += client.get(); // or the fault that it met
      }
      served++; // the first, for the answer to expect
      long accepted = Long.parseLong(service.awaitLog(PORT_CLOSED));
      assertThat(served).isBetween(accepted - load.late.sum(), accepted);
      assertThat(service.awaitExit(PATIENCE)).isEqualTo(SIGTERM_EXIT);
    }
  }

  /** Deterministic where the load is not: each connection is in a state of its own at the signal. */
  @Test
  void whatIsUnderWayIsFinishedAndTheReadinessSaysSo() throws IOException, InterruptedException {
    try (ServiceProcess service = ServiceProcess.start(NO_TIMEOUT);
        Connection slow = new Connection(service.port());
        Connection silent = new Connection(service.port());
        Connection idle = new Connection(service.port())) {
      idle.send(head("keep-alive") + BODY);
      Response before = answer(idle);
      assertThat(before.isLast()).isFalse();
      slow.send(head("keep-alive") + BODY.substring(0, 10));
      service.terminate();
      service.awaitLog(PORT_CLOSED);
      assertThatThrownBy(() -> new Connection(service.port())).isInstanceOf(ConnectException.class);

      silent.send("GET /actuator/health/readiness HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(answer(silent).head()).startsWith("http/1.1 503 ");
      idle.send(head("keep-alive") + BODY);
      Response last = answer(idle);
      assertThat(last.body()).isEqualTo(before.body());
      assertThat(last.isLast()).isTrue();
      assertThat(idle.read()).isNull();
      slow.send(BODY.substring(10)); // which may have begun before the signal, when no answer was the last
      assertThat(answer(slow).body()).isEqualTo(before.body());
      assertThat(slow.read()).isNull();
      assertThat(service.awaitExit(PATIENCE)).isEqualTo(SIGTERM_EXIT);
    }
  }

  /** However slow they are, and whatever in. */
  @Test
  void slowClientsHoldTheEndUpForItsTwoPhasesAtMost() throws IOException, InterruptedException {
    try (ServiceProcess service =
        ServiceProcess.start(
            "--spring.lifecycle.timeout-per-shutdown-phase=2s", "--vmx-decision.clients.patience=10m",
            "--server.tomcat.connection-timeout=10m", "--server.tomcat.keep-alive-timeout=10m");
        SlowClients slow = new SlowClients()) {
      for (Kind kind : Kind.values()) {
        slow.connect(service.port(), kind, 20);
      }
      while (slow.answered(Kind.READER) < 20) {
        slow.tick();
        Thread.sleep(5);
      }
      service.terminate();
      assertThat(service.awaitExit(PATIENCE)).isEqualTo(SIGTERM_EXIT);
    }
  }

  private static Response answer(Connection connection) throws IOException {
    Response response = connection.read();
    if (response == null) {
      throw new AssertionError("closed without an answer");
    }
    return response;
  }

  /** Clients that ask for the same, one after the other, as fast as they get it. */
  private static final class Load {
    private final int port;
    private final String expected;
    private final CountDownLatch warm =
        new CountDownLatch(2 * CLIENTS_OF_A_KIND * ANSWERS_BEFORE_THE_END);
    /** The connections without an answer on which the request came late, so that they may have been closed. */
    private final LongAdder late = new LongAdder();

    Load(int port) throws IOException {
      this.port = port;
      try (Connection connection = new Connection(port)) {
        connection.send(head("close") + BODY);
        this.expected = answer(connection).body();
      }
    }

    /** The connections on which everything was answered, until there were no more. */
    int untilThePortIsClosed(String keepAlive) throws IOException {
      int served = 0;
      while (served(keepAlive)) {
        served++;
      }
      return served;
    }

    /** Whether a connection was accepted; what is asked for on one has to be answered to its end. */
    private boolean served(String keepAlive) throws IOException {
      long begin = System.nanoTime();
      try (Connection connection = connect()) {
        if (connection == null) {
          return false;
        }
        boolean sent = sent(connection, keepAlive);
        boolean inTime =
            System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(Shutdown.QUIET_MILLIS / 2);
        Response response = sent ? connection.read() : null;
        if (response == null) {
          if (!inTime) {
            late.increment();
          }
          return false; // never accepted, as the count of the service has to confirm
        }
        while (true) {
          assertThat(response.head()).startsWith("http/1.1 200 ");
          assertThat(response.body()).isEqualTo(expected);
          warm.countDown();
          if (response.isLast()) {
            assertThat(connection.read()).isNull();
            return true;
          }
          connection.send(head(keepAlive) + BODY);
          response = answer(connection);
        }
      }
    }

    private @Nullable Connection connect() throws IOException {
      try {
        return new Connection(port);
      } catch (SocketException e) {
        return null; // refused
      }
    }

    private static boolean sent(Connection connection, String keepAlive) {
      try {
        connection.send(head(keepAlive) + BODY);
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
