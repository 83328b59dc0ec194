package io.vmxdecision.app.exitreason;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

@RunningService
class ExitReasonTest {
  private static final String SYNTHETIC = "HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH";

  private final ServiceClient service;

  ExitReasonTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock = """
          # asked,            raw,        basic,  name,          kind
          0x0,                0x0,        0x0,    EXCEPTION_NMI, ARCHITECTURAL
          0x12,               0x12,       0x12,   VMCALL,        ARCHITECTURAL
          0X0000000000000012, 0x12,       0x12,   VMCALL,        ARCHITECTURAL
          0x4A,               0x4a,       0x4a,   BUS_LOCK,      ARCHITECTURAL
          0x80000021,         0x80000021, 0x21,   INVALID_STATE, ARCHITECTURAL
          0x400000A,          0x400000a,  0xa,    CPUID,         ARCHITECTURAL
          0x8000000,          0x8000000,  0x0,    EXCEPTION_NMI, ARCHITECTURAL
          0x31,               0x31,       0x31,   EPT_MISCONFIG, ARCHITECTURAL
          0x10000031,         0x10000031, 0x31,   HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH, HYPERV_SYNTHETIC
          0x0010000031,       0x10000031, 0x31,   HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH, HYPERV_SYNTHETIC
          0x90000031,         0x90000031, 0x31,   EPT_MISCONFIG, IMPOSSIBLE
          0x10000030,         0x10000030, 0x30,   EPT_VIOLATION, IMPOSSIBLE
          0x20000031,         0x20000031, 0x31,   EPT_MISCONFIG, IMPOSSIBLE
          0x10000005,         0x10000005, 0x5,    IO_SMI,        STM
          0x20000006,         0x20000006, 0x6,    OTHER_SMI,     STM
          0x30000006,         0x30000006, 0x6,    OTHER_SMI,     STM
          0x20000012,         0x20000012, 0x12,   VMCALL,        STM
          0x10000012,         0x10000012, 0x12,   VMCALL,        IMPOSSIBLE
          0x30000012,         0x30000012, 0x12,   VMCALL,        IMPOSSIBLE
          0x10012,            0x10012,    0x12,   VMCALL,        IMPOSSIBLE
          0x40000012,         0x40000012, 0x12,   VMCALL,        IMPOSSIBLE
          0xffffffff,         0xffffffff, 0xffff, ,              IMPOSSIBLE
          0x23,               0x23,       0x23,   ,              UNDEFINED
          0xFFFF,             0xffff,     0xffff, ,              UNDEFINED
          49,                 0x31,       0x31,   EPT_MISCONFIG, ARCHITECTURAL
          018,                0x12,       0x12,   VMCALL,        ARCHITECTURAL
          4294967295,         0xffffffff, 0xffff, ,              IMPOSSIBLE
          -2147483615,        0x80000021, 0x21,   INVALID_STATE, ARCHITECTURAL
          EPT_MISCONFIG,      0x31,       0x31,   EPT_MISCONFIG, ARCHITECTURAL
          HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH, 0x10000031, 0x31, HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH, HYPERV_SYNTHETIC
          """)
  void aRawValueIsDecodedAndNormalised(
      String asked, String raw, String basic, @Nullable String name, String kind) {
    Answer answer = service.get("/v1/exit-reasons/" + asked).ok();
    assertThat(answer.text("/raw")).isEqualTo(raw);
    assertThat(answer.text("/basic")).isEqualTo(basic);
    assertThat(answer.json().path("name").asString(null)).isEqualTo(name);
    assertThat(answer.text("/kind")).isEqualTo(kind);
    assertThat(answer.text("/explanation")).isNotEmpty();
  }

  @Test
  void theBitsAboveTheBasicReasonAreToldInWords() {
    Answer answer = service.get("/v1/exit-reasons/0xbd010012").ok();
    assertThat(answer.json().path("modifiers").valueStream().map(one -> one.asString()))
        .containsExactly(
            "bit 16: reserved",
            "bit 24: reserved",
            "bit 26: bus lock",
            "bit 27: enclave mode",
            "bit 28: pending MTF VM-exit",
            "bit 29: exit from VMX root operation",
            "bit 31: failed VM-entry");
  }

  @Test
  void theListHoldsEveryReasonThatLinuxNames() throws IOException {
    JsonNode list = service.get("/v1/exit-reasons").ok().json().path("exitReasons");
    List<String> rows;
    try (InputStream reference =
        Objects.requireNonNull(getClass().getResourceAsStream("/reference/exit-reasons.csv"))) {
      rows = new String(reference.readAllBytes(), StandardCharsets.UTF_8).lines().skip(1).toList();
    }
    assertThat(rows).isNotEmpty();
    for (String row : rows) {
      String[] columns = row.split(",", -1); // basic reason, Linux's name
      assertThat(list.valueStream())
          .filteredOn(one -> one.path("name").asString().equals(columns[1]))
          .as(row)
          .singleElement()
          .satisfies(
              one -> assertThat(one.path("raw").asString())
                  .isEqualTo("0x" + Integer.toHexString(Integer.parseInt(columns[0]))));
    }
  }

  @Test
  void theListEndsWithTheSyntheticReasonAndHoldsNothingTwice() {
    List<String> names = new ArrayList<>(service.get("/v1/exit-reasons").ok().texts("/exitReasons", "name"));
    assertThat(names).doesNotHaveDuplicates().endsWith(SYNTHETIC);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "ept_misconfig", "99999999999999999999", "12.0",
    "--1", "0x", "0xg", "-0x1", "0x100000000", "0x1%20", "0x-1", "%C2%B9", "0x1.0"})
  void whatIsNoWordIsRefused(String value) {
    assertThat(service.get("/v1/exit-reasons/" + value).problem(400).text("/detail"))
        .contains("32-bit word");
  }

  @ParameterizedTest
  @ValueSource(strings = {"4294967296", "-2147483649"})
  void noReasonHasMoreThan32Bits(String value) {
    assertThat(service.get("/v1/exit-reasons/" + value).problem(404).text("/detail")).contains("32 bits");
  }

  @Test
  void aNameThatNoReasonHasIsNotFound() {
    assertThat(service.get("/v1/exit-reasons/NO_SUCH_REASON").problem(404).text("/detail")).contains("name");
  }
}
