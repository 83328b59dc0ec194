package io.vmxdecision.app.wire;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * Fields of an enlightened VMCS by their Linux name. The schema with a property per field is made
 * from {@link EvmcsField} in {@code ContractSchemas}.
 */
public final class EvmcsFieldValues {
  private final Map<EvmcsField, Word64> values;

  private EvmcsFieldValues(Map<EvmcsField, Word64> values) {
    this.values = values;
  }

  /** No values; for who reads them one by one. */
  @JsonCreator
  static EvmcsFieldValues none() {
    return new EvmcsFieldValues(new EnumMap<>(EvmcsField.class));
  }

  /**
   * Takes one more value. One by one, so that names without a field are not held, however many there are.
   *
   * @throws IllegalArgumentException when there is no such field, or the value does not fit
   */
  @JsonAnySetter
  void take(String name, Word64 word) {
    EvmcsField field = EvmcsField.of(name);
    if (field == null) {
      throw new IllegalArgumentException("no eVMCS field of that name");
    }
    if ((word.value() & ~field.mask()) != 0) {
      throw new IllegalArgumentException(name + " has " + field.bytes() + " bytes");
    }
    values.put(field, word);
  }

  /**
   * The values of the fields of {@code page}.
   *
   * @param nonzero whether only those that are not 0
   */
  public static EvmcsFieldValues of(EnlightenedVmcs page, boolean nonzero) {
    Map<EvmcsField, Word64> values = new EnumMap<>(EvmcsField.class);
    for (EvmcsField field : EvmcsField.values()) {
      long value = page.value(field);
      if (!nonzero || value != 0) {
        values.put(field, new Word64(value));
      }
    }
    return new EvmcsFieldValues(values);
  }

  /** The pattern of a word of that many bytes. */
  public static String patternOf(EvmcsField field) {
    return "^0[xX]0*[0-9a-fA-F]{1," + field.bytes() * 2 + "}$";
  }

  /** Hands each value, 64 bits, to {@code what}, by offset. */
  public void forEach(ObjLongConsumer<EvmcsField> what) {
    values.forEach((field, word) -> what.accept(field, word.value()));
  }

  /** Lays the values over {@code page}. */
  void applyTo(EnlightenedVmcs page) {
    values.forEach((field, word) -> page.value(field, word.value()));
  }

  /** The values by name, by offset. */
  @JsonValue
  Map<String, Word64> byName() {
    Map<String, Word64> byName = new LinkedHashMap<>();
    values.forEach((field, word) -> byName.put(field.linuxName(), word));
    return byName;
  }
}
