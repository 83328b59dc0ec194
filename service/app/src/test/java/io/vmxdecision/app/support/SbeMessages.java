package io.vmxdecision.app.support;

import io.vmxdecision.sbe.DecisionDecoder;
import io.vmxdecision.sbe.ExitEncoder;
import io.vmxdecision.sbe.KernelProfile;
import io.vmxdecision.sbe.Level;
import io.vmxdecision.sbe.MessageHeaderDecoder;
import io.vmxdecision.sbe.MessageHeaderEncoder;
import io.vmxdecision.sbe.SnapshotEncoder;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.LongConsumer;
import java.util.Locale;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The messages of the binary stream, made of requests in JSON, and read into answers in JSON. */
public final class SbeMessages {
  private static final int FRAME_HEADER = 6;
  private static final String[] GENERAL = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9",
    "r10", "r11", "r12", "r13", "r14", "r15"};

  private SbeMessages() {}

  /** The frame of the snapshot of a request whose pages are given whole. */
  public static byte[] snapshot(JsonNode request, int id) {
    JsonNode from = request.path("snapshot");
    ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    SnapshotEncoder message = new SnapshotEncoder();
    message.wrapAndApplyHeader(buffer, FRAME_HEADER, new MessageHeaderEncoder());
    JsonNode cpuid = from.path("cpuid");
    message
        .snapshotId(id)
        .vcpu(from.path("vcpu").asInt(0))
        .nestedEax(word(cpuid, "nestedEax"))
        .enlightenmentsEax(word(cpuid, "enlightenmentsEax"))
        .featuresEdx(word(cpuid, "featuresEdx"));
    message
        .flags()
        .clear()
        .hostLa57(from.path("host").path("la57").asBoolean(false))
        .cpuidEnforced(cpuid.path("enforced").asBoolean(false))
        .sgx(cpuid.path("sgx").asBoolean(false))
        .cpuidFaulting(cpuid.path("faulting").asBoolean(false));
    JsonNode vcpus =
        from.has("vcpus") ? from.path("vcpus") : JsonMapper.shared().readTree("[{\"vpIndex\":0}]");
    SnapshotEncoder.VcpusEncoder vcpuGroup = message.vcpusCount(vcpus.size());
    for (JsonNode vcpu : vcpus) {
      JsonNode pending = vcpu.path("pendingFlush");
      vcpuGroup
          .next()
          .vpIndex(vcpu.path("vpIndex").asInt())
          .vpId(word(vcpu.path("l2"), "vpId"))
          .vmId(word(vcpu.path("l2"), "vmId"));
      var l1 = vcpuGroup.pendingL1Count(pending.path("l1").size());
      words(pending.path("l1"), entry -> l1.next().entry(entry));
      var l2 = vcpuGroup.pendingL2Count(pending.path("l2").size());
      words(pending.path("l2"), entry -> l2.next().entry(entry));
    }
    var translations = message.translationsCount(from.path("translations").size());
    for (JsonNode page : from.path("translations")) {
      translations.next().l2Gpa(word(page, "l2Gpa")).l1Gpa(word(page, "l1Gpa"));
    }
    var memory = message.memoryCount(from.path("memory").size());
    for (JsonNode region : from.path("memory")) {
      byte[] contents = bytes(region, "bytes");
      memory.next().gpa(word(region, "gpa")).putContents(contents, 0, contents.length);
    }
    byte[] evmcs = bytes(from, "evmcs");
    byte[] vpAssistPage = bytes(from, "vpAssistPage");
    byte[] partitionAssistPage = bytes(from, "partitionAssistPage");
    message.putEvmcs(evmcs, 0, evmcs.length);
    message.putVpAssistPage(vpAssistPage, 0, vpAssistPage.length);
    message.putPartitionAssistPage(partitionAssistPage, 0, partitionAssistPage.length);
    return frame(buffer, message.limit());
  }

  /** The frame of the exit of a request; what that leaves out is 0. */
  public static byte[] exit(JsonNode request, int snapshotId, long correlationId) {
    JsonNode from = request.path("exit");
    JsonNode registers = request.path("snapshot").path("registers");
    ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    ExitEncoder message = new ExitEncoder();
    message.wrapAndApplyHeader(buffer, FRAME_HEADER, new MessageHeaderEncoder());
    message
        .correlationId(correlationId)
        .snapshotId(snapshotId)
        .reason(word(from, "reason"))
        .qualification(word(from, "qualification"))
        .guestLinearAddress(word(from, "guestLinearAddress"))
        .rip(word(registers, "rip"))
        .rflags(word(registers, "rflags"))
        .interruptionInfo(word(from, "interruptionInfo"))
        .interruptionErrorCode(word(from, "interruptionErrorCode"))
        .instructionLength(from.path("instructionLength").asLong(0))
        .instructionInfo(word(from, "instructionInfo"))
        .idtVectoringInfo(word(from, "idtVectoringInfo"))
        .idtVectoringErrorCode(word(from, "idtVectoringErrorCode"))
        .from(Level.valueOf(from.path("from").asString("L2")))
        .cpl((short) registers.path("cpl").asInt(0))
        .profile(profile(request));
    message
        .mode()
        .clear()
        .protectedMode(registers.path("protectedMode").asBoolean(true))
        .longMode(registers.path("longMode").asBoolean(true));
    for (int i = 0; i < GENERAL.length; i++) {
      message.general(i, word(registers, GENERAL[i]));
    }
    for (int i = 0; i < 12; i++) {
      message.xmm(i, word(registers.path("xmm").path(i / 2), i % 2 == 0 ? "lo" : "hi"));
    }
    return frame(buffer, message.limit());
  }

  /** The template id of the message in a frame. */
  public static int templateId(byte[] frame) {
    return header(frame).templateId();
  }

  /** The header of the message in a frame. */
  public static MessageHeaderDecoder header(byte[] frame) {
    return new MessageHeaderDecoder().wrap(message(frame), 0);
  }

  /** The message in a frame. */
  public static DirectBuffer message(byte[] frame) {
    return new UnsafeBuffer(frame, FRAME_HEADER, frame.length - FRAME_HEADER);
  }

  /** A Decision in the form of the JSON answer, as far as the message has it. */
  public static ObjectNode decision(byte[] frame) {
    DecisionDecoder message = new DecisionDecoder();
    message.wrapAndApplyHeader(message(frame), 0, header(frame));
    ObjectNode answer = JsonMapper.shared().createObjectNode();
    answer.put("handledBy", message.handledBy().name());
    var conditions = message.conditions();
    ObjectNode flush = answer.putObject("l2TlbFlush");
    flush
        .putObject("conditions")
        .put("evmcsActive", conditions.evmcsActive())
        .put("evmcsNestedFlushHypercall", conditions.evmcsNestedFlushHypercall())
        .put("vpAssistDirectHypercall", conditions.vpAssistDirectHypercall())
        .put("cpuidDirectFlush", conditions.cpuidDirectFlush())
        .put("flushHypercall", conditions.flushHypercall());
    flush.put("eligible", conditions.getRaw() == 0x1f);
    var flags = message.flags();
    if (flags.hypercallHandled()) {
      ObjectNode hypercall = answer.putObject("hypercall");
      if (flags.invalidOpcode()) {
        hypercall.put("exception", "#UD");
      } else {
        hypercall
            .put("status", hex(message.result() & 0xffff))
            .put("result", hex(message.result()))
            .put("repsCompleted", (int) (message.result() >>> 32) & 0xfff);
      }
      answer.put("syntheticExit", flags.syntheticExit());
      answer
          .putObject("registersAfter")
          .put("rax", hex(message.raxAfter()))
          .put("rdx", hex(message.rdxAfter()))
          .put("rip", hex(message.ripAfter()));
    }
    if (flags.exitToL1()) {
      ObjectNode exit = answer.putObject("exitToL1");
      exit.put("reason", hex(message.reason())).put("qualification", hex(message.qualification()));
      if (message.reason() < 0x8000_0000L) {
        exit
            .put("interruptionInfo", hex(message.interruptionInfo()))
            .put("idtVectoringInfo", hex(message.idtVectoringInfo()))
            .put("instructionLength", message.instructionLength())
            .put("instructionInfo", hex(message.instructionInfo()));
      }
    }
    ArrayNode writes = answer.putArray("evmcsWrites");
    for (var write : message.evmcsWrites()) {
      writes.addObject()
          .put("offset", write.offset())
          .put("size", write.size())
          .put("before", hex(write.before()))
          .put("after", hex(write.after()));
    }
    ArrayNode mutations = answer.putArray("tlbMutations");
    for (var mutation : message.tlbMutations()) {
      ObjectNode one = mutations.addObject();
      one.put("vcpu", mutation.vcpu());
      boolean queue = mutation.fifo() != Level.NULL_VAL;
      boolean flushAll = mutation.flushAll() == 1;
      ArrayNode pending = queue
          ? one.put("fifo", mutation.fifo().name()).putArray("pendingAfter")
          : JsonMapper.shared().createArrayNode();
      mutation.pendingAfter().forEach(entry -> pending.add(hex(entry.entry())));
      ObjectNode effect = one.putObject("effect");
      ArrayNode ranges = effect.putArray("ranges");
      mutation.ranges()
          .forEach(range -> ranges.addObject().put("gva", hex(range.gva())).put("pages", range.pages()));
      effect.put("flushAll", flushAll);
    }
    return answer;
  }

  private static KernelProfile profile(JsonNode request) {
    String id = request.path("profile").asString("");
    return id.isEmpty()
        ? KernelProfile.NULL_VAL
        : KernelProfile.valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_'));
  }

  private static byte[] frame(ExpandableArrayBuffer buffer, int end) {
    buffer.putInt(0, end, ByteOrder.BIG_ENDIAN);
    buffer.putShort(4, (short) 0xeb50, ByteOrder.BIG_ENDIAN);
    return Arrays.copyOf(buffer.byteArray(), end);
  }

  private static void words(JsonNode array, LongConsumer consumer) {
    for (JsonNode word : array) {
      consumer.accept(Long.parseUnsignedLong(word.asString().substring(2), 16));
    }
  }

  private static long word(JsonNode from, String name) {
    return from.has(name) ? Long.parseUnsignedLong(from.path(name).asString().substring(2), 16) : 0;
  }

  private static byte[] bytes(JsonNode from, String name) {
    return from.has(name) ? Base64.getDecoder().decode(from.path(name).asString()) : new byte[0];
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
