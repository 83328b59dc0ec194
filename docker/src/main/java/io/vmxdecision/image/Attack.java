package io.vmxdecision.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Hostile clients of a service on this machine, beside a fast client and a liveness probe. What one sends, or does
 * not read, must cost the others no more than a 503 that says when to come again.
 *
 * <p>It fails if a liveness probe gets no 200 within {@value #PROBE_MILLIS} ms, if the fast client gets anything
 * but 200 or a 503 with {@code Retry-After}, or if it gets no 200 at all.
 */
final class Attack {
  private static final int PROBE_MILLIS = 5000;
  private static final int FAST_MILLIS = 30_000;
  private static final Duration ROUND = Duration.ofSeconds(30);
  private static final int MAX_SECONDS = 600;
  private static final int MAX_FAULTS_SHOWN = 10;

  private static final String DECISION =
      "{\"snapshot\":{\"evmcsFields\":{\"revision_id\":\"0x1\"},\"vpAssist\":{\"enlightenVmentry\":true,"
          + "\"currentNestedVmcs\":\"0x66000\"}},\"exit\":{\"reason\":\"0x0\"}}";

  /** An eligible flush on the vCPUs that {@code %s} lists. */
  private static final String FLUSH =
      "{\"snapshot\":{%s\"evmcsFields\":{\"revision_id\":\"0x1\",\"hv_enlightenments_control\":\"0x1\"},"
          + "\"vpAssist\":{\"enlightenVmentry\":true,\"currentNestedVmcs\":\"0x66000\","
          + "\"directHypercall\":true},\"cpuid\":{\"nestedEax\":\"0x20101\"},"
          + "\"registers\":{\"rcx\":\"0x10002\",\"r8\":\"0x3\"},\"partitionAssist\":{\"tlbLockCount\":1}},"
          + "\"exit\":{\"reason\":\"0x12\"}}";

  private static final int VCPUS = 4096;
  private static final int PENDING = 14;
  private static final int LARGEST_BODY = 8 << 20;

  /** What hostile clients do. */
  private enum Kind {
    /** Binary streams of snapshots with as many vCPUs as are allowed, in few bytes each. */
    SNAPSHOTS {
      @Override
      void begin(Round round) {
        for (int blockLength : new int[]{14, 0}) {
          byte[] frames = snapshots(300, blockLength);
          byte[] head = head("stream", "application/vnd.vmx-decision.v1+sbe", frames.length);
          round.start(1, socket -> {
            send(socket, head, frames);
            drain(socket);
          });
        }
      }
    },
    /** Batches whose answers are large, and read by nobody. */
    ANSWERS {
      @Override
      void begin(Round round) {
        byte[] body = ascii(batch());
        byte[] head = head("batch?explain=true&include=evmcsPage", "application/json", body.length);
        round.start(48, socket -> {
          send(socket, head, body);
          round.hold();
        });
      }
    },
    /** Bodies that come fast but for the last byte, which never comes. */
    BODIES {
      @Override
      void begin(Round round) {
        byte[] blanks = ascii(" ".repeat(64 << 10));
        byte[] head = head("", "application/json", LARGEST_BODY);
        round.start(10, socket -> {
          send(socket, head);
          for (int i = 1; i < LARGEST_BODY / blanks.length; i++) {
            send(socket, blanks);
          }
          send(socket, Arrays.copyOf(blanks, blanks.length - 1));
          round.hold();
        });
      }
    },
    /** More connections than the service takes, which send nothing. */
    CONNECTIONS {
      @Override
      void begin(Round round) {
        round.start(2300, socket -> round.hold());
      }
    },
    /** Streams of empty lines, and of lines whose answers nobody reads. */
    STREAMS {
      @Override
      void begin(Round round) {
        byte[] head = head("stream", "application/x-ndjson", Integer.MAX_VALUE);
        byte[] empty = ascii("\n".repeat(2000));
        round.start(34, socket -> {
          send(socket, head);
          while (round.goesOn()) {
            send(socket, empty);
            Thread.sleep(100);
          }
        });
        byte[] explained =
            head("stream?explain=true&include=evmcsPage", "application/x-ndjson", Integer.MAX_VALUE);
        byte[] lines = ascii((DECISION + "\n").repeat(400));
        round.start(8, socket -> {
          send(socket, explained);
          for (int sent = 0; sent < MOST_LINES && round.goesOn(); sent += lines.length) {
            send(socket, lines);
          }
          round.hold();
        });
      }
    },
    /** Heads that come byte by byte, and bodies that come as slowly as is allowed. */
    SLOW {
      @Override
      void begin(Round round) {
        byte[] unfinished = ascii("POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(7000));
        byte[] one = ascii("x");
        round.start(600, socket -> {
          send(socket, unfinished);
          drip(round, socket, one);
        });
        byte[] head = head("", "application/json", LARGEST_BODY);
        byte[] blanks = ascii(" ".repeat(20 << 10));
        round.start(200, socket -> {
          send(socket, head);
          drip(round, socket, blanks);
        });
      }

      private void drip(Round round, Socket socket, byte[] drop) throws IOException, InterruptedException {
        while (round.goesOn()) {
          send(socket, drop);
          Thread.sleep(1000);
        }
      }
    };

    private static final int MOST_LINES = 64 << 20;

    /** Starts the clients of a round. */
    abstract void begin(Round round);
  }

  /** What one hostile client does with its connection; it ends with an exception when the connection does. */
  private interface Client {
    void attack(Socket socket) throws IOException, InterruptedException;
  }

  /** Hostile clients that begin at about the same time, until they are all cut off. */
  private static final class Round implements AutoCloseable {
    private final InetSocketAddress target;
    private final long end;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());

    Round(InetSocketAddress target, long end) {
      this.target = target;
      this.end = end;
    }

    boolean goesOn() {
      return System.nanoTime() < end;
    }

    void hold() throws InterruptedException {
      Thread.sleep(Math.max(0, (end - System.nanoTime()) / 1_000_000));
    }

    void start(int clients, Client client) {
      for (int i = 0; i < clients; i++) {
        threads.add(Thread.startVirtualThread(() -> run(client)));
      }
    }

    /** Comes again, after a second, when it is refused or cut off. */
    private void run(Client client) {
      while (goesOn()) {
        try (Socket socket = new Socket()) {
          sockets.add(socket);
          socket.setReceiveBufferSize(4096);
          socket.setSoTimeout(PROBE_MILLIS);
          socket.connect(target, FAST_MILLIS);
          client.attack(socket);
        } catch (IOException e) {
          // That the service lets go of it is what it should do.
        } catch (InterruptedException e) {
          return;
        }
        try {
          Thread.sleep(1000);
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    /** Cuts all of them off. */
    @Override
    public void close() {
      for (Socket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          // It is gone.
        }
      }
      threads.forEach(Thread::interrupt);
      for (Thread thread : threads) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** The clients that mean well, and what they met. */
  private static final class Others {
    private final LongAdder answered = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder alive = new LongAdder();
    private final AtomicLong slowest = new AtomicLong();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

    void ask(InetSocketAddress api) {
      byte[] request = ascii(
          "POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
              + "Content-Type: application/json\r\nContent-Length: " + DECISION.length() + "\r\n\r\n"
              + DECISION);
      long begin = System.nanoTime();
      try {
        String head = exchange(api, request, FAST_MILLIS);
        if (head.startsWith("http/1.1 200 ")) {
          answered.increment();
        } else if (head.startsWith("http/1.1 503 ") && head.contains("\r\nretry-after: ")) {
          refused.increment();
        } else {
          faults.add("the fast client got: " + head.lines().findFirst().orElse("nothing"));
        }
      } catch (IOException e) {
        faults.add("the fast client got no answer: " + e);
      }
      slowest.accumulateAndGet((System.nanoTime() - begin) / 1_000_000, Math::max);
    }

    void probe(InetSocketAddress management) {
      byte[] request =
          ascii("GET /actuator/health/liveness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      try {
        String head = exchange(management, request, PROBE_MILLIS);
        if (head.startsWith("http/1.1 200 ")) {
          alive.increment();
        } else {
          faults.add("liveness: " + head.lines().findFirst().orElse("nothing"));
        }
      } catch (IOException e) {
        faults.add("liveness: no answer: " + e);
      }
    }

    boolean areServed() {
      return faults.isEmpty() && answered.sum() > 0 && alive.sum() > 0;
    }
  }

  private Attack() {}

  /**
   * Attacks.
   *
   * @param arguments the API's port of this machine and the management port's; for how many seconds each kind
   *     attacks alone, and then all of them together, 0 for not at all; and the kinds, all if none is named
   */
  static void main(String... arguments) throws InterruptedException {
    InetSocketAddress api = local(arguments[0]);
    InetSocketAddress management = local(arguments[1]);
    int alone = seconds(arguments[2]);
    int together = seconds(arguments[3]);
    List<Kind> kinds =
        arguments.length > 4
            ? Arrays.stream(arguments).skip(4).map(name -> Kind.valueOf(name.toUpperCase(Locale.ROOT)))
                .toList()
            : List.of(Kind.values());
    boolean held = true;
    for (Kind kind : kinds) {
      held = held && (alone == 0 || holds(api, management, List.of(kind), alone));
    }
    held = held && (together == 0 || holds(api, management, kinds, together));
    if (!held) {
      System.exit(1);
    }
  }

  private static InetSocketAddress local(String port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
  }

  private static int seconds(String argument) {
    return Math.clamp(Integer.parseInt(argument), 0, MAX_SECONDS);
  }

  private static boolean holds(
      InetSocketAddress api, InetSocketAddress management, List<Kind> kinds, int seconds)
      throws InterruptedException {
    Others others = new Others();
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    Thread fast = repeat(end, 20, () -> others.ask(api));
    Thread probes = repeat(end, 1000, () -> others.probe(management));
    while (System.nanoTime() < end) {
      try (Round round = new Round(api, Math.min(end, System.nanoTime() + ROUND.toNanos()))) {
        kinds.forEach(kind -> kind.begin(round));
        round.hold();
      }
    }
    fast.join();
    probes.join();
    System.out.printf(
        "%s for %d s: the fast client got %d × 200 and %d × 503, the slowest in %d ms; %d probes: %s%n",
        kinds,
        seconds, others.answered.sum(), others.refused.sum(), others.slowest.get(), others.alive.sum(),
        others.areServed() ? "held" : "FAILED");
    others.faults.stream().limit(MAX_FAULTS_SHOWN).forEach(System.out::println);
    return others.areServed();
  }

  private static Thread repeat(long end, long pauseMillis, Runnable what) {
    return Thread.startVirtualThread(
        () -> {
          while (System.nanoTime() < end) {
            what.run();
            try {
              Thread.sleep(pauseMillis);
            } catch (InterruptedException e) {
              return;
            }
          }
        });
  }

  /** The head of the answer, in lower case, once all of the answer has come. */
  private static String exchange(InetSocketAddress server, byte[] request, int millis) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(millis);
      socket.connect(server, millis);
      socket.getOutputStream().write(request);
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int head = answer.indexOf("\r\n\r\n");
      if (head < 0) {
        throw new EOFException("the connection was closed after " + answer.length() + " bytes");
      }
      return answer.substring(0, head + 2).toLowerCase(Locale.ROOT);
    }
  }

  private static void send(Socket socket, byte[]... pieces) throws IOException {
    for (byte[] piece : pieces) {
      socket.getOutputStream().write(piece);
    }
  }

  private static void drain(Socket socket) throws IOException {
    InputStream answer = socket.getInputStream();
    byte[] piece = new byte[8192];
    int read = answer.read(piece);
    while (read >= 0) {
      read = answer.read(piece);
    }
  }

  private static byte[] head(String below, String type, int length) {
    String path = below.isEmpty() ? "/v1/decisions" : "/v1/decisions/" + below;
    return ascii(
        "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type + "\r\nContent-Length: "
            + length
            + "\r\n\r\n");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Small requests, of which the answers fill the socket, and one whose answer is large. */
  private static String batch() {
    String entries = String.join(",", Collections.nCopies(PENDING, "\"0x1\""));
    String vcpu = "{\"vpIndex\":0,\"pendingFlush\":{\"l2\":[" + entries + "]}}";
    String large = FLUSH.formatted("\"vcpus\":[" + String.join(",", Collections.nCopies(VCPUS, vcpu)) + "],");
    return "{\"requests\":[" + (FLUSH.formatted("") + ",").repeat(225) + large + "]}";
  }

  /**
   * Snapshots 0, 1 and so on of the schema {@code vmx-decision-v1.xml}, each in a frame.
   *
   * @param blockLength of a vCPU: 14 as the schema says, or 0
   */
  private static byte[] snapshots(int count, int blockLength) {
    int message = 8 + 19 + 4 + VCPUS * (blockLength + 8) + 8 + 12;
    ByteBuffer frames = ByteBuffer.allocate(count * (6 + message));
    for (int i = 0; i < count; i++) {
      frames.order(ByteOrder.BIG_ENDIAN).putInt(message + 6).putShort((short) 0xeb50);
      frames.order(ByteOrder.LITTLE_ENDIAN);
      shorts(frames, 19, 1, 1986, 0);
      frames.putInt(i).putShort((short) 0).put((byte) 0).putInt(0).putInt(0).putInt(0);
      shorts(frames, blockLength, VCPUS);
      for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
        frames.put(new byte[blockLength]);
        shorts(frames, 8, 0, 8, 0); // nothing is pending
      }
      shorts(frames, 16, 0, 8, 0); // neither memory nor translations
      frames.put(new byte[12]); // nor pages
    }
    return frames.array();
  }

  private static void shorts(ByteBuffer to, int... values) {
    for (int value : values) {
      to.putShort((short) value);
    }
  }
}
