package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Missing;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Formats beside those that somebody posted. */
class OtherFormatsTest {
  private static final String XEN = """
      (XEN) *** Guest State ***
      (XEN) CR0: actual=0x0000000080050033, shadow=0x0000000080050033, gh_mask=ffffffffffffffff
      (XEN) RSP = 0x00000000000fffd0 (0x00000000000fffd0)  RIP = 0x0000000000100038 (0x0000000000100039)
      (XEN)        sel  attr  limit   base
      (XEN)   CS: 0010 0a09b ffffffff 0000000000000000
      (XEN)   SS: 0018 0c093 ffffffff 0000000000000000
      (XEN) GDTR:            0000ffff 00000000000f0000
      (XEN)   TR: 0020 0008b 00000067 00000000000f1000
      (XEN) EFER(VMCS) = 0x0000000000000500  PAT = 0x0007040600070406
      (XEN) *** Host State ***
      (XEN) RIP = 0xffff82d080206d30 (vmx_asm_vmexit_handler)  RSP = 0xffff83043cf9ff70
      (XEN) CS=e008 SS=0000 DS=0000 ES=0000 FS=0000 GS=0000 TR=e040
      (XEN) CR0=0000000080050033 CR3=0000000438e3c000 CR4=00000000003526e0
      (XEN) EFER = 0x0000000000000d01  PAT = 0x050100070406
      (XEN) *** Control State ***
      (XEN) PinBased=0000003f CPUBased=b62065fa SecondaryExec=000054eb
      (XEN)         reason=80000021 qualification=0000000000000000
      """;

  @Test
  void aDumpOfXenHasItsColumnsAndItsHost() {
    Map<VmcsField, Long> fields = dump(XEN).fields();
    assertThat(fields)
        .containsEntry(VmcsField.GUEST_CS_SELECTOR, 0x10L)
        .containsEntry(VmcsField.GUEST_CS_AR_BYTES, 0xa09bL)
        .containsEntry(VmcsField.GUEST_TR_LIMIT, 0x67L)
        .containsEntry(VmcsField.GUEST_GDTR_BASE, 0xf0000L)
        .containsEntry(VmcsField.GUEST_RIP, 0x100038L)
        .containsEntry(VmcsField.GUEST_IA32_EFER, 0x500L)
        .containsEntry(VmcsField.HOST_RIP, 0xffff82d080206d30L)
        .containsEntry(VmcsField.HOST_TR_SELECTOR, 0xe040L)
        .containsEntry(VmcsField.HOST_CR4, 0x3526e0L)
        .containsEntry(VmcsField.HOST_IA32_EFER, 0xd01L);
  }

