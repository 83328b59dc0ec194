package io.vmxdecision.app.decisionlog;

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
  private final CanonicalParts parts;

  private CanonicalRequest(CanonicalJson out, GuestBytes bytes) {
    this.out = out;
    this.parts = new CanonicalParts(out, bytes);
  }

  /**
   * Writes a request.
   *
   * @param id the client's, in JSON, which is no part of what is asked; null leaves it out
   */
  static void write(Askable question, byte @Nullable [] id, GuestBytes bytes, CanonicalJson out) {
    switch (question) {
      case Question exit -> new CanonicalRequest(out, bytes).write(exit, id);
      case VmEntryQuestion entry -> CanonicalVmEntry.write(entry, id, bytes, out);
    }
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
    parts.word("guestLinearAddress", exit.guestLinearAddress());
    parts.word("idtVectoringErrorCode", exit.idtVectoringErrorCode());
    parts.word("idtVectoringInfo", exit.idtVectoringInfo());
    parts.word("instructionInfo", exit.instructionInfo());
    out.name("instructionLength").number(Integer.toUnsignedLong(exit.instructionLength()));
    parts.word("interruptionErrorCode", exit.interruptionErrorCode());
    parts.word("interruptionInfo", exit.interruptionInfo());
    parts.word("qualification", exit.qualification());
    parts.word("reason", exit.reason());
    out.endObject();
  }

  /** With the registers of the exit, which stand here on the wire. */
  private void writeSnapshot(Snapshot snapshot, Registers registers) {
    out.name("snapshot").startObject();
    writeCpuid(snapshot.cpuid());
    parts.page("evmcs", snapshot.evmcs());
    out.name("host").startObject();
    out.name("la57").flag(snapshot.hasHostLa57());
    out.endObject();
    parts.memory(snapshot.memory());
    parts.page("partitionAssistPage", snapshot.partitionAssistPage());
    writeRegisters(registers);
    writeTranslations(snapshot);
    out.name("vcpu").number(snapshot.vcpu());
    writeVcpus(snapshot.vcpus());
    parts.page("vpAssistPage", snapshot.vpAssistPage());
    out.endObject();
  }

  private void writeCpuid(Cpuid cpuid) {
    out.name("cpuid").startObject();
    out.name("enforced").flag(cpuid.isEnforced());
    parts.word("enlightenmentsEax", cpuid.enlightenmentsEax());
    if (cpuid.isFaulting()) { // younger than the ids of decisions, which stay as they were without it
      out.name("faulting").flag(true);
    }
    parts.word("featuresEdx", cpuid.featuresEdx());
    parts.word("nestedEax", cpuid.nestedEax());
    out.name("sgx").flag(cpuid.hasSgx());
    out.endObject();
  }

  private void writeRegisters(Registers registers) {
    out.name("registers").startObject();
    out.name("cpl").number(registers.cpl());
    out.name("longMode").flag(registers.isLongMode());
    out.name("protectedMode").flag(registers.isProtectedMode());
    REGISTERS.forEach((name, value) -> parts.word(name, value.applyAsLong(registers)));
    out.name("xmm").startArray();
    for (int half = 0; half < Registers.XMM_HALVES; half += 2) {
      out.startObject();
      parts.word("hi", registers.xmmHalf(half + 1));
      parts.word("lo", registers.xmmHalf(half));
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
      parts.word("l1Gpa", snapshot.translations().l1Gpa(i));
      parts.word("l2Gpa", snapshot.translations().l2Gpa(i));
      out.endObject();
    }
    out.endArray();
  }

  private void writeVcpus(VirtualProcessors vcpus) {
    out.name("vcpus").startArray();
    for (int i = 0; i < vcpus.count(); i++) {
      out.startObject();
      out.name("l2").startObject();
      parts.word("vmId", vcpus.vmId(i));
      parts.word("vpId", vcpus.vpId(i));
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
}
