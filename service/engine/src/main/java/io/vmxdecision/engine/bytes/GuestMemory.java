package io.vmxdecision.engine.bytes;

import java.util.Arrays;
import java.util.Objects;

/**
 * The parts of L1's guest-physical memory that a snapshot holds: regions of caller-owned bytes by
 * guest-physical address (GPA, 64 bits, unsigned). What no region covers is unreadable, as an
 * address without a memory slot is to {@code kvm_read_guest()}.
 *
 * <p>Adding regions may grow the table; reading allocates nothing. Not thread-safe while regions
 * are added or cleared.
 */
public final class GuestMemory {
  private long[] gpas = new long[4];
  private byte[][] buffers = new byte[4][];
  private int[] offsets = new int[4];
  private int[] lengths = new int[4];
  private int size;

  /** Forgets all regions (and the callers' arrays behind them). */
  public void clear() {
    Arrays.fill(buffers, 0, size, null);
    size = 0;
  }

  /** How many regions there are. */
  public int size() {
    return size;
  }

  /**
   * Adds {@code length} bytes of {@code buffer} as the memory at {@code gpa}. The array is used,
   * not copied.
   *
   * @return false, and nothing is added, when the region overlaps one that is there: two contents
   *     for one address
   * @throws IllegalArgumentException when the region is empty or runs past the end of the address
   *     space
   * @throws IndexOutOfBoundsException when the bytes do not lie inside the array
   */
  public boolean add(long gpa, byte[] buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    long last = gpa + length - 1;
    if (length == 0 || Long.compareUnsigned(last, gpa) < 0) {
      throw new IllegalArgumentException("an empty region, or one past the end of the address space");
    }
    int next = indexAfter(gpa);
    if (next > 0 && Long.compareUnsigned(lastGpa(next - 1), gpa) >= 0) {
      return false;
    }
    if (next < size && Long.compareUnsigned(gpas[next], last) <= 0) {
      return false;
    }
    insertAt(next, gpa, buffer, offset, length);
    return true;
  }

  /** Adds all regions of {@code other}, none of which may overlap one that is there; the arrays are shared. */
  public void addAll(GuestMemory other) {
    for (int i = 0; i < other.size; i++) {
      add(other.gpas[i], other.buffers[i], other.offsets[i], other.lengths[i]);
    }
  }

  /** Takes away the region that starts at {@code gpa}, if there is one. */
  public void remove(long gpa) {
    int region = indexAfter(gpa) - 1;
    if (region < 0 || gpas[region] != gpa) {
      return;
    }
    int behind = --size - region;
    System.arraycopy(gpas, region + 1, gpas, region, behind);
    System.arraycopy(buffers, region + 1, buffers, region, behind);
    System.arraycopy(offsets, region + 1, offsets, region, behind);
    System.arraycopy(lengths, region + 1, lengths, region, behind);
    Arrays.fill(buffers, size, size + 1, null);
  }

  /** The GPA at which a region starts; regions are in the order of their addresses. */
  public long gpa(int region) {
    return gpas[region];
  }

  /** How many bytes a region has. */
  public int length(int region) {
    return lengths[region];
  }

  /**
   * Copies bytes of a region, from its byte {@code from} on, to the start of {@code destination}, as many
   * as there are and fit.
   *
   * @return how many
   */
  public int copy(int region, int from, byte[] destination) {
    int count = Math.min(lengths[region] - from, destination.length);
    System.arraycopy(buffers[region], offsets[region] + from, destination, 0, count);
    return count;
  }

  /** The byte at {@code gpa}, 0..255, or -1 where it is unreadable. */
  public int u8(long gpa) {
    int region = indexAfter(gpa) - 1;
    if (region < 0) {
      return -1;
    }
    long into = gpa - gpas[region];
    return Long.compareUnsigned(into, lengths[region]) < 0
        ? LittleEndian.u8(buffers[region], offsets[region] + (int) into)
        : -1;
  }

