package io.vmxdecision.artefacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Missing;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Report;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.VmcsField;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts in the shape of public posts: of each, the place where its like can be read. */
class WildArtefactsTest {
  @Test // github.com/coconut-svsm/svsm/issues/1081, github.com/hermit-os/uhyve/issues/1150
  void anErrorOf0IsNoExitReason() {
    for (String line : List.of("KVM: entry failed, hardware error 0x0", "not implemented: FailEntry(0, 2)")) {
      Report report = Files.explain(line + "\nRAX=0000000000000000 RBX=ffffff80011f6000\n");
      Artefact failure = only(report, Kind.ENTRY_FAILURE);
      assertThat(report.exit()).isNull();
      assertThat(failure.instructionError()).isNull();
      assertThat(failure.summary()).contains("VMfailInvalid");
      assertThat(report.missing().stream().map(Missing::what)).contains("VMCS");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      # github.com/jonomango/hv/issues/62
      [hv] VMLAUNCH failed. Instruction error = 8.                                        | 8
      # github.com/Zero-Tang/NoirVisor/issues/24
      [NoirVisor] Failed at VM-Entry, Code=7  Reason: VM-Entry failed due to invalid ...  | 7
      # github.com/Bareflank/hypervisor/issues/267
      ERROR:     - vm_instruction_error: VM entry with invalid host-state field(s)        | 8
      """)
  void otherHypervisorsSayTheErrorInTheirWords(String line, int error) {
    assertThat(only(Files.explain(line + "\n"), Kind.ENTRY_FAILURE).instructionError()).isEqualTo(error);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "kvm: unhandled exit 80000021", // github.com/jclulow/illumos-kvm/issues/7
    "kvm: vm entry failed with error 0x80000021", "KVM: fail entry 0x80000021", // kontainapp/km/issues/448
    "[3526:164603] VM-entry failure exit reason: ffffffff80000021"}) // linux-noah/noah/issues/97
  void anExitReasonIsReadInTheWordsOfOtherPrograms(String line) {
    assertThat(Objects.requireNonNull(Files.explain(line + "\n").exit()).reason()).isEqualTo(0x80000021);
  }

  @Test // git.x-ys.cn/bootc-dev/bcvk/issues/145
  void aFailureOfAnAmdHostHasNoWordsOfCpuid() {
    Report report = Files.explain("""
        KVM: entry failed, hardware error 0xffffffff
        EAX=00000000 EBX=b7e03d78 ECX=000000b2 EDX=000000b2
        EIP=00008000 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=1 HLT=0
        """);
    assertThat(Files.kinds(report)).containsExactlyInAnyOrder(Kind.ENTRY_FAILURE, Kind.QEMU_REGISTERS);
    assertThat(report.missing().stream().map(Missing::what)).contains("VMCB");
  }

  private static final String HAXM = """
      haxm_error: vcpu_vmexit_handler(): The 5th vmexit reason is 33.
      haxm_error: 4000 VMX_PIN_CONTROLS: 1f
      haxm_error: 401e VMX_SECONDARY_PROCESSOR_CONTROLS: 2a
      00008149\t1.46222651\thaxm_warning: 4402 VM_EXIT_INFO_REASON: 80000021\t
      [ 20026,827747] haxm_warning: 681c GUEST_RSP: d4d01978
      0000013715.19327641haxm_warning:0802 GUEST_CS_SELECTOR: 10
      Jun 16 15:07:09 localhost /netbsd: [ 1776.3439261] haxm_warning: 4822 GUEST_TR_AR: 8b
      """;

  @Test // github.com/intel/haxm/issues/415, 306, 304, 182, 22
  void aDumpOfHaxmIsReadWhateverItsLogPutsBeforeTheLines() {
    Report report = Files.explain(HAXM);
    assertThat(only(report, Kind.VMCS_DUMP).fields()).containsExactlyInAnyOrderEntriesOf(Map.of(
        VmcsField.PIN_BASED_VM_EXEC_CONTROL, 0x1fL,
        VmcsField.SECONDARY_VM_EXEC_CONTROL, 0x2aL,
        VmcsField.VM_EXIT_REASON, 0x80000021L,
        VmcsField.GUEST_RSP, 0xd4d01978L,
        VmcsField.GUEST_CS_SELECTOR, 0x10L,
        VmcsField.GUEST_TR_AR_BYTES, 0x8bL));
    assertThat(report.artefacts().getFirst().kind()).as("in the order of the text").isEqualTo(Kind.NUMBER);
    assertThat(report.unrecognisedLines()).isZero();
  }

  @Test // lmlphp.com/user/216192/article/item/3701134
  void fieldsByTheNamesOfRekallAreRead() {
    assertThat(only(Files.explain("""
        [ 9021.315014]  # VPID = 0x0
        [ 9021.315022]  # GUEST_ES_SEL = 0x10
        [ 9021.315047]  # IO_BITMAP_A_FULL = 0x1000
        [ 9021.315049]  # IO_BITMAP_A_HIGH = 0x0
        [ 9021.315060]  # EXIT_REASON = 0x20
        """), Kind.VMCS_DUMP).fields()).containsExactlyInAnyOrderEntriesOf(Map.of(
        VmcsField.VIRTUAL_PROCESSOR_ID, 0L,
        VmcsField.GUEST_ES_SELECTOR, 0x10L,
        VmcsField.IO_BITMAP_A, 0x1000L,
        VmcsField.VM_EXIT_REASON, 0x20L));
  }

  @Test // github.com/tklengyel/drakvuf/issues/388: CR3 with the bit that MOV to CR3 takes for "no flush"
  void aDumpOfXenShowsTheBitOfCr3ThatNoCpuTakes() {
    Report report = Files.explain("""
        (XEN) d12v0 vmentry failure (reason 0x80000021): Invalid guest state (0)
        (XEN) ************* VMCS Area **************
        (XEN) *** Guest State ***
        (XEN) CR0: actual=0x000000008005003b, shadow=0x0000000080050033, gh_mask=ffffffffffffffff
        (XEN) CR4: actual=0x0000000000362670, shadow=0x0000000000360670, gh_mask=ffffffffffffffff
        (XEN) CR3 = 0x800000001a02f080
        (XEN) RSP = 0xffff880018cf7f50 (0xffff880018cf7f50)  RIP = 0xffffffff8184f058 (0xffffffff8184f058)
        (XEN)        sel  attr  limit   base
        (XEN)   CS: 0010 0a09b ffffffff 0000000000000000
        (XEN)   SS: 0018 0c093 ffffffff 0000000000000000
        (XEN) PreemptionTimer = 0x00000000  SM Base = 0x00000000
        (XEN) *** Control State ***
        (XEN) EntryControls=000053ff ExitControls=000fefff
        (XEN)         reason=80000021 qualification=0000000000000000
        (XEN) **************************************
        """);
    assertThat(Files.faults(report)).containsExactly("N-G22");
    assertThat(report.unrecognisedLines()).isZero();
  }

  /** lists.xenproject.org/archives/html/xen-devel/2019-07/msg01680.html: an exception without its error code. */
  @Test
  void aDumpAfterAnInstructionErrorNamesTheCheckThatDependsOnTheCpu() {
    String dump = """
        > (XEN) d2v0 VMLAUNCH error: 0x7
        > (XEN) *** Guest State ***
        > (XEN) CR0: actual=0x0000000080050033, shadow=0x0000000060000010, gh_mask=ffffffffffffffff
        > (XEN) CR4: actual=0x0000000000002050, shadow=0x0000000000000000, gh_mask=fffffffffffff871
        > (XEN) *** Control State ***
        > (XEN) EntryControls=000011ff ExitControls=002fefff
        > (XEN) PinBased=0000003f CPUBased=b6a1edfa SecondaryExec=000214eb
        > (XEN) VMEntry: intr_info=8000030d errcode=00000000 ilen=00000000
        > (XEN)         reason=00000030 qualification=0000000000000181
        > (XEN) IDTVectoring: info=80000b0d errcode=0000f000

        The IDTVectoring and VMEntry fields look like we are trying to re-inject it without an error code.
        """;
    Report report = Files.explain(dump);
    assertThat(only(report, Kind.ENTRY_FAILURE).instructionError()).isEqualTo(7);
    assertThat(Files.faults(report)).as("bit 56 of IA32_VMX_BASIC may allow it").isEmpty();
    assertThat(report.missing()).anyMatch(it -> it.what().equals("IA32_VMX_BASIC")
        && it.why().startsWith("N-C43 fails where its bit 56 is 0"));
    assertThat(only(report, Kind.VMCS_DUMP).summary()).contains("or one did with a VM-instruction error");
    Report known = Files.explain("0x480: da040000000004\n" + dump);
    assertThat(Files.faults(known)).containsExactly("N-C43");
    assertThat(known.missing().stream().map(Missing::what)).doesNotContain("IA32_VMX_BASIC");
  }

  @Test // lore.kernel.org/kvm/20210130063256.GA2572@local-michael-cet-test.sh.intel.com
  void aStaleShadowStackPointerOfTheGuestIsToldFromThatOfTheHost() {
    Report report = Files.explain("""
        [341485.265277] *** Guest State ***
        [341485.265280] CR0: actual=0x0000000000000030,
        shadow=0x0000000060000010, gh_mask=fffffffffffffff7
        [341485.265286] DS:   sel=0x0000, attr=0x00093, limit=0x0000ffff,
        base=0x0000000000000000
        [341485.265294] S_CET = 0x0000000000000000
        [341485.265295] SSP = 0x00007fc1727fdfd0
        [341485.265295] SSP TABLE = 0x0000000000000000
        [341485.265296] *** Host State ***
        [341485.265296] RIP = 0xffffffffc1235900  RSP = 0xffffaed7c150bd68
        [341485.265301] *** Control State ***
        [341485.265302] PinBased=000000ff CPUBased=b5a06dfa
        SecondaryExec=021237eb
        [341485.265303] EntryControls=0010d1ff ExitControls=102befff
        [341485.265306]         reason=80000021 qualification=0000000000000000
        [341485.265311] Virtual processor ID = 0x0001
        [341485.265312] S_CET = 0x0000000000000000
        [341485.265312] SSP = 0x0000000000000000
        [341485.265312] SSP TABLE = 0x0000000000000000

        The alternative way is to clear it in exit_lmode(), it also works.
        """);
    assertThat(report.artefacts()).hasSize(1);
    assertThat(report.vmcs()).containsEntry(VmcsField.GUEST_SSP, 0x7fc1727fdfd0L)
        .containsEntry(VmcsField.HOST_SSP, 0L);
    assertThat(Files.faults(report)).containsExactly("N-S65");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      What does hardware error 0x80000021 mean?                        | exitReason
      the guest hangs, and L1 sees 0x10000031 again and again          | exitReason
      it prints -2147483615                                            | exitReason
      run->exit_reason = 6 (KVM_EXIT_MMIO)                             | kvmExit
      kvm_run returned exit_reason 17                                  | kvmExit
      KVM: unknown exit reason 24                                      | kvmExit
      exit_code 0x400                                                  | svmExitCode
      Process finished with exit code 1                                | nothing
      The program ended with 0x80000003, a breakpoint                  | nothing
      HCS error 0xC0370102                                             | nothing
      """)
  void aNumberInASentenceIsReadWhereItCanOnlyBeThat(String line, String as) {
    List<String> readings = readings(Files.explain(line + "\n")).stream().map(Reading::as).toList();
    assertThat(readings).isEqualTo(as.equals("nothing") ? List.of() : List.of(as));
  }

  @Test
  void aQualificationBelongsToTheReasonOfItsOwnLine() {
    Report report = Files.explain("exit reason 48\nVmExit Reason: 0x1c, Qualification: 0x300\n");
    assertThat(readings(report).stream().map(Reading::as)).containsExactly("exitReason", "exitReason",
        "crAccess");
  }

  @Test // the output of bhyve when a VM ends
  void aQualificationLinesAfterItsReasonBelongsToIt() {
    Report report = Files.explain("""
        vm exit[0]
        \treason\t\tVMX
        \trip\t\t0x00000000ffff0010
        \texit_reason\t48 (EPT violation)
        \tqualification\t0x0000000000000182
        """);
    assertThat(Objects.requireNonNull(report.exit()).qualification()).isEqualTo(0x182L);
    assertThat(readings(report))
        .anyMatch(it -> it.as().equals("eptViolation") && Boolean.TRUE.equals(it.parts().get("write")));
  }

  @Test
  void messagesOfKvmAreReadAndNoTraceIsSeenInThem() {
    Report report = Files.explain("""
        [  114.234567] vmwrite error: reg 401e value 2a (err 12)
        [ 1234.567890] kvm [2345]: vcpu0, guest rIP: 0xfffff8019c8d6103 unhandled rdmsr: 0x611
        [ 1234.567892] kvm_set_msr_common: MSR_IA32_DEBUGCTLMSR 0x1, nop
        """);
    assertThat(Files.kinds(report)).containsExactly(Kind.NUMBER);
    assertThat(report.artefacts().getFirst().instructionError()).isEqualTo(12);
    assertThat(readings(report).stream().map(Reading::as))
        .containsExactly("vmcsField", "instructionError", "msr");
    assertThat(report.unrecognisedLines()).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "CPUID 4000000A: 000E0101-00000000-00000000-00000000", // github.com/pytorch/cpuinfo/pull/349
    "cpuid level 0x4000000a: 0x000e0101 0x00000000 0x00000000 0x00000000", // cpucontrol of FreeBSD
    "4000000a 00000000:  000e0101       00000000       00000000       00000000"}) // tycho/cpuid
  void aLeafIsReadInMoreForms(String line) {
    assertThat(Files.explain(line + "\n").cpuid()).containsEntry("nestedEax", 0xe0101);
  }

