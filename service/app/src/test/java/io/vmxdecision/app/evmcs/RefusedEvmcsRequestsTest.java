package io.vmxdecision.app.evmcs;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.Answer;
import io.vmxdecision.app.support.RunningService;
import io.vmxdecision.app.support.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
class RefusedEvmcsRequestsTest {
  private final ServiceClient service;

  RefusedEvmcsRequestsTest(@LocalServerPort int port) {
    this.service = new ServiceClient(port);
  }

  /** PAGE stands for a good page, SHORT for one of 4095 bytes. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`',
      textBlock = """
          decode | ``                                       | ``                        | empty
          decode | {                                        | ``                        | end-of-input
          decode | []                                       | ``                        | expected object, found array
          decode | {}                                       | /evmcs                    | is required
          decode | {"evmcs":null}                           | /evmcs                    | null is no value
          decode | {"evmcs":1}                              | /evmcs                    | expected string
          decode | {"evmcs":"SHORT"}                        | /evmcs                    | this one 4095
          decode | {"evmcs":""}                             | /evmcs                    | base64
          decode | {"evmcs":"PAGE","evmcs":"PAGE"}          | /evmcs                    | Duplicate
          decode | {"evmcs":"PAGE","page":"PAGE"}           | /page                     | unknown property
          decode | {"evmcs":"SHORT","x":1}                  | /evmcs /x                 | unknown property
          encode | {}                                       | /evmcsFields              | is required
          encode | {"evmcsFields":null}                     | /evmcsFields              | null is no value
          encode | {"evmcsFields":[]}                       | /evmcsFields              | expected object
          encode | {"evmcs":"PAGE"}                         | /evmcsFields              | is required
          encode | {"evmcsFields":{},"evmcs":"SHORT"}       | /evmcs                    | this one 4095
          encode | {"evmcsFields":{"vm_id":"0x1"}}          | /evmcsFields/vm_id        | unknown property
          encode | {"evmcsFields":{"hv_vm_id":1}}           | /evmcsFields/hv_vm_id     | expected string
          encode | {"evmcsFields":{"hv_vm_id":"1"}}         | /evmcsFields/hv_vm_id     | 0x and at least one digit
          encode | {"evmcsFields":{"hv_vp_id":"0x100000000"}} | /evmcsFields/hv_vp_id   | more than 32 bits
          encode | {"evmcsFields":{"host_es_selector":"0x10000"}} | /evmcsFields/host_es_selector | more bits
          encode | {"evmcsFields":{"x":"0x1","hv_vm_id":""},"y":1,"evmcs":"SHORT"} | \
          /evmcsFields/x /evmcsFields/hv_vm_id /y /evmcs    | unknown property
          diff   | {}                                       | /before /after            | is required
          diff   | {"before":"PAGE"}                        | /after                    | is required
          diff   | {"before":"SHORT","after":"SHORT"}       | /before /after            | this one 4095
          diff   | {"before":"PAGE","after":"PAGE","x":1}   | /x                        | unknown property
          check  | ``                                       | ``                        | empty
          check  | {"evmcs":"SHORT","vpAssistPage":"SHORT","previousEvmcs":"SHORT","evmcsFields":{"a":"0x1"}} | \
          /evmcs /vpAssistPage /previousEvmcs /evmcsFields/a | this one 4095
          check  | {"evmcsFields":{},"vpAssist":{"directHypercall":1,"x":2}} | \
          /vpAssist/directHypercall /vpAssist/x             | expected boolean, found number
          check  | {"evmcsFields":{},"snapshot":{}}         | /snapshot                 | unknown property
          check  | {"evmcsFields":{},"profile":"sdm"}       | /profile                  | kvm-7.3
          """)
  void aFaultyRequestGetsEveryFaultAndItsPlace(
      String operation, String body, String pointers, String said) {
    String filled = body.replace("PAGE", base64(4096)).replace("SHORT", base64(4095));
    Answer answer =
        service.post("/v1/evmcs/" + operation, BodyPublishers.ofString(filled)).problem(400);
    assertThat(answer.texts("/errors", "pointer"))
        .as(answer.body())
        .containsExactlyInAnyOrderElementsOf(Arrays.asList(pointers.split(" ")));
    assertThat(answer.texts("/errors", "detail"))
        .anySatisfy(detail -> assertThat(detail).contains(said));
  }

  @Test
  void theSpecificationOfHyperVSaysNothingOfWhatIsRefused() {
    Answer answer =
        service.post("/v1/evmcs/check", BodyPublishers.ofString("{\"profile\":\"tlfs\"}")).problem(422);
    assertThat(answer.texts("/errors", "pointer")).containsExactly("", "/profile");
    assertThat(answer.text("/errors/1/detail")).contains("TLFS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"vpAssist\":{}}"})
  void thereHasToBeAnEvmcsToCheck(String body) {
    Answer answer = service.post("/v1/evmcs/check", BodyPublishers.ofString(body)).problem(422);
    assertThat(answer.texts("/errors", "pointer")).containsExactly("");
    assertThat(answer.text("/errors/0/detail")).isEqualTo("evmcs or evmcsFields is required");
  }

  @ParameterizedTest
  @CsvSource({"decode, 0", "decode, 1", "decode, 4095", "decode, 4097", "decode, 8192", "check, 0",
    "check, 4095", "check, 5464"})
  void aRawPageOfAnotherSizeIsRefusedWithItsSize(String operation, int size) {
    Answer answer = raw("/v1/evmcs/" + operation, size).problem(400);
    assertThat(answer.texts("/errors", "detail"))
        .containsExactly("a page has 4096 bytes, this one " + size);
    assertThat(answer.text("/errors/0/pointer")).isEmpty();
  }

  @Test
  void aRawBodyPastTheLimitIsRefused() {
    raw("/v1/evmcs/decode", (8 << 20) + 1).problem(413);
  }

  @ParameterizedTest
  @ValueSource(strings = {"maybe", "2", "null", "%00"})
  void anotherValueOfNonzeroIsRefusedByName(String value) {
    String path = "/v1/evmcs/decode?nonzero=" + value;
    assertThat(raw(path, 4096).problem(400).text("/detail")).contains("nonzero");
    String body = "{\"evmcs\":\"" + base64(4096) + "\"}";
    assertThat(service.post(path, BodyPublishers.ofString(body)).problem(400).text("/detail"))
        .contains("nonzero");
  }

  @ParameterizedTest
  @CsvSource({
    "decode, text/plain", "decode, multipart/form-data", "decode, */*", "decode, nonsense",
    "encode, application/octet-stream", "diff, application/octet-stream", "diff, multipart/form-data",
    "check, application/xml"
  })
  void onlyTheTypesOfTheContractAreTaken(String operation, String contentType) {
    service
        .send(
            service.request("/v1/evmcs/" + operation)
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(new byte[4096])))
        .problem(415);
  }

  @ParameterizedTest
  @CsvSource({"GET, decode", "PUT, encode", "DELETE, diff", "PATCH, check", "POST, fields"})
  void aMethodThatIsNotThereIsNotAllowed(String method, String operation) {
    service
        .send(service.request("/v1/evmcs/" + operation).method(method, BodyPublishers.noBody()))
        .problem(405);
  }

  @Test
  void answersAreInJsonOnly() {
    service
        .send(
            service.request("/v1/evmcs/encode")
                .header("Content-Type", "application/json")
                .header("Accept", "application/octet-stream")
                .POST(BodyPublishers.ofString("{\"evmcsFields\":{}}")))
        .problem(406);
  }

  private Answer raw(String path, int size) {
    return service.send(
        service.request(path)
            .header("Content-Type", "application/octet-stream")
            .POST(BodyPublishers.ofByteArray(new byte[size])));
  }

  private static String base64(int size) {
    return Base64.getEncoder().encodeToString(new byte[size]);
  }
}
