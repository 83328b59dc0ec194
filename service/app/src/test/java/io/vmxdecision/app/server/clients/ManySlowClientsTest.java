package io.vmxdecision.app.server.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.app.support.SmallSendBuffers;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.SampleRequest;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.app.support.SlowClients;
import io.vmxdecision.app.support.SlowClients.Kind;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/** Clients that are slow for as long as the test takes, of each kind two hundred, and one that is not. */
@RunningService
@Import(SmallSendBuffers.class)
@TestPropertySource(properties = {
  "vmx-decision.clients.patience=10m",
  "server.tomcat.connection-timeout=10m",
  "vmx-decision.overload.max-wait=10m", // they come all at once
  "server.tomcat.max-connections=8192", // more than enough
  "server.tomcat.keep-alive-timeout=10m",
})
class ManySlowClientsTest {
  private static final int OF_A_KIND = 200;
  private static final int STREAMS = 32;
  private static final int DECISIONS = 500;
  private static final List<Kind> KINDS =
      List.of(Kind.HEAD, Kind.BODY, Kind.CHUNKS, Kind.UNWANTED, Kind.READER, Kind.IDLE);

  private final int port;
  private final ServiceClient fast;
  private final MeterRegistry meters;

  @Autowired
  ManySlowClientsTest(@LocalServerPort int port, MeterRegistry meters) {
    this.port = port;
    this.fast = new ServiceClient(port);
    this.meters = meters;
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void manyOfEachKindDoNotKeepAFastOneOut() throws IOException, InterruptedException {
    requireDescriptors();
    try (SlowClients slow = new SlowClients()) {
      for (Kind kind : KINDS) {
        slow.connect(port, kind, OF_A_KIND);
        slow.tick();
      }
      slow.connect(port, Kind.STREAM, STREAMS);
      while (!slow.haveBegun()
          || slow.answered(Kind.READER) < OF_A_KIND
          || slow.answered(Kind.IDLE) < OF_A_KIND
          || gauge("vmx.streams.in.flight") < STREAMS) {
        slow.tick();
        Thread.sleep(5);
      }
      assertThat(gauge("vmx.request.bytes.in.flight"))
          .as("what the readers asked, whose answers are not written yet, and spaces of the others")
          .isGreaterThanOrEqualTo(OF_A_KIND * SlowClients.BATCH.length());
      assertThat(gauge("vmx.requests.in.flight")).isLessThan(256);
      String request = SampleRequest.flush().toString();
      double refusedBefore = refused();
      int answered = 0;
      for (int i = 0; i < DECISIONS; i++) {
        answered += fast.decide(request).status() == 200 ? 1 : 0;
        if (i % 50 == 0) {
          slow.tick();
        }
      }
      assertThat(answered).isEqualTo(DECISIONS);
      assertThat(refused()).isEqualTo(refusedBefore);
      fast.get("/actuator/health/readiness").ok();
      slow.tick();
      for (Kind kind : KINDS) {
        assertThat(slow.left(kind)).as("%s that were there all the time", kind).isEqualTo(OF_A_KIND);
      }
      assertThat(slow.left(Kind.STREAM)).isEqualTo(STREAMS);
    }
  }

  /** Both ends of each connection are in this process. */
  private static void requireDescriptors() {
    UnixOperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
    assertThat(system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount())
        .as("descriptors that are left to this process, by ulimit -n")
        .isGreaterThan(3L * OF_A_KIND * KINDS.size());
  }

  private double refused() {
    return meters.counter("vmx.requests.rejected", "kind", "overloaded").count();
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }
}
