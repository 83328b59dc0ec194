package io.vmxdecision.engine.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {
  private static final byte[] EIGHT = {1, 2, 3, 4, 5, 6, 7, 8};

  private final GuestMemory memory = new GuestMemory();
  private final long[] words = new long[4];

  @Test
  void aWordIsLittleEndianAtAnyAlignment() {
    memory.add(0x1003, EIGHT, 0, 8);
    assertThat(memory.read(0x1003, words, 1)).isTrue();
    assertThat(words[0]).isEqualTo(0x0807_0605_0403_0201L);
  }

  @Test
  void aReadRunsOnIntoTheNextRegionIfThereIsNoGap() {
    memory.add(0x1004, EIGHT, 4, 4);
    memory.add(0x1000, EIGHT, 0, 4);
    assertThat(memory.read(0x1000, words, 1)).isTrue();
    assertThat(words[0]).isEqualTo(0x0807_0605_0403_0201L);
    assertThat(memory.read(0x1001, words, 1)).isFalse();
  }

  @Test
  void overlappingRegionsAreRefused() {
    assertThat(memory.add(0x1000, EIGHT, 0, 8)).isTrue();
    assertThat(memory.add(0x1007, EIGHT, 0, 1)).isFalse();
    assertThat(memory.add(0x0fff, EIGHT, 0, 2)).isFalse();
    assertThat(memory.add(0x0ff0, new byte[0x100], 0, 0x100)).isFalse();
    assertThat(memory.add(0x1008, EIGHT, 0, 1)).isTrue();
    assertThat(memory.size()).isEqualTo(2);
  }

  @Test
  void theAddressSpaceEndsAndDoesNotWrap() {
    assertThat(memory.add(-4L, EIGHT, 4, 4)).isTrue();
    assertThat(memory.add(0, EIGHT, 0, 4)).isTrue();
    assertThat(memory.u8(-1L)).isEqualTo(8);
    assertThat(memory.read(-4L, words, 1)).isFalse();
    assertThatThrownBy(() -> memory.add(-4L, EIGHT, 0, 8)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> memory.add(0x100, EIGHT, 0, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void memoryReadsAsAMapFromAddressToByteWould(
      @ForAll @Size(max = 6) List<@IntRange(max = 60) Integer> starts,
      @ForAll @IntRange(min = 1, max = 40) int length,
      @ForAll @IntRange(max = 70) int gpa) {
    GuestMemory memory = new GuestMemory();
    Map<Long, Byte> model = new HashMap<>();
    for (int start : starts) {
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) (start * 31 + i);
      }
      if (memory.add(start, bytes, 0, length)) {
        for (int i = 0; i < length; i++) {
          assertThat(model.put((long) start + i, bytes[i])).isNull();
        }
      }
    }
    Byte expected = model.get((long) gpa);
    assertThat(memory.u8(gpa)).isEqualTo(expected == null ? -1 : expected & 0xff);
    Long half = word(model, gpa, Integer.BYTES);
    assertThat(memory.u32(gpa)).isEqualTo(half == null ? -1 : half);
    long[] read = new long[3];
    boolean readable = true;
    for (int count = 1; count <= read.length; count++) {
      Long last = word(model, gpa + 8L * (count - 1), Long.BYTES);
      readable &= last != null;
      assertThat(memory.read(gpa, read, count)).isEqualTo(readable);
      for (int i = 0; readable && i < count; i++) {
        assertThat(read[i]).isEqualTo(word(model, gpa + 8L * i, Long.BYTES));
      }
    }
  }

  private static @Nullable Long word(Map<Long, Byte> model, long gpa, int bytes) {
    long word = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      Byte value = model.get(gpa + i);
      if (value == null) {
        return null;
      }
      word = word << 8 | (value & 0xff);
    }
    return word;
  }
}
