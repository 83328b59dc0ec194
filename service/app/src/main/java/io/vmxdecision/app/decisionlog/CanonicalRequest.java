package io.vmxdecision.app.decisionlog;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import io.vmxdecision.engine.machine.VmExit;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The one form of a request: as the engine takes it, with every property spelled out and fields laid over
 * their pages, so that what means the same is written the same, whichever way it came. A request in it is
 * one that the service takes. Written as RFC 8785 wants it: properties by name, no blanks; the only numbers
 * are integers below 2^32, and all text but the id is ASCII.
 */
final class CanonicalRequest {
  private static final SortedMap<String, ToLongFunction<Registers>> REGISTERS = registersByName();

  private final CanonicalJson out;
  private final GuestBytes bytes;

  private CanonicalRequest(CanonicalJson out, GuestBytes bytes) {
    this.out = out;
    this.bytes = bytes;
  }

  /**
   * Writes a request.
   *
   * @param id the client's, in JSON, which is no part of what is asked; null leaves it out
   */
  static void write(Question question, byte @Nullable [] id, GuestBytes bytes, CanonicalJson out) {
    new CanonicalRequest(out, bytes).write(question, id);
  }

  private void write(Question question, byte @Nullable [] id) {
    out.startObject();
    writeExit(question.exit());
    if (id != null) {
      out.name("id").value(id);
    }
    out.name("profile").text(question.profile().id());
    writeSnapshot(question.snapshot(), question.exit().registers());
    out.endObject();
  }

  private void writeExit(VmExit exit) {
    out.name("exit").startObject();
    out.name("from").text(exit.from().name());
    word("guestLinearAddress", exit.guestLinearAddress());
    word("idtVectoringErrorCode", exit.idtVectoringErrorCode());
    word("idtVectoringInfo", exit.idtVectoringInfo());
    word("instructionInfo", exit.instructionInfo());
    out.name("instructionLength").number(Integer.toUnsignedLong(exit.instructionLength()));
    word("interruptionErrorCode", exit.interruptionErrorCode());
    word("interruptionInfo", exit.interruptionInfo());
    word("qualification", exit.qualification());
    word("reason", exit.reason());
    out.endObject();
  }

  /** With the registers of the exit, which stand here on the wire. */
  private void writeSnapshot(Snapshot snapshot, Registers registers) {
    out.name("snapshot").startObject();
    writeCpuid(snapshot.cpuid());
    writePage("evmcs", snapshot.evmcs());
    out.name("host").startObject();
    out.name("la57").flag(snapshot.hasHostLa57());
    out.endObject();
    writeMemory(snapshot);
    writePage("partitionAssistPage", snapshot.partitionAssistPage());
    writeRegisters(registers);
    writeTranslations(snapshot);
    out.name("vcpu").number(snapshot.vcpu());
    writeVcpus(snapshot.vcpus());
    writePage("vpAssistPage", snapshot.vpAssistPage());
    out.endObject();
  }

  private void writeCpuid(Cpuid cpuid) {
    out.name("cpuid").startObject();
    out.name("enforced").flag(cpuid.isEnforced());
    word("enlightenmentsEax", cpuid.enlightenmentsEax());
    if (cpuid.isFaulting()) { // younger than the ids of decisions, which stay as they were without it
      out.name("faulting").flag(true);
    }
    word("featuresEdx", cpuid.featuresEdx());
    word("nestedEax", cpuid.nestedEax());
    out.name("sgx").flag(cpuid.hasSgx());
    out.endObject();
  }

  private void writePage(String name, PageView page) {
    if (page.isGiven()) {
      out.name(name);
      bytes.write(page, out);
    }
  }

  private void writeMemory(Snapshot snapshot) {
    out.name("memory").startArray();
    for (int i = 0; i < snapshot.memory().size(); i++) {
      out.startObject();
      out.name("bytes");
      bytes.write(snapshot.memory(), i, out);
      word("gpa", snapshot.memory().gpa(i));
      out.endObject();
    }
    out.endArray();
  }

  private void writeRegisters(Registers registers) {
    out.name("registers").startObject();
    out.name("cpl").number(registers.cpl());
    out.name("longMode").flag(registers.isLongMode());
    out.name("protectedMode").flag(registers.isProtectedMode());
    REGISTERS.forEach((name, value) -> word(name, value.applyAsLong(registers)));
    out.name("xmm").startArray();
    for (int half = 0; half < Registers.XMM_HALVES; half += 2) {
      out.startObject();
      word("hi", registers.xmmHalf(half + 1));
      word("lo", registers.xmmHalf(half));
      out.endObject();
    }
    out.endArray();
    out.endObject();
  }

  private static SortedMap<String, ToLongFunction<Registers>> registersByName() {
    SortedMap<String, ToLongFunction<Registers>> byName = new TreeMap<>();
    for (int i = 0; i < Registers.GENERAL; i++) {
      int number = i;
      byName.put(Registers.name(number), registers -> registers.general(number));
    }
    byName.put("rflags", Registers::rflags);
    byName.put("rip", Registers::rip);
    return byName;
  }

  private void writeTranslations(Snapshot snapshot) {
    out.name("translations").startArray();
    for (int i = 0; i < snapshot.translations().size(); i++) {
      out.startObject();
      word("l1Gpa", snapshot.translations().l1Gpa(i));
      word("l2Gpa", snapshot.translations().l2Gpa(i));
      out.endObject();
    }
    out.endArray();
  }

  private void writeVcpus(VirtualProcessors vcpus) {
    out.name("vcpus").startArray();
    for (int i = 0; i < vcpus.count(); i++) {
      out.startObject();
      out.name("l2").startObject();
      word("vmId", vcpus.vmId(i));
      word("vpId", vcpus.vpId(i));
      out.endObject();
      out.name("pendingFlush").startObject();
      writePending("l1", vcpus, i, Level.L1);
      writePending("l2", vcpus, i, Level.L2);
      out.endObject();
      out.name("vpIndex").number(vcpus.vpIndex(i));
      out.endObject();
    }
    out.endArray();
  }

  private void writePending(String name, VirtualProcessors vcpus, int vcpu, Level fifo) {
    out.name(name).startArray();
    for (int i = 0; i < vcpus.pendingCount(vcpu, fifo); i++) {
      out.word(vcpus.pending(vcpu, fifo, i));
    }
    out.endArray();
  }

  private void word(String name, int value) {
    word(name, Integer.toUnsignedLong(value));
  }

  private void word(String name, long value) {
    out.name(name).word(value);
  }
}
