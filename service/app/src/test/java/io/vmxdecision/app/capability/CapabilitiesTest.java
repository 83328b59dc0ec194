package io.vmxdecision.app.capability;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import io.vmxdecision.engine.entry.Capability;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

@RunningService
class CapabilitiesTest {
  private static final String PATH = "/v1/capabilities";

  private final ServiceClient service;

  CapabilitiesTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  private JsonNode words(String query) {
    return service.get(PATH + query).ok().json().path("capabilities");
  }

  private JsonNode word(String query, String name) {
    return words(query).valueStream().filter(one -> one.path("name").asString().equals(name)).findFirst()
        .orElseThrow();
  }

  private static JsonNode bits(JsonNode word, String place) {
    return word.path("bits").valueStream().filter(one -> one.path("bits").asString().equals(place))
        .findFirst().orElseThrow();
  }

  @Test
  void allAreShownWithTheirDefaults() {
    List<String> names = Arrays.stream(Capability.values()).map(Capability::label).toList();
    assertThat(words("").findValuesAsString("source")).hasSize(names.size()).containsOnly("DEFAULT");
    assertThat(words("").valueStream().map(word -> word.path("name").asString())).isEqualTo(names);
    assertThat(word("", "maxPhyAddr").path("number").asInt()).isEqualTo(46);
    assertThat(word("", "lam").path("flag").asBoolean(true)).isFalse();
  }

  /** The words that L1 reads by default, as the rules have them. */
  @ParameterizedTest
  @CsvSource({
    "vmxTruePinbasedCtls, 0xff00000016, 0x3f00000016",
    "vmxTrueProcbasedCtls, 0xfff9fffe04006172, 0xfff9fffe04006172",
    "vmxProcbasedCtls2, 0x2137bff00000000, 0x1118fe00000000",
    "vmxTrueExitCtls, 0xffffff00036dfb, 0xbfffff00036dfb",
    "vmxTrueEntryCtls, 0x1f3ff000011fb, 0x1f3ff000011fb"})
  void ofAControlWordItIsSaidWhatL1Reads(String name, String value, String readByL1) {
    JsonNode word = word("", name);
    assertThat(word.path("value").asString()).isEqualTo(value);
    assertThat(word.path("readByL1").asString()).isEqualTo(readByL1);
    assertThat(word.path("bits")).hasSize(32);
  }

  @Test
  void aControlIsFixedOrFreeAndKnownToAnEvmcsOrNot() {
    JsonNode pin = word("", "vmxTruePinbasedCtls");
    assertThat(bits(pin, "0").toString())
        .isEqualTo(
            "{\"bits\":\"0\",\"name\":\"external-interrupt exiting\",\"setting\":\"EITHER\",\"evmcs\":true}");
    assertThat(bits(pin, "1").toString())
        .isEqualTo("{\"bits\":\"1\",\"setting\":\"MUST_BE_1\",\"evmcs\":true}");
    assertThat(bits(pin, "7").path("evmcs").asBoolean(true)).isFalse();
    assertThat(bits(word("", "vmxProcbasedCtls2"), "10").path("setting").asString()).isEqualTo("MUST_BE_0");
  }

  @Test
  void givenWordsAloneAreNamed() {
    JsonNode words = words("?vmxMisc=0X000e4c1e7&efer=0x8000000000000001&lam=true&maxPhyAddr=52");
    assertThat(words.valueStream().map(word -> word.path("name").asString()))
        .containsExactly("vmxMisc", "efer", "maxPhyAddr", "lam");
    assertThat(words.findValuesAsString("source")).containsOnly("GIVEN");
    assertThat(words.at("/0/msr").asString()).isEqualTo("0x485");
    assertThat(bits(words.path(0), "4:0").path("value").asString()).isEqualTo("0x7");
    assertThat(bits(words.path(0), "24:16").path("value").asString()).isEqualTo("0xe4");
    assertThat(words.path(1).has("msr")).isFalse();
    assertThat(words.at("/1/bits").valueStream().map(bit -> bit.path("bits").asString()))
        .containsExactly("0", "8", "10", "11", "63");
    assertThat(bits(words.path(1), "63").has("name")).isFalse();
    assertThat(words.at("/2/number").asInt()).isEqualTo(52);
    assertThat(words.at("/3/flag").asBoolean()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "?vmxMisk=0x1 | The parameters are: vmxTruePinbasedCtls,",
    "?vmxMisc=1 | The parameter vmxMisc takes one word",
    "?vmxMisc= | The parameter vmxMisc takes one word",
    "?vmxMisc=0x1&vmxMisc=0x1 | The parameter vmxMisc takes one word",
    "?vmxMisc=0x10000000000000000 | The parameter vmxMisc takes one word",
    "?maxPhyAddr=53 | The parameter maxPhyAddr takes one number of 36 to 52.",
    "?maxPhyAddr=0x28 | The parameter maxPhyAddr takes one number",
    "?lam=yes | The parameter lam takes one of true and false."})
  void whatIsNoWordIsTold(String query, String said) {
    assertThat(service.get(PATH + query).problem(400).text("/detail")).contains(said);
  }

  @Test
  void allFaultsAreToldAtOnce() {
    assertThat(service.get(PATH + "?lam=1&vmxMisc=x&a=b").problem(400).text("/detail"))
        .contains("The parameters are: ", "vmxMisc takes", "lam takes");
  }
}
