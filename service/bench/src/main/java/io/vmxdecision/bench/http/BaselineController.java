package io.vmxdecision.bench.http;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.decision.DecisionRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The least that a handler can do with the same bytes. */
@RestController
class BaselineController {
  private static final int PIECE_BYTES = 64 * 1024;

  private final JsonContract<DecisionRequest> contract;

  BaselineController(ContractSchemas schemas) {
    this.contract = JsonContract.of(DecisionRequest.class, "DecisionRequest", schemas);
  }

  /** Reads all, and writes {@code answer} bytes for every {@code request} bytes. */
  @PostMapping(path = "/bench/stream")
  void stream(
      @RequestParam long request,
      @RequestParam long answer,
      HttpServletRequest in,
      HttpServletResponse out)
      throws IOException {
    InputStream body = in.getInputStream();
    out.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
    OutputStream answers = out.getOutputStream();
    byte[] piece = new byte[PIECE_BYTES];
    long read = 0;
    long written = 0;
    for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
      read += count;
      while (written < read * answer / request) {
        int due = (int) Math.min(PIECE_BYTES, read * answer / request - written);
        answers.write(piece, 0, due);
        written += due;
      }
    }
  }

  /** Parses the body into the service's own types, and writes an answer of that size. */
  @PostMapping(path = "/bench/json", produces = MediaType.APPLICATION_JSON_VALUE)
  byte[] json(@RequestParam int answer, @RequestBody byte[] body) {
    contract.read(JsonPart.whole(body));
    return new byte[answer];
  }
}
