package io.vmxdecision.engine.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.profile.Profile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class EvmcsFieldTest {
  /** Fields that no group covers have an empty cell. */
  private static final String NO_GROUP = "";

  @Test
  void everyFieldIsLaidOutAsTheReferenceTableSays() throws IOException {
    List<String> rows = Arrays.stream(EvmcsField.values()).map(EvmcsFieldTest::row).toList();
    assertThat(rows).containsExactlyElementsOf(referenceRows());
  }

  @Test
  void fieldsAscendByOffsetAndDoNotOverlap() {
    int end = 0;
    for (EvmcsField field : EvmcsField.values()) {
      assertThat(field.offset()).as(field.linuxName()).isGreaterThanOrEqualTo(end);
      end = field.offset() + field.bytes();
    }
    assertThat(end).isLessThanOrEqualTo(1024);
  }

  @Test
  void aValueIsReadAndWrittenInItsOwnBytesOnly() {
    for (EvmcsField field : EvmcsField.values()) {
      byte[] bytes = new byte[PageView.PAGE_BYTES];
      EnlightenedVmcs page = new EnlightenedVmcs();
      page.wrap(bytes, 0);
      page.value(field, -1L);
      assertThat(page.value(field)).as(field.linuxName()).isEqualTo(field.mask());
      byte[] expected = new byte[PageView.PAGE_BYTES];
      Arrays.fill(expected, field.offset(), field.offset() + field.bytes(), (byte) 0xff);
      assertThat(bytes).as(field.linuxName()).isEqualTo(expected);
    }
  }

  @Test
  void aFieldIsFoundByItsLinuxName() {
    assertThat(EvmcsField.of("hv_vm_id")).isEqualTo(EvmcsField.HV_VM_ID);
    assertThat(EvmcsField.of("HV_VM_ID")).isNull();
  }

  private static String row(EvmcsField field) {
    boolean encoded = field.encoding() != EvmcsField.NO_ENCODING;
    return String.join(
        ",",
        field.linuxName(),
        field.tlfsName(),
        "0x%03x".formatted(field.offset()),
        Integer.toString(field.bytes()),
        encoded ? "0x%04x".formatted(field.encoding()) : "",
        Objects.requireNonNullElse(field.vmcsName(), ""),
        field.cleanGroup() == CleanFieldGroup.UNASSIGNED ? NO_GROUP : field.cleanGroup().name(),
        Profile.KVM_6_12.evmcs().loads(field) ? "yes" : "no",
        Profile.KVM_6_12.evmcs().stores(field) ? "yes" : "no");
  }

  private static List<String> referenceRows() throws IOException {
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(
        Objects.requireNonNull(EvmcsFieldTest.class.getResourceAsStream("/reference/evmcs-fields.csv")),
        StandardCharsets.UTF_8))) {
      return lines.lines().skip(1).toList();
    }
  }
}
