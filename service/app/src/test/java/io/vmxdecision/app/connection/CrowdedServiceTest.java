package io.vmxdecision.app.connection;

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
@TestPropertySource(properties = "server.tomcat.max-connections=8")
class CrowdedServiceTest {
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

  private static boolean endsWithItsAnswer(Socket socket) throws IOException {
    socket.setSoTimeout(120_000);
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