  /** The unsigned 32 bits at {@code gpa}, at any alignment, or -1 where a byte of them is unreadable. */
  public long u32(long gpa) {
    if (bytesFrom(gpa) >= Integer.BYTES) {
      int region = indexAfter(gpa) - 1;
      int from = offsets[region] + (int) (gpa - gpas[region]);
      return Integer.toUnsignedLong(LittleEndian.u32(buffers[region], from));
    }
    long word = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      int one = Long.compareUnsigned(gpa + i, gpa) < 0 ? -1 : u8(gpa + i);
      if (one < 0) {
        return -1;
      }
      word |= (long) one << (i * Byte.SIZE);
    }
    return word;
  }

  /**
   * Reads {@code count} 64-bit words, the first at {@code gpa} (at any alignment), into {@code
   * destination} from index 0. A read may run on from one region into the next.
   *
   * @return whether every byte was readable; if not, the contents of {@code destination} are
   *     undefined
   */
  public boolean read(long gpa, long[] destination, int count) {
    for (int i = 0; i < count;) {
      long at = gpa + (long) i * Long.BYTES;
      int there = bytesFrom(at);
      if (there < Long.BYTES) {
        if (there == 0 || !readAcross(at, destination, i)) {
          return false;
        }
        i++;
        continue;
      }
      int region = indexAfter(at) - 1;
      int from = offsets[region] + (int) (at - gpas[region]);
      for (int end = from + there - Long.BYTES; i < count && from <= end; from += Long.BYTES) {
        destination[i++] = LittleEndian.u64(buffers[region], from);
      }
    }
    return true;
  }

  /** Whether every one of the {@code length} bytes from {@code gpa} on is there. */
  public boolean covers(long gpa, int length) {
    if (length > 0 && Long.compareUnsigned(gpa + length - 1, gpa) < 0) {
      return false; // the address space ends here; it does not wrap
    }
    long at = gpa;
    for (int left = length; left > 0;) {
      int there = bytesFrom(at);
      if (there == 0) {
        return false;
      }
      at += there;
      left -= there;
    }
    return true;
  }

  /**
   * Writes {@code bytes} at {@code gpa}, into the arrays of the regions. A write may run on from one region
   * into the next.
   *
   * @return false, and nothing is written, when a byte of it is not there
   */
  public boolean write(long gpa, byte[] bytes) {
    if (!covers(gpa, bytes.length)) {
      return false;
    }
    for (int done = 0; done < bytes.length;) {
      long at = gpa + done;
      int region = indexAfter(at) - 1;
      int into = (int) (at - gpas[region]);
      int count = Math.min(lengths[region] - into, bytes.length - done);
      System.arraycopy(bytes, done, buffers[region], offsets[region] + into, count);
      done += count;
    }
    return true;
  }

  /**
   * Makes {@code view} look at the page of 4,096 bytes that starts at {@code gpa}; it sees what is written
   * there later.
   *
   * @return false, and the view stays as it is, when no region has the whole page
   */
  public boolean view(long gpa, PageView view) {
    if (bytesFrom(gpa) < PageView.PAGE_BYTES) {
      return false;
    }
    int region = indexAfter(gpa) - 1;
    view.wrap(buffers[region], offsets[region] + (int) (gpa - gpas[region]));
    return true;
  }

  /** How many bytes the region of {@code gpa} has from there on; 0 where there is none. */
  private int bytesFrom(long gpa) {
    int region = indexAfter(gpa) - 1;
    if (region < 0) {
      return 0;
    }
    long into = gpa - gpas[region];
    return Long.compareUnsigned(into, lengths[region]) < 0 ? lengths[region] - (int) into : 0;
  }

  private boolean readAcross(long gpa, long[] destination, int index) {
    long word = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      if (Long.compareUnsigned(gpa + i, gpa) < 0) {
        return false; // the address space ends here; it does not wrap
      }
      int value = u8(gpa + i);
      if (value < 0) {
        return false;
      }
      word |= (long) value << (i * Byte.SIZE);
    }
    destination[index] = word;
    return true;
  }

  private long lastGpa(int region) {
    return gpas[region] + lengths[region] - 1;
  }

  /** The index of the first region that starts above {@code gpa}. */
  private int indexAfter(long gpa) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(gpas[middle], gpa) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void insertAt(int index, long gpa, byte[] buffer, int offset, int length) {
    if (size == gpas.length) {
      gpas = Arrays.copyOf(gpas, size * 2);
      buffers = Arrays.copyOf(buffers, size * 2);
      offsets = Arrays.copyOf(offsets, size * 2);
      lengths = Arrays.copyOf(lengths, size * 2);
    }
    System.arraycopy(gpas, index, gpas, index + 1, size - index);
    System.arraycopy(buffers, index, buffers, index + 1, size - index);
    System.arraycopy(offsets, index, offsets, index + 1, size - index);
    System.arraycopy(lengths, index, lengths, index + 1, size - index);
    gpas[index] = gpa;
    buffers[index] = buffer;
    offsets[index] = offset;
    lengths[index] = length;
    size++;
  }
}
