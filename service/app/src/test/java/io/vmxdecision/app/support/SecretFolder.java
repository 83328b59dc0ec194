package io.vmxdecision.app.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;

/**
 * A folder as Kubernetes mounts a secret of type {@code kubernetes.io/tls}: files that are links into
 * {@code ..data}, itself a link that is replaced in one step when the secret changes.
 */
public final class SecretFolder {
  private final Path folder;
  private int version;

  private SecretFolder(Path folder) {
    this.folder = folder;
  }

  /** A new one with that certificate. */
  public static SecretFolder with(Certificate certificate) {
    try {
      Path folder =
          Files.createTempDirectory(Files.createDirectories(Path.of("target")), "secret").toAbsolutePath();
      Files.createSymbolicLink(folder.resolve("tls.crt"), Path.of("..data", "tls.crt"));
      Files.createSymbolicLink(folder.resolve("tls.key"), Path.of("..data", "tls.key"));
      SecretFolder secret = new SecretFolder(folder);
      secret.put(certificate);
      return secret;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file with a text beside the certificate. */
  public Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /** Puts a certificate in place of the one before. */
  public void put(Certificate certificate) throws IOException, GeneralSecurityException {
    put(certificate.certificatePem(), certificate.keyPem());
  }

  /** Puts texts in place of what was there before. */
  public void put(String certificatePem, String keyPem) throws IOException {
    Path data = Files.createDirectory(folder.resolve("..version" + version++));
    Files.writeString(data.resolve("tls.crt"), certificatePem);
    Files.writeString(data.resolve("tls.key"), keyPem);
    Path link = folder.resolve("..data_tmp");
    Files.createSymbolicLink(link, data.getFileName());
    Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The properties with which the service speaks TLS with what is there. */
  public String[] properties() {
    return new String[]{
      "server.ssl.bundle=server",
      "spring.ssl.bundle.pem.server.keystore.certificate=file:" + folder.resolve("tls.crt"),
      "spring.ssl.bundle.pem.server.keystore.private-key=file:" + folder.resolve("tls.key"),
      "spring.ssl.bundle.pem.server.keystore.verify-keys=true",
      "spring.ssl.bundle.pem.server.reload-on-update=true"
    };
  }
}
