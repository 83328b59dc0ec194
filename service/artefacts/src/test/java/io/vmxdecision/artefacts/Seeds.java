package io.vmxdecision.artefacts;

import io.airlift.compress.zstd.ZstdOutputStream;
import io.vmxdecision.artefacts.machine.CapabilitiesReader;
import io.vmxdecision.artefacts.machine.ConfigReader;
import io.vmxdecision.artefacts.machine.CpuidReader;
import io.vmxdecision.artefacts.machine.CpuidTextReader;
import io.vmxdecision.artefacts.machine.CpuinfoReader;
import io.vmxdecision.artefacts.machine.RegistersReader;
import io.vmxdecision.artefacts.number.ExitCountsReader;
import io.vmxdecision.artefacts.number.NumberReader;
import io.vmxdecision.artefacts.number.SuberrorReader;
import io.vmxdecision.artefacts.page.Base64Reader;
import io.vmxdecision.artefacts.page.HexDumpReader;
import io.vmxdecision.artefacts.page.MemoryDump;
import io.vmxdecision.artefacts.page.NestedState;
import io.vmxdecision.artefacts.page.PageRecogniser;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.unpack.Unpacker;
import io.vmxdecision.artefacts.vmcs.EntryFailureReader;
import io.vmxdecision.artefacts.vmcs.VmcsDumpReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Inputs in each format, by the class that reads it, of which fuzzed ones are made. */
final class Seeds {
  private static final int TRACE_BYTES = 6000;

  private static final String XEN = """
      (XEN) d12v0 vmentry failure (reason 0x80000021): Invalid guest state (0)
      (XEN) ************* VMCS Area **************
      (XEN) *** Guest State ***
      (XEN) CR0: actual=0x000000008005003b, shadow=0x0000000080050033, gh_mask=ffffffffffffffff
      (XEN) CR3 = 0x800000001a02f080
      (XEN) RSP = 0xffff880018cf7f50 (0xffff880018cf7f50)  RIP = 0xffffffff8184f058 (0xffffffff8184f058)
      (XEN)        sel  attr  limit   base
      (XEN)   CS: 0010 0a09b ffffffff 0000000000000000
      (XEN) GDTR:            0000007f ffff88001f40c000
      (XEN) *** Host State ***
      (XEN) RIP = 0xffff82d080206d30 (vmx_asm_vmexit_handler)  RSP = 0xffff83043cf9ff70
      (XEN) CS=e008 SS=0000 DS=0000 ES=0000 FS=0000 GS=0000 TR=e040
      (XEN) *** Control State ***
      (XEN) EntryControls=000053ff ExitControls=000fefff
      (XEN)         reason=80000021 qualification=0000000000000000
      """;
  private static final String LIST = """
      haxm_error: 4000 VMX_PIN_CONTROLS: 1f
      00006802 VMCS_GUEST_CR3: 0
      0x00006820 Guest RFLAGS = 0x2
      vmread(0x681e) = 0xfff0
      # GUEST_ES_SEL = 0x10
      guest_cs_base: 0xffff0000
      """;
  private static final String FAILURES = """
      KVM: entry failed, hardware error 0x80000021
      vcpu run failed: FailEntry(7, 2)
      hardware_entry_failure_reason = 0x80000021
      VMLAUNCH failed with error 7
      [NoirVisor] Failed at VM-Entry, Code=7  Reason: VM-Entry failed due to invalid control
      kvm: unhandled exit 80000021
      """;
  private static final String SUBERRORS = """
      KVM internal error. Suberror: 3
      extra data[0]: 0x0000000080000b0e
      extra data[1]: 0x0000000000000031
      extra data[2]: 0x0000000000000083
      extra data[3]: 0x0000000fee00000
      extra data[4]: 2
      RAX=0000000000000001 RBX=0000000000000002 RCX=0000000000000122 RDX=0000000000000004
      KVM internal error. Suberror: 4
      extra data[0]: 0x0000000000000043
      """;
  private static final String LEAVES = """
         0x4000000a 0x00: eax=0x000e0101 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
      4000000a 00000000: 000e0101 00000000 00000000 00000000
      CPUID 40000003: 00002E7F-003B8030-00000002-000CFED7
      [    0.000000] Hyper-V: privilege flags low 0x2e7f, high 0x3b8030, hints 0xc2c, misc 0xe0bed7b2
      [    0.000000] Hyper-V: Nested features: 0xe0101
      """;
  private static final String CAPABILITIES = """
      0x480: da040000000004
      # rdmsr 0x48d
      7f00000016
      IA32_VMX_TRUE_PINBASED_CTLS (0x48d): 0x7f00000016
      00:00:06.506987 HM: MSR_IA32_VMX_PROCBASED_CTLS2   = 0x7f00000016
      qemu-system-x86_64: warning: host doesn't support requested feature: MSR(48BH).vmx-vmfunc [bit 13]
      """;
  private static final String FLAGS = """
      qemu-system-x86_64 -m 4G -cpu host,hv-evmcs,hv_vapic,hv-tlbflush-direct=off,-hv-vpindex,+hv-time \\
        -smp 2 -cpu host,hv-passthrough
      Hyper-V SynIC (requested by 'hv-synic' cpu flag) requires Hyper-V VP_INDEX ('hv-vpindex')
      """;
  private static final String NUMBERS = """
      exit reason 49
      VmExit Reason: 0x1c, Qualification: 0x300
      input value 0x0000000400010003
      hypercall status 0x3
      vmwrite failed: field=6c16 val=0 err=12
      unhandled rdmsr: 0x40000070
      idt_vectoring_info 0x80000b0e
      it ended with HV_STATUS_ACCESS_DENIED again, HvCallFlushVirtualAddressList
      0x10000031
      -2147483615
      """;