  @Test
  void aListByEncodingIsADump() {
    Map<VmcsField, Long> fields = dump("""
        00006800 GUEST_CR0: 60000010
        00006802 VMCS_GUEST_CR3: 0
        0x00006820 Guest RFLAGS = 0x2
        vmread(0x681e) = 0xfff0
        guest_cs_base: 0xffff0000
        """).fields();
    assertThat(fields).containsEntry(VmcsField.GUEST_CR0, 0x60000010L)
        .containsEntry(VmcsField.GUEST_RIP, 0xfff0L)
        .containsEntry(VmcsField.GUEST_RFLAGS, 2L).containsEntry(VmcsField.GUEST_CS_BASE, 0xffff0000L);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "Nov 28 05:04:54 host kernel: kvm_intel: ", "[  673.850218] kvm_intel: ",
    "[  673.850218][ T1234] kvm_intel: ",
    "<3>[  673.850218] ", "kernel: [  673.850218] ", "2026-05-01T12:00:00.123456+00:00 host kernel: ",
    "> [ 1.000000] "})
  void whateverALogPutsBeforeItsLines(String prefix) {
    String text = Files.text("posted/dump-vmcs-three-faults.txt");
    String logged = String.join("", text.lines().map(line -> prefix + line + "\n").toList());
    assertThat(dump(logged).fields()).isEqualTo(dump(text).fields());
    assertThat(Files.explain(logged).unrecognisedLines()).isZero();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      vcpu run failed: FailEntry(7, 2)                          | 7
      VMLAUNCH failed with error 7                              | 7
      vmresume failed: error code = 5                           | 5
      VM instruction error: 12                                  | 12
      KVM: entry failed, hardware error 0x7                     | 7
      """)
  void aSmallNumberIsAnInstructionError(String line, int number) {
    Artefact failure = only(Files.explain(line + "\n"), Kind.ENTRY_FAILURE);
    assertThat(failure.instructionError()).isEqualTo(number);
    assertThat(failure.missing().stream().map(Missing::what)).contains("VMCS");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      KVM: entry failed, hardware error 0x80000021              | 0x80000021
      hardware_entry_failure_reason = 0x80000021                | 0x80000021
      exit reason 49                                            | 0x31
      unexpected exit reason 0x43                               | 0x43
      0x10000031                                                | 0x10000031
      -2147483615                                               | 0x80000021
      exit_reason: 0x30 qualification: 0x181                    | 0x30
      """)
  void aNumberThatIsAnExitReasonIsTheExit(String line, String reason) {
    assertThat(Objects.requireNonNull(Files.explain(line + "\n").exit()).reason())
        .isEqualTo((int) Long.decode(reason).longValue());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      input value 0x0000000400010003                            | HYPERCALL | hypercallInput
      hypercall status 0x3                                      | HYPERCALL | hypercallStatus
      vmwrite failed: field=6c16 val=0 err=12                   | NUMBER    | vmcsField
      unhandled rdmsr: 0x40000070                               | NUMBER    | msr
      SVM exit code 0x400                                       | NUMBER    | svmExitCode
      idt_vectoring_info 0x80000b0e                             | NUMBER    | idtVectoring
      WHvCreatePartition failed, hr=0xc0350005                  | HYPERCALL | hypercallStatus
      error: failed to set MSR 0x48b to 0x1582e00000000         | NUMBER    | msr
      it ended with HV_STATUS_ACCESS_DENIED again               | HYPERCALL_OR_NUMBER | hypercallStatus
      """)
  void aWordInASentenceIsReadAsTheSentenceSays(String line, String kind, String as) {
    Report report = Files.explain(line + "\n");
    assertThat(kind).contains(report.artefacts().getFirst().kind().name());
    assertThat(readings(report)).anyMatch(it -> it.as().equals(as));
  }

  @Test
  void theRegistersOfTwoCpusStayTwo() {
    String registers = """
        RAX=0000000000000001 RBX=0000000000000002 RCX=0000000000000003 RDX=0000000000000004
        RIP=fffff8022f3d8350 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0
        CS =0010 0000000000000000 00000000 00209b00 DPL=0 CS64 [-RA]
        CR0=80050033 CR2=0000000000000000 CR3=00000000001ad000 CR4=000006f8
        """;
    Report report = Files.explain("CPU#0\n" + registers + "CPU#1\n" + registers.replace("RIP=f", "RIP=0"));
    assertThat(report.artefacts().stream().map(Artefact::kind))
        .containsExactly(Kind.QEMU_REGISTERS, Kind.QEMU_REGISTERS);
    assertThat(report.registers()).containsEntry("rip", 0xfffff8022f3d8350L).containsEntry("rflags", 0x246L)
        .containsEntry("cpl", 0L);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|',
      textBlock = """
          -cpu host,hv-evmcs,hv-vapic,hv-tlbflush,hv-vpindex,hv-tlbflush-direct | 0x20101 | 0x480c |
          -cpu host,hv_relaxed,hv_vapic,hv_evmcs=on,+hv-emsr-bitmap             | 0x80101 | 0x4028 |
          -cpu host,hv-evmcs,hv-tlbflush-direct=off                             | 0x101   | 0x4000 | HV_FLAG_DEPENDENCY
          """)
  void theFlagsOfACommandLineMakeTheWords(String line, String nested, String hints, String fault) {
    Report report = Files.explain("qemu-system-x86_64 -m 4G " + line + " -smp 2\n");
    assertThat(report.cpuid()).containsEntry("nestedEax", Integer.decode(nested));
    assertThat(report.cpuid().getOrDefault("enlightenmentsEax", 0) & ~4)
        .isEqualTo(Integer.decode(hints) & ~4);
    assertThat(Files.faults(report)).isEqualTo(fault == null ? java.util.Set.of() : java.util.Set.of(fault));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "   0x4000000a 0x00: eax=0x000e0101 ebx=0x00000000 ecx=0x00000000 edx=0x00000000",
    "4000000a 00000000: 000e0101 00000000 00000000 00000000",
    "CPUID 4000000a:00 = 000e0101 00000000 00000000 00000000",
    "leaf 0x4000000a: eax = 0x000e0101, ebx = 0x00000000, ecx = 0x00000000, edx = 0x00000000",
    "[    0.000000] Hyper-V: Nested features: 0xe0101"})
  void aLeafIsReadInManyForms(String line) {
    assertThat(Files.explain(line + "\n").cpuid()).containsEntry("nestedEax", 0xe0101);
  }

  @Test
  void whatContradictsAnEarlierArtefactIsAFault() {
    String one = "Hyper-V: Nested features: 0xe0101\n";
    assertThat(Files.faults(Files.explain(one + "\n" + one.replace("e0", "c0")))).contains("CONTRADICTION");
    assertThat(Files.faults(Files.explain(one + one))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyKindSaysHowItIsRecognised(Kind kind) {
    assertThat(kind.recognisedBy()).endsWith(".").hasSizeGreaterThan(20);
  }

  static Stream<Long> words() {
    return LongStream.concat(
        LongStream.range(0, 2048),
        LongStream.of(-1, -2, 0x8000_0021L, 0xffff_ffff_8000_0021L, 0x1000_0031L, 0x8000_0b0eL, 0xf000_0000L,
            0x4000_0070L, 0xc000_0080L, 0x4_0001_0003L, Long.MIN_VALUE, Long.MAX_VALUE))
        .boxed();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyWordIsReadAsAnything(String as) {
    words().forEach(word -> {
      Reading reading = Readings.as(as, word);
      assertThat(reading == null || !reading.text().isBlank()).isTrue();
      for (int reason : new int[]{0, 1, 9, 28, 29, 30, 48, 84}) {
        Readings.qualification(reason, word);
      }
    });
  }

  static List<String> kinds() {
    return Readings.kinds();
  }

  @Test
  void everyWordHasAReadingOrNone() {
    words().forEach(word -> assertThat(Readings.of(word)).allMatch(it -> !it.text().isBlank()));
    assertThat(Readings.of(0x80000021L).getFirst().text()).contains("INVALID_STATE");
    assertThat(Readings.of(-1).stream().map(it -> it.parts().get("name"))).contains("VMEXIT_INVALID");
    assertThat(Readings.of(0xf000_0000L).stream().map(it -> it.parts().get("name")))
        .contains("HV_SVM_EXITCODE_ENL");
  }

  @Test
  void theSyntheticExitIsNoMisconfiguration() {
    Reading reading = Readings.exitReason(0x10000031);
    assertThat(reading.text()).contains("TRAP_AFTER_FLUSH", "no EPT misconfiguration");
    assertThat(Readings.qualification(0x10000031, 0x181)).isNull();
  }

  private static Artefact dump(String text) {
    return only(Files.explain(text), Kind.VMCS_DUMP);
  }

  private static Artefact only(Report report, Kind kind) {
    return report.artefacts().stream().filter(it -> it.kind() == kind).findFirst()
        .orElseThrow(() -> new AssertionError(Arrays.toString(Files.kinds(report).toArray())));
  }

  private static List<Reading> readings(Report report) {
    return report.artefacts().stream().map(Artefact::decoded).flatMap(List::stream).toList();
  }
}
