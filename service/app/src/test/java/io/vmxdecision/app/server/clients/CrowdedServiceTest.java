package io.vmxdecision.app.server.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Await;
import io.vmxdecision.app.support.RunningService;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** A service most of whose connections are taken. */
@RunningService
@TestPropertySource(properties = {"server.tomcat.max-connections=8",
  "server.tomcat.connection-timeout=1h",
  "server.tomcat.keep-alive-timeout=1h", "vmx-decision.clients.patience=1h"})
class CrowdedServiceTest {
  private static final int CONNECTIONS = 8;
  private static final int PATIENCE = 120_000; // milliseconds

  private final int port;

  CrowdedServiceTest(@LocalServerPort int port) {
    this.port = port;
  }

  @Test
  void connectionsThatLieIdleBetweenRequestsNeverTakeAllOfThem() throws IOException {
    List<Socket> idle = new ArrayList<>();
    try {
      boolean ends = false;
      while (!ends) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        idle.add(socket);
        ends = endsWithItsAnswer(socket);
      }
      assertThat(idle).as("some may stay, but not all").hasSizeBetween(5, 7);
      idle.removeLast().close();
      idle.removeLast().close();
      Await.await("there is room for one that stays", () -> {
        try (Socket another = new Socket(InetAddress.getLoopbackAddress(), port)) {
          return !endsWithItsAnswer(another);
        } catch (IOException e) {
          return false;
        }
      });
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void connectionsThatSendNothingGiveWayToNewcomers() throws IOException {
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 3 * CONNECTIONS; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), port));
      }
      try (Socket newcomer = new Socket(InetAddress.getLoopbackAddress(), port)) {
        endsWithItsAnswer(newcomer); // in time
      }
      silent.getFirst().setSoTimeout(PATIENCE);
      assertThat(silent.getFirst().getInputStream().read()).as("it was let go").isEqualTo(-1);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void connectionsThatHaveBegunARequestDoNotGiveWay() throws IOException {
    List<Socket> silent = new ArrayList<>();
    try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), port)) {
      slow.getOutputStream()
          .write("GET /v1/exit-reasons/18 HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 3 * CONNECTIONS; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), port));
      }
      for (int i = 0; i < CONNECTIONS; i++) {
        silent.get(i).setSoTimeout(PATIENCE);
        assertThat(silent.get(i).getInputStream().read()).as("it was let go").isEqualTo(-1);
      }
      slow.setSoTimeout(PATIENCE);
      slow.getOutputStream().write("Host: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(slow.getInputStream().read()).as("of HTTP/1.1 200").isEqualTo('H');
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  private static boolean endsWithItsAnswer(Socket socket) throws IOException {
    socket.setSoTimeout(PATIENCE);
    socket.getOutputStream().write(
        "GET /v1/exit-reasons/18 HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    BufferedReader answer =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    boolean ends = false;
    for (String line = answer.readLine(); !line.isEmpty(); line = answer.readLine()) {
      ends |= line.equalsIgnoreCase("Connection: close");
    }
    return ends;
  }
}
