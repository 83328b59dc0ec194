package io.vmxdecision.artefacts.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.Captures;
import io.vmxdecision.artefacts.trace.TraceEvent.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceReaderTest {
  private final List<String> events = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();
  private final TraceReader reader = new TraceReader(new TraceSink() {
    @Override
    public void event(TraceEvent event) {
      events.add(described(event));
    }

    @Override
    public void unknownLine(long line, byte[] bytes, int from, int to) {
      unknown.add(line + ":" + new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }
  });

  private static String described(TraceEvent event) {
    StringBuilder text = new StringBuilder();
    text.append(event.line()).append(' ').append(event.kind()).append(' ').append(event.isa());
    if (event.cpu() >= 0) {
      text.append(" cpu ").append(event.cpu());
    }
    if (event.task() >= 0) {
      text.append(" task ").append(event.task());
    }
    if (event.vcpu() >= 0) {
      text.append(" vcpu ").append(event.vcpu());
    }
    if (event.timeNanos() != TraceEvent.NO_TIME) {
      text.append(" at ").append(event.timeNanos());
    }
    for (Field field : Field.values()) {
      if (event.has(field)) {
        text.append(' ').append(field).append(' ').append(Long.toHexString(event.value(field)));
      }
    }
    if (event.isForL2()) {
      text.append(" L2");
    }
    return text.toString();
  }

  private List<String> read(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    reader.read(bytes, 0, bytes.length);
    reader.end();
    return events;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "qemu-123     [002] d..1.     1.473220: kvm_exit: vcpu 0 reason VMCALL rip 0x40 info1 0x1 info2 0x2"
        + " intr_info 0x3 error_code 0x4"
        + "|1 EXIT VMX cpu 2 task 123 vcpu 0 at 1473220000 REASON 12 RIP 40 INFO1 1 INFO2 2 INTR_INFO 3 ERROR_CODE 4",
    "CPU 23/KVM-5046 [001] ..... 3410.005610: kvm_nested_vmexit_inject: reason: DR_ACCESS ext_inf1: 0x216"
        + " ext_inf2: 0x0 ext_int: 0x0 ext_int_err: 0x0"
        + "|1 NESTED_VMEXIT_INJECT VMX cpu 1 task 5046 at 3410005610000 REASON 1d INFO1 216 INFO2 0 INTR_INFO 0"
        + " ERROR_CODE 0",
    "CPU 0/KVM  5046/5047 [003] 12345.678901:       kvm:kvm_entry: vcpu 12, rip 0xfff0[immediate exit]"
        + "|1 ENTRY UNKNOWN cpu 3 task 5047 vcpu 12 at 12345678901000 RIP fff0",
    "<...>-99 (  98) [001] .... 7.000000001: kvm_hv_flush_tlb: processor_mask 0x1 address_space 0x2 flags 0x3 (L2)"
        + "|1 HV_FLUSH_TLB UNKNOWN cpu 1 task 99 at 7000000001 PROCESSOR_MASK 1 ADDRESS_SPACE 2 FLAGS 3 L2",
    "kvm_nested_vmexit: rip fffff8022f3d8350 reason PREEMPTION_TIMER info1 10 info2 0 int_info 80000060 int_info_err 0"
        + "|1 NESTED_VMEXIT VMX REASON 34 RIP fffff8022f3d8350 INFO1 10 INFO2 0 INTR_INFO 80000060 ERROR_CODE 0",
    "kvm_exit: reason EPT_VIOLATION rip 0xfffff802987d6169 info 181 0"
        + "|1 EXIT VMX REASON 30 RIP fffff802987d6169 INFO1 181 INFO2 0",
    "kvm_exit: reason UNKNOWN (49) rip 0x1 info 0 0|1 EXIT UNKNOWN REASON 31 RIP 1 INFO1 0 INFO2 0",
    "kvm_exit: reason 49 rip 0x1 info 0 0|1 EXIT UNKNOWN REASON 31 RIP 1 INFO1 0 INFO2 0",
    "kvm_nested_vmexit_inject: reason: EPT_MISCONFIG 0x10000000 ext_inf1: 0x0 ext_inf2: 0x0 ext_int: 0x0"
        + " ext_int_err: 0x0"
        + "|1 NESTED_VMEXIT_INJECT VMX REASON 10000031 INFO1 0 INFO2 0 INTR_INFO 0 ERROR_CODE 0",
    "kvm_exit: vcpu 1 reason INVALID_STATE FAILED_VMENTRY rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0"
        + " requests 0x0000000000000000"
        + "|1 EXIT VMX vcpu 1 REASON 80000021 RIP 1 INFO1 0 INFO2 0 INTR_INFO 0 ERROR_CODE 0",
    "kvm_nested_vmexit: vcpu 0 reason UD excp rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0"
        + "|1 NESTED_VMEXIT SVM vcpu 0 REASON 46 RIP 1 INFO1 0 INFO2 0 INTR_INFO 0 ERROR_CODE 0",
    "kvm_nested_vmexit_inject: reason EXIT_NPF info1 200000006 info2 1ab000 int_info 0 int_info_err 0"
        + "|1 NESTED_VMEXIT_INJECT SVM REASON 400 INFO1 200000006 INFO2 1ab000 INTR_INFO 0 ERROR_CODE 0",
    "kvm_nested_vmrun: rip: 0x1 vmcb: 0x2 nrip: 0x3 int_ctl: 0x4 event_inj: 0x5 npt: on"
        + "|1 NESTED_VMENTER SVM RIP 1 VMCS 2 NESTED_RIP 3 EVENT_INJ 5",
    "kvm_hv_hypercall: code 0x14 fast var_cnt 0x1 rep_cnt 0x10 idx 0x0 in 0x5 out 0x6"
        + "|1 HV_HYPERCALL UNKNOWN CODE 14 FAST 1 VAR_CNT 1 REP_CNT 10 REP_IDX 0 IN 5 OUT 6",
    "kvm_hv_hypercall: code 0x2 slow cnt 0x0 idx 0x0 in 0x5 out 0x6"
        + "|1 HV_HYPERCALL UNKNOWN CODE 2 FAST 0 REP_CNT 0 REP_IDX 0 IN 5 OUT 6",
    "kvm_msr: msr_write 80b = 0x0 (#GP)|1 MSR UNKNOWN MSR_INDEX 80b MSR_VALUE 0",
    "kvm_msr: msr_read 40000073 = 0x120001|1 MSR UNKNOWN MSR_INDEX 40000073 MSR_VALUE 120001",
    "kvm_inj_exception: #UD (0x0)|1 INJ_EXCEPTION UNKNOWN EXCEPTION 6",
    "kvm_inj_exception: #PF (0x2) [reinjected]|1 INJ_EXCEPTION UNKNOWN EXCEPTION e",
    "kvm_inj_exception: [FAILED TO PARSE] exception=6 has_error=0|1 INJ_EXCEPTION UNKNOWN EXCEPTION 6",
    "kvm_inj_exception: something|1 INJ_EXCEPTION UNKNOWN",
    "> kvm_hv_hypercall_done: result 0x300000000|1 HV_HYPERCALL_DONE UNKNOWN RESULT 300000000",
    "qemu-12 0d..1 123us : kvm_exit: vcpu 0 reason HLT rip 0x1|1 EXIT UNKNOWN vcpu 0 at 0 REASON c RIP 1",
    "bash-12 [000] ..... 5.0: sched_switch: prev_comm=kvm_exit: next|1 OTHER UNKNOWN cpu 0 task 12 at 5000000000",
    "kvm_fpu: unload|1 OTHER UNKNOWN"})
  void aLineOfEachGenerationIsRead(String line, String event) {
    String expected =
        event.replace("at 0 ", "").replace("EXIT UNKNOWN vcpu 0 REASON c", "EXIT VMX vcpu 0 REASON c");
    assertThat(read(line + "\n")).containsExactly(expected);
    assertThat(unknown).isEmpty();
  }

  @Test
  void aMailMayWrapAnEventOverSeveralLines() {
    read("""
        kvm_nested_vmenter: rip: 0x0000000000008002 vmcs: 0x0000000000007000
                            nested_rip: 0x0000000000000000 int_ctl: 0x00000000
                            event_inj: 0x00000000 nested_ept=n guest
                            cr3: 0x0000000000002000
        kvm_hv_hypercall_done: result 0x0
        """);
    assertThat(events).containsExactly(
        "1 NESTED_VMENTER VMX RIP 8002 VMCS 7000 NESTED_RIP 0 EVENT_INJ 0",
        "5 HV_HYPERCALL_DONE UNKNOWN RESULT 0");
    assertThat(reader.lines()).isEqualTo(5);
    assertThat(unknown).isEmpty();
  }

  @Test
  void aMailMayWrapAnEventBehindItsHeaderAndBetweenAKeyAndItsValue() {
    read("""
        qemu-7 [001] 5.5:
          kvm_exit: vcpu 3 reason
          HLT rip
          0x12 info 0 0
        """);
    assertThat(events)
        .containsExactly("1 EXIT VMX cpu 1 task 7 vcpu 3 at 5500000000 REASON c RIP 12 INFO1 0 INFO2 0");
    assertThat(unknown).isEmpty();
  }

  @Test
  void whatIsNoTraceIsCountedAndShown() {
    read("""
        # tracer: nop
        cpus=2
        hello
        CPU:1 [LOST 12 EVENTS]
        CPU:0 [EVENTS DROPPED]
        kvm_intel: VMCS 00000000f971be22, last attempted VM-entry on CPU 3

        kvm_hv_hypercall_done: result 0x0
        """);
    assertThat(unknown).containsExactly(
        "3:hello", "6:kvm_intel: VMCS 00000000f971be22, last attempted VM-entry on CPU 3");
    assertThat(reader.unknownLines()).isEqualTo(2);
    assertThat(reader.lostEvents()).isEqualTo(12);
    assertThat(reader.lostMarkers()).isEqualTo(2);
    assertThat(reader.events()).isEqualTo(1);
    assertThat(events).hasSize(3);
  }

  @Test
  void aLineOfAnyLengthIsBounded() {
    byte[] long1 = "x".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 50; i++) {
      reader.read(long1, 0, long1.length);
    }
    read("\nkvm_hv_hypercall_done: result 0x0" + " ".repeat(9000) + "\nkvm_hv_hypercall_done: result 0x1\n");
    assertThat(unknown).hasSize(1);
    assertThat(unknown.getFirst()).hasSize(TraceReader.MAX_LINE_BYTES + 2);
    assertThat(events).containsExactly(
        "2 HV_HYPERCALL_DONE UNKNOWN RESULT 0", "3 HV_HYPERCALL_DONE UNKNOWN RESULT 1");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 17, 4096})
  void thePiecesInWhichATextComesChangeNothing(int size) {
    byte[] text = Captures.text("svm-hyperv_svm_test");
    reader.read(text, 0, text.length);
    reader.end();
    List<String> whole = List.copyOf(events);
    TraceReaderTest other = new TraceReaderTest();
    for (int at = 0; at < text.length; at += size) {
      other.reader.read(text, at, Math.min(size, text.length - at));
    }
    other.reader.end();
    assertThat(other.events).isEqualTo(whole);
  }

  static List<String> captures() {
    return Captures.NAMES;
  }

  @ParameterizedTest
  @MethodSource("captures")
  void everyLineOfARealTraceIsKnown(String name) {
    byte[] text = Captures.text(name);
    reader.read(text, 0, text.length);
    reader.end();
    assertThat(unknown).isEmpty();
    String all = new String(text, StandardCharsets.UTF_8);
    long expected = all.lines().filter(line -> line.contains(": ") && !line.startsWith("#")).count();
    assertThat(reader.events()).isEqualTo(expected);
    assertThat(events).noneMatch(event -> event.startsWith("0 "));
  }
}
