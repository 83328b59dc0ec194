package io.vmxdecision.engine.recorded;

import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.SnapshotBuilder;
import io.vmxdecision.engine.machine.SnapshotFault;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One line of the recorded cases, from 1: a request in the form of the API, and what the answer must hold. */
public record RecordedCase(
    int line, String id, JsonNode request, JsonNode expect, List<String> rules) {
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
            new RecordedCase(
                cases.size() + 1, node.path("id").asString(), node.path("request"), node.path("expect"),
                node.path("rules").valueStream().map(JsonNode::asString).toList()));
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Fills {@code snapshot} and {@code exit} with the request.
   *
   * @throws IllegalStateException when it cannot be a snapshot
   */
  public void fill(Snapshot snapshot, VmExit exit) {
    JsonNode from = request.path("snapshot");
    List<SnapshotFault> faults = new ArrayList<>();
    SnapshotBuilder builder = new SnapshotBuilder(faults::add);
    builder.begin(snapshot);
    fillPages(from, builder);
    fillCpuid(from.path("cpuid"), builder.cpuid());
    fillVcpus(from.path("vcpus"), builder);
    builder.exitingVcpu(from.path("vcpu").asInt(0));
    builder.hostLa57(from.path("host").path("la57").asBoolean(false));
    JsonNode memory = from.path("memory");
    for (int i = 0; i < memory.size(); i++) {
      builder.memory(i, word(memory.get(i), "gpa"), bytes(memory.get(i), "bytes"));
    }
    JsonNode translations = from.path("translations");
    for (int i = 0; i < translations.size(); i++) {
      builder.translation(i, word(translations.get(i), "l2Gpa"), word(translations.get(i), "l1Gpa"));
    }
    if (!faults.isEmpty()) {
      throw new IllegalStateException("line " + line + ", " + id + ": " + faults);
    }
    exit.clearTo(snapshot.evmcs());
    fillRegisters(from.path("registers"), exit.registers());
    fillExit(request.path("exit"), exit);
  }

  private static void fillPages(JsonNode from, SnapshotBuilder builder) {
    if (from.has("evmcs") || from.has("evmcsFields")) {
      EnlightenedVmcs page = new EnlightenedVmcs();
      byte[] bytes = page(from, "evmcs");
      page.wrap(bytes, 0);
      for (Map.Entry<String, JsonNode> field : from.path("evmcsFields").properties()) {
        page.value(Objects.requireNonNull(EvmcsField.of(field.getKey())), parse(field.getValue()));
      }
      builder.evmcs(bytes);
    }
    if (from.has("vpAssistPage") || from.has("vpAssist")) {
      byte[] bytes = page(from, "vpAssistPage");
      JsonNode fields = from.path("vpAssist");
      if (fields.path("enlightenVmentry").asBoolean(false)) {
        bytes[VpAssistField.ENLIGHTEN_VMENTRY.offset()] = 1;
      }
      if (fields.path("directHypercall").asBoolean(false)) {
        bytes[VpAssistField.FEATURES.offset()] |= VpAssistPage.DIRECT_HYPERCALL;
      }
      if (fields.has("currentNestedVmcs")) {
        LittleEndian.u64(
            bytes, VpAssistField.CURRENT_NESTED_VMCS.offset(), word(fields, "currentNestedVmcs"));
      }
      builder.vpAssistPage(bytes);
    }
    if (from.has("partitionAssistPage") || from.has("partitionAssist")) {
      byte[] bytes = page(from, "partitionAssistPage");
      if (from.path("partitionAssist").has("tlbLockCount")) {
        LittleEndian.u32(
            bytes,
            PartitionAssistField.TLB_LOCK_COUNT.offset(),
            (int) from.path("partitionAssist").path("tlbLockCount").asLong());
      }
      builder.partitionAssistPage(bytes);
    }
  }

  private static byte[] page(JsonNode from, String name) {
    return from.has(name) ? bytes(from, name) : new byte[PageView.PAGE_BYTES];
  }

  static void fillCpuid(JsonNode from, Cpuid cpuid) {
    cpuid.nestedEax((int) word(from, "nestedEax"));
    cpuid.enlightenmentsEax((int) word(from, "enlightenmentsEax"));
    cpuid.featuresEdx((int) word(from, "featuresEdx"));
    cpuid.enforced(from.path("enforced").asBoolean(false));
    cpuid.sgx(from.path("sgx").asBoolean(false));
    cpuid.faulting(from.path("faulting").asBoolean(false));
  }

  private static void fillVcpus(JsonNode from, SnapshotBuilder builder) {
    if (from.isMissingNode() || !builder.vcpus(from.size())) {
      return;
    }
    for (int vcpu = 0; vcpu < from.size(); vcpu++) {
      JsonNode one = from.get(vcpu);
      builder.vpIndex(vcpu, one.path("vpIndex").asInt());
      JsonNode l2 = one.path("l2");
      builder.nestedContext(vcpu, word(l2, "vmId"), (int) word(l2, "vpId"));
      for (JsonNode entry : one.path("pendingFlush").path("l1")) {
        builder.pending(vcpu, Level.L1, parse(entry));
      }
      for (JsonNode entry : one.path("pendingFlush").path("l2")) {
        builder.pending(vcpu, Level.L2, parse(entry));
      }
    }
  }

  static void fillRegisters(JsonNode from, Registers registers) {
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

  static void fillExit(JsonNode from, VmExit exit) {
    exit.from(Level.valueOf(from.path("from").asString("L2")));
    exit.reason((int) word(from, "reason"));
    exit.qualification(word(from, "qualification"));
    exit.interruptionInfo((int) word(from, "interruptionInfo"));
    exit.interruptionErrorCode((int) word(from, "interruptionErrorCode"));
    exit.instructionLength(from.path("instructionLength").asInt(0));
    exit.idtVectoringInfo((int) word(from, "idtVectoringInfo"));
    exit.idtVectoringErrorCode((int) word(from, "idtVectoringErrorCode"));
    if (from.has("instructionInfo")) {
      exit.instructionInfo((int) word(from, "instructionInfo"));
    }
    if (from.has("guestLinearAddress")) {
      exit.guestLinearAddress(word(from, "guestLinearAddress"));
    }
  }

  static byte[] bytes(JsonNode from, String name) {
    return Base64.getDecoder().decode(from.path(name).asString());
  }

  static long word(JsonNode from, String name) {
    return from.has(name) ? parse(from.path(name)) : 0;
  }

  private static long parse(JsonNode word) {
    return Long.parseUnsignedLong(word.asString().substring(2), 16);
  }
}
