package io.vmxdecision.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The service with tokens and with a certificate of a Secret, as the kubelet lays one out and renews it. */
class SecuredIT {
  private static final Duration TO_RELOAD = Duration.ofMinutes(3);

  private static final Secret SECRET = new Secret();

  @SuppressWarnings("NullAway.Init") private static Manifests rendered;
  @SuppressWarnings("NullAway.Init") private static PodUnderTest pod;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    rendered =
        Chart.renderValues(
            Files.readString(Chart.valuesFile("jwt-public-key"))
                + """
                    tls: {secretName: vmx-tls}
                    extraEnv: [{name: SPRING_SSL_BUNDLE_WATCH_FILE_QUIETPERIOD, value: 200ms}]
                    """);
    pod = PodUnderTest.start(rendered, SECRET);
  }

  @AfterAll
  static void stop() {
    pod.close();
  }

  @Test
  void aRenewedCertificateIsServedWithoutARestart() throws Exception {
    assertThat(serial(pod.api(""))).isEqualTo(SECRET.serial);
    BigInteger first = SECRET.serial;
    SECRET.renew();
    assertThat(SECRET.serial).isNotEqualTo(first);
    Instant end = Instant.now().plus(TO_RELOAD);
    while (!serial(pod.api("")).equals(SECRET.serial) && Instant.now().isBefore(end)) {
      Thread.sleep(200);
    }
    assertThat(serial(pod.api(""))).isEqualTo(SECRET.serial);
  }

  @Test
  void helmTestPassesWhereNobodyIsLetInWithoutAToken() throws IOException, InterruptedException {
    JsonNode container = rendered.only("Pod").at("/spec/containers/0");
    Shell.Output output =
        Shell.run(
            Map.of(
                "URL", pod.api("/v1/decisions").toString(), "EXPECTED",
                container.at("/env/1/value").asText()),
            container.at("/args/0").asText());
    assertThat(output.status()).as(output.text()).isZero();
    assertThat(output.text()).contains("unauthorized").endsWith("401\n");
  }

  /** Which certificate is served. */
  private static BigInteger serial(URI api) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[]{new AnyCertificate()}, new SecureRandom());
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(api.getHost(), api.getPort())) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  /**
   * A mounted Secret: its files are links into {@code ..data}, itself a link, which is exchanged for one to
   * a new folder when the Secret changes.
   */
  private static final class Secret implements PodUnderTest.Mounts {
    private Path folder = Path.of("");
    private BigInteger serial = BigInteger.ZERO;
    private int version;

    @Override
    public void makeIn(Path root) throws IOException {
      folder = Files.createDirectories(root.resolve("etc/vmx-decision-tls"));
      renew();
      for (String file : new String[]{"tls.crt", "tls.key"}) {
        Files.createSymbolicLink(folder.resolve(file), Path.of("..data", file));
      }
    }

    void renew() throws IOException {
      Path data = Files.createDirectory(folder.resolve("..2026_" + ++version));
      certificate(data);
      Path link = Files.createSymbolicLink(folder.resolve("..data_tmp"), data.getFileName());
      Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    }

    private void certificate(Path data) throws IOException {
      Path store = folder.resolveSibling("keys" + version + ".p12");
      try {
        Process keytool =
            new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
                "-alias", "a",
                "-keyalg", "EC", "-dname", "CN=vmx", "-validity", "2", "-keystore", store.toString(),
                "-storetype",
                "PKCS12", "-storepass", "changeit")
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        char[] password = "changeit".toCharArray();
        KeyStore keys = KeyStore.getInstance(store.toFile(), password);
        X509Certificate certificate = (X509Certificate) keys.getCertificate("a");
        serial = certificate.getSerialNumber();
        Files.writeString(data.resolve("tls.crt"), pem("CERTIFICATE", certificate.getEncoded()));
        Files.writeString(data.resolve("tls.key"),
            pem("PRIVATE KEY", keys.getKey("a", password).getEncoded()));
      } catch (InterruptedException | GeneralSecurityException e) {
        throw new IOException(e);
      }
    }

    private static String pem(String type, byte[] bytes) {
      return "-----BEGIN " + type + "-----\n"
          + Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(bytes)
          + "\n-----END " + type + "-----\n";
    }
  }

  /** It is looked at, not trusted. */
  private static final class AnyCertificate implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
