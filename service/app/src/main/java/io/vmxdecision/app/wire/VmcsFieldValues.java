package io.vmxdecision.app.wire;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import io.vmxdecision.engine.entry.VmEntry;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields of an ordinary VMCS by their Linux name or by their encoding. The schema with a property per name
 * is made from {@link VmcsField} in {@code ContractSchemas}.
 */
public final class VmcsFieldValues {
  private static final int BITS_PER_DIGIT = 4;
  private static final Map<String, VmcsField> BY_NAME = new HashMap<>();

  static {
    for (VmcsField field : VmcsField.values()) {
      BY_NAME.put(field.linuxName(), field);
      String encoding = encodingOf(field);
      if (encoding != null) {
        BY_NAME.put(encoding, field);
      }
    }
  }

  private final Map<VmcsField, Word64> values = new EnumMap<>(VmcsField.class);
  private final Map<VmcsField, String> names = new EnumMap<>(VmcsField.class);
  private boolean twice;

  /** No values; for who reads them one by one. */
  @JsonCreator
  VmcsFieldValues() {
    // filled by take
  }

  /**
   * Takes one more value. One by one, so that names without a field are not held, however many there are.
   *
   * @throws IllegalArgumentException when there is no such field, or the value does not fit
   */
  @JsonAnySetter
  void take(String name, Word64 word) {
    VmcsField field = BY_NAME.get(name);
    if (field == null) {
      throw new IllegalArgumentException("no VMCS field of that name or encoding");
    }
    if ((word.value() & ~field.mask()) != 0) {
      throw new IllegalArgumentException(name + " has " + digits(field) * BITS_PER_DIGIT + " bits");
    }
    twice |= values.put(field, word) != null;
    names.put(field, name);
  }

  /** The name by which a field is given: its Linux name, or its encoding. Its Linux name if it is not given. */
  public String nameOf(VmcsField field) {
    return names.getOrDefault(field, field.linuxName());
  }

  /** Whether a field is given by its name and by its encoding too. */
  public boolean hasFieldTwice() {
    return twice;
  }

  /** Gives the values to {@code entry}. */
  public void applyTo(VmEntry entry) {
    values.forEach((field, word) -> entry.field(field, word.value()));
  }

  /** The pattern of a word that fits the field. */
  public static String patternOf(VmcsField field) {
    return "^0[xX]0*[0-9a-fA-F]{1," + digits(field) + "}$";
  }

  /** The field's encoding as a name, such as {@code 0x6802}; null for the revision, which has none. */
  public static @Nullable String encodingOf(VmcsField field) {
    return field.encoding() == EvmcsField.NO_ENCODING ? null : Hex.format(field.encoding());
  }

  private static int digits(VmcsField field) {
    return (Long.SIZE - Long.numberOfLeadingZeros(field.mask())) / BITS_PER_DIGIT;
  }

  @Override
  public String toString() {
    return Arrays.toString(values.keySet().toArray());
  }
}
