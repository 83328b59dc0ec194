package io.vmxdecision.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.core.util.Yaml31;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BreakingChangeTest {
  private static final ObjectMapper MAPPER = Yaml31.mapper();

  @Test
  void theContractBreaksNothingOfItsBaseline() throws IOException {
    Compatibility compatibility =
        Compatibility.of(Files.readString(Path.of("baseline.yaml")), contract());
    assertThat(compatibility.isGiven())
        .as("Clients of the baseline would break (api-spec/README.md says what to do):\n" + compatibility)
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = BREAKING)
  void aBreakingChangeIsFound(String change, String pointer, String value) throws IOException {
    assertThat(Compatibility.of(contract(), changed(pointer, value)).isGiven()).isFalse();
  }

  /** What is done at a place: {@code -} takes it away, {@code +} adds to a list, else it is put there. */
  private static final String BREAKING =
      """
          an operation is gone               | /paths/~1v1~1rules                                                | -
          a method has another name          | /paths/~1v1~1rules/get/operationId                                 | 'rules'
          a media type of requests is gone   | /paths/~1v1~1decisions~1stream/post/requestBody/content/application~1vnd.vmx-decision.v1+sbe | -
          an answer is gone                  | /paths/~1v1~1decisions/post/responses/200                          | -
          a media type of answers is gone    | /paths/~1v1~1decisions~1stream/post/responses/200/content/application~1x-ndjson | -
          a parameter is gone                | /paths/~1v1~1decisions/post/parameters/0                           | -
          a parameter is required now        | /paths/~1v1~1decisions/post/parameters/0/required                  | true
          a parameter has another type       | /paths/~1v1~1decisions/post/parameters/0/schema/type               | 'integer'
          a new parameter is required        | /paths/~1v1~1rules/get/parameters                                  | [{name: profile, in: query, required: true, schema: {type: string}}]
          a property of requests is gone     | /components/schemas/Exit/properties/qualification                  | -
          a property of requests is required | /components/schemas/DecisionRequest/required                       | + id
          a new property is required         | /components/schemas/Host                                           | {type: object, required: [nx], properties: {nx: {type: boolean}, la57: {type: boolean}}}
          a property has another type        | /components/schemas/PartitionAssist/properties/tlbLockCount/type   | 'string'
          an element has another type        | /components/schemas/PendingFlush/properties/l1/items/type          | 'integer'
          requests may hold one value less   | /components/schemas/GuestLevel/enum/0                              | -
          a text may be less long            | /components/schemas/DecisionRequest/properties/id/maxLength        | 16
          a list may be less long            | /components/schemas/Registers/properties/xmm/maxItems              | 2
          a number may be less large         | /components/schemas/Registers/properties/cpl/maximum               | 2
          a number may be less small         | /components/schemas/Registers/properties/cpl/minimum               | 1
          a word may be less wide            | /components/schemas/Exit/properties/qualification/pattern          | ^0x[0-9]$
          a property of answers is gone      | /components/schemas/Decision/properties/exitToL1                   | -
          a property of answers can lack     | /components/schemas/Decision/required/0                            | -
          answers have another type          | /components/schemas/Decision/properties/syntheticExit/type         | 'string'
          answers may hold one value more    | /components/schemas/HandlerLevel/enum                              | + L2
          """;

  @ParameterizedTest
  @CsvSource(delimiter = '|',
      textBlock = """
          a property of requests is new      | /components/schemas/Host/properties/nx                             | {type: boolean}
          a property of answers is new       | /components/schemas/Decision/properties/note                       | {type: string}
          an optional parameter is new       | /paths/~1v1~1rules/get/parameters                                  | [{name: profile, in: query, schema: {type: string}}]
          a description is better            | /components/schemas/Decision/description                           | better
          an example is gone                 | /components/schemas/DecisionRequest/properties/id/example          | -
          requests may hold one value more   | /components/schemas/AnswerPart/enum                                | + vpAssistPage
          """)
  void aChangeThatBreaksNobodyIsLetThrough(String change, String pointer, String value)
      throws IOException {
    Compatibility compatibility = Compatibility.of(contract(), changed(pointer, value));
    assertThat(compatibility.isGiven()).as(compatibility.toString()).isTrue();
  }

  private static String contract() throws IOException {
    return Files.readString(Path.of("openapi.yaml"));
  }

  private static String changed(String pointer, String value) throws IOException {
    JsonNode document = MAPPER.readTree(contract());
    JsonPointer place = JsonPointer.compile(pointer);
    if (value.startsWith("+ ")) {
      ((ArrayNode) document.at(place)).add(value.substring(2));
    } else {
      change(document.at(place.head()), place.last(), value);
    }
    return MAPPER.writeValueAsString(document);
  }

  private static void change(JsonNode parent, JsonPointer last, String value)
      throws JsonProcessingException {
    boolean away = value.equals("-");
    if (parent instanceof ArrayNode array) {
      assertThat(away && array.remove(last.getMatchingIndex()) != null).isTrue();
    } else if (away) {
      assertThat(((ObjectNode) parent).remove(last.getMatchingProperty())).isNotNull();
    } else {
      ((ObjectNode) parent).set(last.getMatchingProperty(), MAPPER.readTree(value));
    }
  }
}
