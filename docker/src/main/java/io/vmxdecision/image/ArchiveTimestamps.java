package io.vmxdecision.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Takes the time of the clock out of an AOT cache, which is all that differs when JDK 25 makes it twice by {@code
 * -Xshare:dump} of one class list: soft references in its heap remember when they were last used, by a clock that the
 * collector sets ({@code timestamp} and {@code clock} of {@code java.lang.ref.SoftReference}, milliseconds since
 * the machine started). All are set to 0, and the checksums of the heap and of the header to what they are then.
 *
 * <p>Where they lie is told by the JVM itself, in its map of the cache ({@code -Xlog:aot+map,aot+map+oops=trace}). Each
 * value and checksum has to be in the cache what it is in the map before it is changed; anything else is an {@link
 * IllegalArgumentException}, and the cache stays as it is.
 */
final class ArchiveTimestamps {
  /** CDS_ARCHIVE_MAGIC of the JDK's {@code cds.h}. */
  private static final int MAGIC = 0xf00baba2;

  /** Of the header: magic, checksum, version, size, each 32 bits. The checksum is of what follows these. */
  private static final int HEADER_CHECKSUM = 4;
  private static final int HEADER_SUMMED = 16;

  private static final Pattern REGION = Pattern.compile("=+ region =+ \\d+ \"(\\w+)\"");
  private static final Pattern PROPERTY = Pattern.compile("- (\\w+): +(0x\\p{XDigit}+|\\d+)");
  private static final Pattern OBJECT = Pattern.compile("0x(\\p{XDigit}+): @@ Object .*");
  private static final Pattern REFERENCE =
      Pattern.compile(
          " - private transient 'discovered' 'Ljava/lang/ref/Reference;' @.*"
              + "| - signature: Ljava/lang/ref/SoftReference;");
  private static final Pattern TIMESTAMP =
      Pattern.compile(
          " - private (?:static 'clock'|'timestamp') 'J' @(\\d+) +(-?\\d+) \\(0x\\p{XDigit}+\\)");

  /** By region, that of the header is the empty one, and name. */
  private final Map<String, Long> properties = new HashMap<>();

  private final List<Timestamp> timestamps = new ArrayList<>();
  private String region = "";
  private long object;
  private boolean isReference;

  private ArchiveTimestamps(Stream<String> map) {
    map.forEach(this::read);
  }

  /**
   * Changes a cache.
   *
   * @param arguments the cache, and its map
   */
  static void main(String... arguments) throws IOException {
    ArchiveTimestamps found;
    try (Stream<String> map = Files.lines(Path.of(arguments[1]), StandardCharsets.ISO_8859_1)) {
      found = new ArchiveTimestamps(map);
    }
    Path cache = Path.of(arguments[0]);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(cache)).order(ByteOrder.LITTLE_ENDIAN);
    found.clear(bytes);
    try (FileChannel file = FileChannel.open(cache, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    }
    System.out.printf("%d time stamps taken out of %s%n", found.timestamps.size(), cache);
  }

  private void read(String line) {
    Matcher matcher = REGION.matcher(line);
    if (matcher.lookingAt()) {
      region = matcher.group(1);
    } else if (matcher.usePattern(PROPERTY).matches()) {
      properties.putIfAbsent(region + ":" + matcher.group(1), Long.decode(matcher.group(2)));
    } else if (matcher.usePattern(OBJECT).matches()) {
      object = Long.parseUnsignedLong(matcher.group(1), 16);
      isReference = false;
    } else if (matcher.usePattern(REFERENCE).matches()) {
      isReference = true;
    } else if (isReference && matcher.usePattern(TIMESTAMP).matches()) {
      timestamps.add(
          new Timestamp(object + Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))));
    }
  }

  private void clear(ByteBuffer cache) {
    int headerSize = property(":header_size");
    int heap = property("hp:file_offset");
    int heapSize = property("hp:used");
    int heapAddress = property("hp:mapping_offset");
    require(cache.getInt(0) == MAGIC, "magic number");
    check(cache, HEADER_SUMMED, headerSize - HEADER_SUMMED, property(":crc"));
    check(cache, heap, heapSize, property("hp:crc"));
    require(cache.getInt(HEADER_CHECKSUM) == property(":crc"), "place of the header's checksum");
    int heapChecksum = placeOf(cache, property("hp:crc"), headerSize);

    for (Timestamp each : timestamps) {
      long offset = each.address() - Integer.toUnsignedLong(heapAddress);
      require(offset >= 0 && offset <= heapSize - Long.BYTES, "address of a reference");
      require(cache.getLong(heap + (int) offset) == each.value(), "time of a reference");
    }
    for (Timestamp each : timestamps) {
      cache.putLong(heap + (int) (each.address() - Integer.toUnsignedLong(heapAddress)), 0);
    }
    cache.putInt(heapChecksum, checksum(cache, heap, heapSize));
    cache.putInt(HEADER_CHECKSUM, checksum(cache, HEADER_SUMMED, headerSize - HEADER_SUMMED));
  }

  /** The only place in the header that has the value. */
  private static int placeOf(ByteBuffer cache, int value, int headerSize) {
    int place = 0;
    for (int at = HEADER_SUMMED; at < headerSize; at += Integer.BYTES) {
      if (cache.getInt(at) == value) {
        require(place == 0, "place of the heap's checksum");
        place = at;
      }
    }
    require(place > 0, "place of the heap's checksum");
    return place;
  }

  private int property(String name) {
    require(properties.containsKey(name), name);
    return properties.getOrDefault(name, 0L).intValue();
  }

  private static void check(ByteBuffer cache, int begin, int size, int checksum) {
    require(size > 0 && begin >= 0 && begin <= cache.capacity() - size, "size");
    require(checksum(cache, begin, size) == checksum, "checksum from byte " + begin + " on");
  }

  private static int checksum(ByteBuffer cache, int begin, int size) {
    CRC32 checksum = new CRC32();
    checksum.update(cache.slice(begin, size));
    return (int) checksum.getValue();
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException("not what the map of the cache says: " + what);
    }
  }

  /** A field of 64 bits in the cache's heap, by the address that the heap was made for. */
  private record Timestamp(long address, long value) {}
}