  @Test
  void theLeavesOfAnotherHypervisorAreNotHyperVs() {
    Report report = Files.explain("""
           0x40000000 0x00: eax=0x40000005 ebx=0x566e6558 ecx=0x65584d4d edx=0x4d4d566e
           0x40000001 0x00: eax=0x00040011 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
           0x40000003 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000010
           0x40000004 0x00: eax=0x00000030 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
        """);
    assertThat(Files.kinds(report)).containsExactly(Kind.CPUID);
    assertThat(report.cpuid()).isEmpty();
  }

  @Test
  void wordsOfAHexDumpAreNoLeaf() {
    assertThat(Files.kinds(Files.explain("""
        00000000: 00000000 00000000 00000000 00000000
        00000010: 00000000 00000000 00000000 00000000
        """))).containsExactly(Kind.HEX_PAGE);
  }

  @Test // github.com/ruzickap/packer-templates/issues/149 and 154
  void whatQemuSaysOfFlagsIsWhatTheChecksSay() {
    Report report = Files.explain("Hyper-V SynIC (requested by 'hv-synic' cpu flag) requires Hyper-V VP_INDEX"
        + " ('hv-vpindex')\n");
    assertThat(only(report, Kind.VM_CONFIG).faults().getFirst().fields()).containsExactly("hv-synic",
        "hv-vpindex");
    assertThat(report.cpuid()).as("the other flags are not known").isEmpty();
    Report other =
        Files.explain("Hyper-V synthetic timers (hv-stimer) requires Hyper-V clocksources (hv-time)\n");
    assertThat(only(other, Kind.VM_CONFIG).faults()).singleElement()
        .satisfies(it -> assertThat(it.fields()).containsExactly("hv-stimer", "hv-time"));
  }