  static final String CPUID_TEXT = """
      CPU:
         vendor_id = "GenuineIntel"
         hypervisor_id (0x40000000) = "Microsoft Hv"
         hypervisor interface identification (0x40000001/eax):
            version = "Hv#1"
         hypervisor power management features (0x40000003/ecx):
            maximum process power state = 0x2 (2)
         hypervisor feature identification (0x40000003/edx):
            MWAIT available                          = false
            hypercall XMM input parameters available = true
            extended gva ranges for flush virt addrs = true
         hypervisor recommendations (0x40000004/eax):
            use hypercalls for remote TLB flushes = true
            use relaxed timing                    = true
            use ExProcessorMasks                  = true
            use enlightened VMCS interface        = true
            maximum number of spinlock retry attempts = 0xfff (4095)
         hypervisor nested virtualization features (0x4000000a):
            enlightened VMCS version (low)          = 0x1 (1)
            enlightened VMCS version (high)         = 0x1 (1)
            direct virtual flush hypercalls support = true
            HvFlushGuestPhysicalAddress* hypercalls = true
            enlightened MSR bitmap support          = true
         extended feature flags (0x80000001/edx):
            SYSCALL and SYSRET instructions        = true
      """;
  static final String CPUINFO = """
      processor\t: 0
      vendor_id\t: GenuineIntel
      flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep vmx ssse3 hypervisor ept vpid
      vmx flags\t: vnmi invvpid ept_x_only ept_ad tsc_offset vtpr mtf ept vpid unrestricted_guest shadow_vmcs
      bugs\t\t: spectre_v1

      processor\t: 1
      flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep vmx ssse3 hypervisor ept vpid
      vmx flags\t: vnmi invvpid ept_x_only ept_ad tsc_offset vtpr mtf ept vpid unrestricted_guest shadow_vmcs
      """;
  static final String PERF = """
      # perf kvm stat report

      Analyze events for all VMs, all VCPUs:

                   VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time

                    VMREAD      18940    68.75%     4.34%      0.73us 104499.10us     45.88us ( +-  13.51% )
                  VMRESUME       3622    13.15%    86.12%      0.34us 1663159.36us   4765.94us ( +-  18.58% )
             EPT_MISCONFIG       2057     7.47%     5.16%      0.85us  72083.56us    502.57us ( +-  12.41% )
      unknown kvm exit code:131072 on VMX
                   UNKNOWN       1401     5.09%     0.50%      0.52us  27967.64us     72.22us ( +-  35.47% )

      Total Samples:26020, Total events handled time:20043311.08us.
      """;
  private static final String PERF_NEW = """
      Event name                Samples   Sample%    Time (ns)     Time%   Max Time (ns)   Min Time (ns)
      EPT_VIOLATION               26968    54.00%    2003031800    41.00%         112113          601
      HLT                           100     1.00%       2003031     1.00%         112113          601
      """;
  private static final String KVM_STAT = """
       Event                                         Total %Total CurAvg/s
       kvm_exit(EPT_VIOLATION)                       26968   54.0      12
       kvm_exit(MSR_WRITE)                           100      1.0      12
      PID      TID      KVM_EXIT_REASON                     COUNT
      1273551  1273568  EXIT_REASON_MSR_WRITE               6
      """;
  static final String DOMAIN_CAPABILITIES = """
      <domainCapabilities>
        <features>
          <hyperv supported='yes'>
            <enum name='features'>
              <value>relaxed</value>
              <value>vapic</value>
              <value>tlbflush</value>
            </enum>
          </hyperv>
        </features>
      </domainCapabilities>
      """;

  private Seeds() {}

