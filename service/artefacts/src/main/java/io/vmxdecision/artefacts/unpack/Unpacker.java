package io.vmxdecision.artefacts.unpack;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/** Opens gzip, xz and zstd files, one in another at most twice, with bounded memory. */
public final class Unpacker {
  private static final int MOST_LAYERS = 3;
  private static final int XZ_KIB = 1 << 15;
  private static final int MAGIC = 6;
  private static final int BUFFER = 1 << 14;

  private Unpacker() {}

  /**
   * What is in the stream, unpacked.
   *
   * @throws IOException when what is packed is malformed, or takes too much memory; reading may throw it, too
   */
  public static BufferedInputStream open(InputStream in) throws IOException {
    BufferedInputStream layer = new BufferedInputStream(in, BUFFER);
    for (int i = 0; i < MOST_LAYERS; i++) {
      InputStream unpacked = unpacked(layer);
      if (unpacked == null) {
        return layer;
      }
      layer = new BufferedInputStream(unpacked, BUFFER);
    }
    throw new IOException("more than " + MOST_LAYERS + " compressed files lie in one another");
  }

  private static @Nullable InputStream unpacked(BufferedInputStream in) throws IOException {
    in.mark(MAGIC);
    byte[] magic = in.readNBytes(MAGIC);
    in.reset();
    try {
      if (starts(magic, 0x1f, 0x8b)) {
        return new GZIPInputStream(in, BUFFER);
      }
      if (starts(magic, 0xfd, '7', 'z', 'X', 'Z', 0)) {
        return new XZInputStream(in, XZ_KIB);
      }
      if (starts(magic, 0x28, 0xb5, 0x2f, 0xfd)) {
        return new Guarded(new ZstdInputStream(in));
      }
    } catch (RuntimeException e) {
      throw new IOException("a compressed file is malformed", e);
    }
    return null;
  }

  private static boolean starts(byte[] magic, int... wanted) {
    if (magic.length < wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if ((magic[i] & 0xff) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /** Of malformed input the decoder throws other exceptions than those of I/O. */
  private static final class Guarded extends InputStream {
    private final InputStream in;

    Guarded(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        return in.read(buffer, offset, length);
      } catch (RuntimeException e) {
        throw new IOException("a compressed file is malformed", e);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