  private static final String RDMSR = """
      0x480: da040000000004
      0x485: 7004c1e7
      0x48b: 55fdfff00000000
      0x48d: 7f00000016
      0x48e: fff9fffe04006172
      """;

  @ParameterizedTest
  @ValueSource(strings = {
    "# rdmsr 0x48d\n7f00000016\n", "0x48d: 7f00000016\n", "MSR 0x48d = 0x7f00000016\n",
    "IA32_VMX_TRUE_PINBASED_CTLS (0x48d): 0x7f00000016\n",
    // github.com/myspaghetti/macos-virtualbox/issues/224
    "00:00:06.506987 HM: MSR_IA32_VMX_TRUE_PINBASED_CTLS   = 0x7f00000016\n"})
  void aCapabilityIsReadInManyForms(String text) {
    assertThat(Files.explain(text).capabilities())
        .isEqualTo(Map.of(Capability.VMX_TRUE_PINBASED_CTLS, 0x7f00000016L));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void capabilitiesBesideADumpDecideMore(boolean before) {
    String dump = Files.text("posted/dump-vmcs-sti-blocking.txt");
    Artefact alone = only(Files.explain(dump), Kind.VMCS_DUMP);
    Report both = Files.explain(before ? RDMSR + dump : dump + RDMSR);
    assertThat(Objects.requireNonNull(only(both, Kind.VMCS_DUMP).verdict()).undecided())
        .isLessThan(Objects.requireNonNull(alone.verdict()).undecided());
    assertThat(Files.faults(both)).as("this CPU has no posted interrupts, and the dump uses them")
        .containsExactlyInAnyOrder("N-S39", "N-C1");
  }

  @Test
  void controlsWithoutTrueMsrsAreThoseOfOldCpus() {
    String old = "0x481: 3f00000016\n";
    assertThat(Files.explain("0x480: 5a08000000000d\n" + old).capabilities())
        .containsEntry(Capability.VMX_TRUE_PINBASED_CTLS, 0x3f00000016L);
    assertThat(Files.explain(RDMSR.lines().findFirst().orElseThrow() + "\n" + old).capabilities())
        .doesNotContainKey(Capability.VMX_TRUE_PINBASED_CTLS);
  }

  @Test // github.com/virt-manager/virt-manager/issues/234
  void whatTheHostLacksIsNamed() {
    Report report =
        Files.explain("2023-01-20T14:12:06.028218Z qemu-system-x86_64: warning: host doesn't support"
            + " requested feature: MSR(48BH).vmx-apicv-register [bit 8]\n");
    assertThat(readings(report)).singleElement()
        .satisfies(
            it -> assertThat(it.text()).contains("APIC-register virtualization", "IA32_VMX_PROCBASED_CTLS2"));
    assertThat(Files.faults(report)).isEmpty();
  }

  @Test // of the shape in github.com/virt-pvm/linux/issues/8, and of perf's since 6.6
  void aTableOfExitsSaysWhoseTheyAre() {
    Artefact table = only(Files.explain(Seeds.PERF), Kind.EXIT_COUNTS);
    assertThat(table.summary()).contains("26020 exits for 4 reasons", "VMREAD (72.8 %)", "an L1",
        "uses no enlightened VMCS");
    assertThat(table.decoded().getFirst().parts()).containsEntry("basic", 23).containsEntry("exits", 18940L);
    assertThat(Files.explain(Seeds.PERF).firstUnrecognised()).containsExactly("# perf kvm stat report");
    assertThat(only(Files.explain("                 npf        10    90.00%\n"), Kind.EXIT_COUNTS).decoded())
        .singleElement().satisfies(it -> assertThat(it.text()).contains("SVM exit code 0x400"));
    assertThat(Files.explain("disk 100 90.00% full\n").artefacts()).isEmpty();
  }

  @Test // of the shape of linux-kselftest: cpuid of a VM in Azure
  void whatCpuidSaysBitByBitAreTheWords() {
    Report report = Files.explain(Seeds.CPUID_TEXT);
    assertThat(report.cpuid()).containsEntry("nestedEax", 0xe0101).containsEntry("enlightenmentsEax", 0x4824)
        .containsEntry("featuresEdx", 0x4010);
    assertThat(Files.explain(Seeds.CPUID_TEXT.replaceFirst("(?m)^.*direct virtual flush.*\n", "")).cpuid())
        .as("a word without the bit that matters").doesNotContainKey("nestedEax")
        .containsKey("enlightenmentsEax");
    assertThat(Files.explain(Seeds.CPUID_TEXT.replace("Microsoft Hv", "KVMKVMKVM")).cpuid()).isEmpty();
    assertThat(Files.explain(Seeds.CPUID_TEXT.replace("CPU:", "CPU 0:")
        + Seeds.CPUID_TEXT.replace("CPU:", "CPU 1:")).artefacts()).hasSize(2);
  }

  @Test
  void theFlagsOfEqualCpusAreOneArtefact() {
    Artefact cpu = only(Files.explain(Seeds.CPUINFO), Kind.VMX_CAPABILITIES);
    assertThat(Files.explain(Seeds.CPUINFO).artefacts()).hasSize(1);
    assertThat(cpu.summary()).contains("an L1");
    assertThat(cpu.decoded())
        .anyMatch(it -> it.as().equals("vmxFlags") && it.text().contains("VMCS shadowing"));
  }

  @Test
  void domainCapabilitiesAreNoConfiguration() {
    Report report = Files.explain(Seeds.DOMAIN_CAPABILITIES);
    assertThat(report.cpuid()).isEmpty();
    assertThat(only(report, Kind.VM_CONFIG).summary()).contains("hv-evmcs not among them");
    assertThat(readings(report)).singleElement()
        .satisfies(it -> assertThat(it.text()).endsWith("hv-relaxed, hv-vapic, hv-tlbflush."));
  }

  @Test // a VM's file of Proxmox
  void flagsBetweenSemicolonsAreRead() {
    assertThat(Files.explain("cpu: host,flags=+hv-evmcs;+hv-tlbflush;-pcid\n").cpuid())
        .containsEntry("nestedEax", 0x101);
  }

  @Test // lists.xenproject.org/archives/html/xen-devel/2024-03/msg00988.html: osstest, nested
  void theQualificationThatXenPrintsIsRead() {
    Report report = Files.explain("> > d3v0 vmentry failure (reason 0x80000021): Invalid guest state (2)\n");
    assertThat(Objects.requireNonNull(report.exit()).qualification()).isEqualTo(2L);
    assertThat(readings(report)).anyMatch(it -> it.text().contains("PDPTE"));
  }

  @Test // lists.xenproject.org/archives/html/xen-devel/2019-11/msg00219.html
  void aSingleStepBehindMovSsLacksItsPendingDebugException() {
    Report report = Files.explain("""
        >>>> (XEN) [2019-11-02 14:09:46] d2v0 vmentry failure (reason 0x80000021):
        >>>> Invalid guest state (0)
        >>>> (XEN) [2019-11-02 14:09:46] *** Guest State ***
        >>>> (XEN) [2019-11-02 14:09:46] RFLAGS=0x00000187 (0x00000187)  DR7 =
        >>>> 0x0000000000000400
        >>>> (XEN) [2019-11-02 14:09:46] DebugCtl = 0x0000000000000000
        >>>> DebugExceptions = 0x0000000000000000
        >>>> (XEN) [2019-11-02 14:09:46] Interruptibility = 00000002  ActivityState
        >>>> = 00000000
        >>>> (XEN) [2019-11-02 14:09:46] *** Control State ***
        >>>> (XEN) [2019-11-02 14:09:46] EntryControls=0000d3ff
        >>>> ExitControls=002fefff
        >>>> (XEN) [2019-11-02 14:09:46] VMEntry: intr_info=80000501
        >>>> errcode=00000000 ilen=00000001
        >>>> (XEN) [2019-11-02 14:09:46]         reason=80000021
        >>>> qualification=0000000000000000
        """);
    assertThat(Files.faults(report)).containsExactly("N-S45");
  }

  @Test // lore.kernel.org/kvm: an exit while #GP was being delivered, wrapped by the mail
  void anEventThatWasBeingDeliveredIsReadInATrace() {
    Report report = Files.explain("""
        > CPU 3/KVM-9310    [013] ....  6076.453278: kvm_nested_vmexit: vcpu 3 reason
        > EPT_VIOLATION rip 0x103c00 info1 0x0000000000000781 info2 0x000000008000030d
        > intr_info 0x00000000 error_code 0x00000000
        """);
    Artefact trace = only(report, Kind.KVM_TRACE);
    assertThat(trace.place().lines()).isEqualTo(3);
    assertThat(trace.summary()).startsWith("A trace of KVM with 1 event. 1 exit from L2:");
    assertThat(readings(report)).anyMatch(it -> it.as().equals("idtVectoring")
        && Integer.valueOf(13).equals(it.parts().get("vector")));
  }

  @Test
  void aFailedEntryInATraceAsksForTheVmcs() {
    Report report = Files.explain("""
        CPU 12/KVM-9319    [014] .... 17072.747744: kvm_nested_vmexit: vcpu 12\s
        reason INVALID_STATE FAILED_VMENTRY rip 0x103c00 info1\s
        0x0000000000000000 info2 0x0000000000000000 intr_info 0x00000000\s
        error_code 0x00000000
        """);
    assertThat(report.missing().stream().map(Missing::what)).contains("VMCS");
    assertThat(report.unrecognisedLines()).isZero();
  }

  @Test // github.com/Scrut1ny/AutoVirt/issues/51
  void anExitThatKvmDoesNotHandleAsksForTheVmcs() {
    Report report = Files.explain("[  100.421786] kvm_intel: kvm [5306]: vcpu1, guest rIP: 0xfffff8069ac62fd1"
        + " vmx: unexpected exit reason 0x43\n");
    assertThat(report.artefacts()).singleElement().satisfies(
        it -> assertThat(it.summary())
            .isEqualTo("Exit reason 0x43: 67 UMWAIT. KVM says that it has no handler"
                + " for it."));
    assertThat(report.missing().stream().map(Missing::what)).contains("VMCS");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      input value 0x0000000400010003 | it is L0's if the L2 TLB flush is on
      input value 0x000000008001005c | it is L1's
      """)
  void aHypercallSaysWhoGetsItFromL2(String line, String owner) {
    assertThat(only(Files.explain(line + "\n"), Kind.HYPERCALL).summary()).contains(owner);
  }

  private static Artefact only(Report report, Kind kind) {
    return report.artefacts().stream().filter(it -> it.kind() == kind).findFirst()
        .orElseThrow(() -> new AssertionError(Files.kinds(report).toString()));
  }

  private static List<Reading> readings(Report report) {
    return report.artefacts().stream().map(Artefact::decoded).flatMap(List::stream).toList();
  }
}
