package io.vmxdecision.engine.recorded;

import io.vmxdecision.engine.snapshot.Level;
import io.vmxdecision.engine.snapshot.Registers;
import io.vmxdecision.engine.snapshot.Snapshot;
import io.vmxdecision.engine.snapshot.VmExit;
import io.vmxdecision.engine.view.EvmcsField;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One line of the recorded cases: a request in the form of the API, and what the answer must hold. */
public record RecordedCase(String id, JsonNode request, JsonNode expect) {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final String[] GENERAL = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
  };

  /** All cases of a resource, {@code .ndjson} or {@code .ndjson.gz}. */
  public static List<RecordedCase> all(String resource) {
    try (InputStream raw =
        Objects.requireNonNull(RecordedCase.class.getResourceAsStream(resource), resource);
        InputStream in = resource.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      List<RecordedCase> cases = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode node = MAPPER.readTree(line);
        cases.add(
            new RecordedCase(node.path("id").asString(), node.path("request"), node.path("expect")));
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fills {@code snapshot} and {@code exit} with the request. */
  public void fill(Snapshot snapshot, VmExit exit) {
    JsonNode from = request.path("snapshot");
    snapshot.clear();
    fillPages(from, snapshot);
    fillCpuid(from.path("cpuid"), snapshot);
    fillVcpus(from.path("vcpus"), snapshot);
    fillRegisters(from.path("registers"), snapshot);
    snapshot.vcpu(from.path("vcpu").asInt(0));
    snapshot.hostLa57(from.path("host").path("la57").asBoolean(false));
    for (JsonNode region : from.path("memory")) {
      byte[] bytes = Base64.getDecoder().decode(region.path("bytes").asString());
      snapshot.memory().add(word(region, "gpa"), bytes, 0, bytes.length);
    }
    for (JsonNode page : from.path("translations")) {
      snapshot.translations().add(word(page, "l2Gpa"), word(page, "l1Gpa"));
    }
    fillExit(request.path("exit"), snapshot, exit);
  }

  private static void fillPages(JsonNode from, Snapshot snapshot) {
    if (from.has("evmcs")) {
      snapshot.evmcs().wrap(page(from, "evmcs"), 0);
      snapshot.registers().general(Registers.RSP, snapshot.evmcs().value(EvmcsField.GUEST_RSP));
      snapshot.registers().rip(snapshot.evmcs().value(EvmcsField.GUEST_RIP));
      snapshot.registers().rflags(snapshot.evmcs().value(EvmcsField.GUEST_RFLAGS));
    }
    if (from.has("vpAssistPage")) {
      snapshot.vpAssistPage().wrap(page(from, "vpAssistPage"), 0);
    }
    if (from.has("partitionAssistPage")) {
      snapshot.partitionAssistPage().wrap(page(from, "partitionAssistPage"), 0);
    }
  }

  private static void fillCpuid(JsonNode from, Snapshot snapshot) {
    snapshot.cpuid().nestedEax((int) word(from, "nestedEax"));
    snapshot.cpuid().enlightenmentsEax((int) word(from, "enlightenmentsEax"));
    snapshot.cpuid().featuresEdx((int) word(from, "featuresEdx"));
    snapshot.cpuid().enforced(from.path("enforced").asBoolean(false));
    snapshot.cpuid().sgx(from.path("sgx").asBoolean(false));
  }

  private static void fillVcpus(JsonNode from, Snapshot snapshot) {
    if (from.isMissingNode()) {
      return;
    }
    snapshot.vcpus().reset(from.size());
    for (int vcpu = 0; vcpu < from.size(); vcpu++) {
      JsonNode one = from.get(vcpu);
      snapshot.vcpus().vpIndex(vcpu, one.path("vpIndex").asInt());
      JsonNode l2 = one.path("l2");
      snapshot.vcpus().nestedContext(vcpu, word(l2, "vmId"), (int) word(l2, "vpId"));
      for (JsonNode entry : one.path("pendingFlush").path("l1")) {
        snapshot.vcpus().addPending(vcpu, Level.L1, parse(entry));
      }
      for (JsonNode entry : one.path("pendingFlush").path("l2")) {
        snapshot.vcpus().addPending(vcpu, Level.L2, parse(entry));
      }
    }
  }

  private static void fillRegisters(JsonNode from, Snapshot snapshot) {
    Registers registers = snapshot.registers();
    for (int i = 0; i < GENERAL.length; i++) {
      if (from.has(GENERAL[i])) {
        registers.general(i, word(from, GENERAL[i]));
      }
    }
    if (from.has("rip")) {
      registers.rip(word(from, "rip"));
    }
    if (from.has("rflags")) {
      registers.rflags(word(from, "rflags"));
    }
    int half = 0;
    for (JsonNode xmm : from.path("xmm")) {
      registers.xmmHalf(half++, word(xmm, "lo"));
      registers.xmmHalf(half++, word(xmm, "hi"));
    }
    registers.cpl(from.path("cpl").asInt(0));
    registers.protectedMode(from.path("protectedMode").asBoolean(true));
    registers.longMode(from.path("longMode").asBoolean(true));
  }

  private static void fillExit(JsonNode from, Snapshot snapshot, VmExit exit) {
    exit.clear();
    exit.from(Level.valueOf(from.path("from").asString("L2")));
    exit.reason((int) word(from, "reason"));
    exit.qualification(word(from, "qualification"));
    exit.interruptionInfo((int) word(from, "interruptionInfo"));
    exit.interruptionErrorCode((int) word(from, "interruptionErrorCode"));
    exit.instructionLength(from.path("instructionLength").asInt(0));
    exit.idtVectoringInfo((int) word(from, "idtVectoringInfo"));
    exit.idtVectoringErrorCode((int) word(from, "idtVectoringErrorCode"));
    if (snapshot.evmcs().isGiven()) {
      exit.instructionInfo((int) snapshot.evmcs().value(EvmcsField.VMX_INSTRUCTION_INFO));
      exit.guestLinearAddress(snapshot.evmcs().value(EvmcsField.GUEST_LINEAR_ADDRESS));
    }
    if (from.has("instructionInfo")) {
      exit.instructionInfo((int) word(from, "instructionInfo"));
    }
    if (from.has("guestLinearAddress")) {
      exit.guestLinearAddress(word(from, "guestLinearAddress"));
    }
  }

  private static byte[] page(JsonNode from, String name) {
    return Base64.getDecoder().decode(from.path(name).asString());
  }

  private static long word(JsonNode from, String name) {
    return from.has(name) ? parse(from.path(name)) : 0;
  }

  private static long parse(JsonNode word) {
    return Long.parseUnsignedLong(word.asString().substring(2), 16);
  }
}