  /** The inputs of each reader, whole ones. */
  static Map<Class<?>, List<byte[]>> all() {
    byte[] evmcs = Files.bytes("pages/stage101_evmcs.bin");
    byte[] dump = Files.bytes("posted/dump-vmcs-healthy.txt");
    Map<Class<?>, List<byte[]>> seeds = new LinkedHashMap<>();
    seeds.put(VmcsDumpReader.class,
        of(posted("dump-"), texts(XEN, LIST)));
    seeds.put(EntryFailureReader.class, of(posted("xen-"), texts(FAILURES)));
    seeds.put(SuberrorReader.class, of(posted("suberror-"), texts(SUBERRORS)));
    seeds.put(RegistersReader.class, posted("qemu-registers"));
    seeds.put(CpuidReader.class, of(of(posted("cpuid-"), posted("dmesg-")), texts(LEAVES)));
    seeds.put(CpuidTextReader.class, texts(CPUID_TEXT));
    seeds.put(CpuinfoReader.class, texts(CPUINFO));
    seeds.put(CapabilitiesReader.class, texts(CAPABILITIES));
    seeds.put(ConfigReader.class, of(posted("libvirt-"), texts(FLAGS, DOMAIN_CAPABILITIES)));
    seeds.put(ExitCountsReader.class, texts(PERF, PERF_NEW, KVM_STAT));
    seeds.put(Base64Reader.class, texts(
        Base64.getMimeEncoder().encodeToString(evmcs).replace("\r", ""),
        "{\"vpAssistPage\": \""
            + Base64.getEncoder().encodeToString(Files.bytes("pages/stage100_vp_assist.bin"))
            + "\"}\n",
        Base64.getEncoder().encodeToString(Files.bytes("pages/stage101_nested_state.bin"))));
    seeds.put(TraceTextReader.class, of(posted("trace-"), captures()));
    seeds.put(HexDumpReader.class, texts(
        Formats.xxd(evmcs), Formats.hexdump(evmcs), Formats.od(evmcs), Formats.monitor(evmcs, 0x66000),
        Formats.gdb(evmcs, 0x66000), Formats.crash(evmcs, 0x66000), Formats.bare(evmcs),
        Formats.grouped(evmcs), Formats.c(evmcs), Formats.decimal(evmcs), Formats.kernel(evmcs),
        Formats.winDbg(evmcs, 0x66000, true), Formats.winDbg(evmcs, 0x66000, false)));
    seeds.put(NumberReader.class, of(of(posted("number-"), posted("hypercall-")), texts(NUMBERS)));
    seeds.put(MemoryDump.class, List.of(Formats.elf(Map.of(0x66000L, evmcs)),
        Formats.elf(Map.of(0x1_0000_0000L, Files.bytes("pages/stage101_vp_assist.bin")))));
    seeds.put(NestedState.class, List.of(Files.bytes("pages/stage100_nested_state.bin"),
        Files.bytes("pages/stage101_nested_state.bin")));
    seeds.put(PageRecogniser.class, List.of(evmcs, Files.bytes("pages/stage100_vp_assist.bin"),
        Files.bytes("pages/stage100_partition_assist.bin"),
        Arrays.copyOfRange(Files.bytes("pages/stage101_nested_state.bin"), 128, 128 + 4096)));
    seeds.put(Unpacker.class, List.of(
        Formats.gzip(dump), Formats.gzip(Formats.gzip(dump)), Formats.packed(dump, ZstdOutputStream::new),
        Formats.packed(dump, out -> new XZOutputStream(out, new LZMA2Options(0)))));
    return seeds;
  }

  /** What an artefact of that reader is. */
  static List<Kind> kinds(Class<?> reader) {
    return switch (reader.getSimpleName()) {
      case "VmcsDumpReader", "Unpacker" -> List.of(Kind.VMCS_DUMP);
      case "EntryFailureReader" -> List.of(Kind.ENTRY_FAILURE);
      case "SuberrorReader" -> List.of(Kind.NUMBER);
      case "RegistersReader" -> List.of(Kind.QEMU_REGISTERS);
      case "CpuidReader", "CpuidTextReader" -> List.of(Kind.CPUID);
      case "ExitCountsReader" -> List.of(Kind.EXIT_COUNTS);
      case "Base64Reader" -> List.of(Kind.PAGE, Kind.NESTED_STATE);
      case "CapabilitiesReader", "CpuinfoReader" -> List.of(Kind.VMX_CAPABILITIES);
      case "ConfigReader" -> List.of(Kind.VM_CONFIG);
      case "TraceTextReader" -> List.of(Kind.KVM_TRACE);
      case "HexDumpReader" -> List.of(Kind.HEX_PAGE);
      case "NumberReader" -> List.of(Kind.NUMBER, Kind.HYPERCALL);
      case "MemoryDump" -> List.of(Kind.MEMORY_DUMP);
      case "NestedState" -> List.of(Kind.NESTED_STATE);
      case "PageRecogniser" -> List.of(Kind.PAGE);
      default -> throw new AssertionError("no kind is known of " + reader);
    };
  }

  private static List<byte[]> of(List<byte[]> some, List<byte[]> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  private static List<byte[]> posted(String prefix) {
    return Files.ARTEFACTS.stream().filter(name -> name.startsWith(prefix))
        .map(name -> Files.bytes("posted/" + name)).toList();
  }

  private static List<byte[]> texts(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  /** Of each kind of traces that were captured, its beginning. */
  private static List<byte[]> captures() {
    List<byte[]> captures = new ArrayList<>();
    for (String name : List.of("svm-hyperv_tlb_flush", "trace-cmd-hyperv_evmcs", "vmx-hyperv_evmcs",
        "vmx-2cpu-flush_variants_two_vcpus")) {
      byte[] packed = Files.bytes("captures/" + name + ".txt.gz");
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
        captures.add(in.readNBytes(TRACE_BYTES));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return captures;
  }

}
