package io.vmxdecision.artefacts.number;

import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.CapabilityBits;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.hyperv.HypercallControl;
import io.vmxdecision.engine.hyperv.HypercallStatus;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.CrAccess;
import io.vmxdecision.engine.vmx.DrAccess;
import io.vmxdecision.engine.vmx.EptViolation;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.ExitReasonKind;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import io.vmxdecision.engine.vmx.IoAccess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What words of up to 64 bits can mean. Safe for use by any thread. */
public final class Readings {
  private static final String EXIT_REASONS = "SDM vol. 3, appendix C \"VMX Basic Exit Reasons\" and 24.9.1";
  private static final String VECTORED = "SDM vol. 3, \"Information for VM Exits Due to Vectored Events\"";
  private static final String DELIVERY =
      "SDM vol. 3, \"Information for VM Exits That Occur During Event Delivery\"";
  private static final List<String> EVENT_TYPES = List.of(
      "EXTERNAL_INTERRUPT", "RESERVED", "NMI", "HARDWARE_EXCEPTION", "SOFTWARE_INTERRUPT",
      "PRIVILEGED_SOFTWARE_EXCEPTION", "SOFTWARE_EXCEPTION", "OTHER_EVENT");
  private static final List<String> EXCEPTIONS = List.of(
      "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "", "#TS", "#NP", "#SS", "#GP", "#PF",
      "", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP");
  private static final long HIGH_32 = 0xffff_ffff_0000_0000L;
  private static final long SMALL = 0x100;
  private static final int WINDOWS_HYPERVISOR = 0xc035_0000;

  private Readings() {}

  /** The exit reason in the low 32 bits; what stands above is a sign extension or an artefact of printing. */
  public static Reading exitReason(long word) {
    int raw = (int) word;
    ExitReasonKind kind = ExitReason.kind(raw);
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(raw));
    String name = kind == ExitReasonKind.HYPERV_SYNTHETIC
        ? ExitReason.SYNTHETIC_NAME
        : basic == null ? "" : basic.name();
    Reading.Parts parts = Reading.having()
        .word("value", Integer.toUnsignedLong(raw))
        .with("basic", ExitReason.basic(raw))
        .with("kind", kind.name());
    if (!name.isEmpty()) {
      parts.with("name", name);
    }
    parts.with("failedVmEntry", ExitReason.isFailedVmEntry(raw));
    StringBuilder text = new StringBuilder("Exit reason ")
        .append(new Word(Integer.toUnsignedLong(raw))).append(": ")
        .append(switch (kind) {
          case HYPERV_SYNTHETIC ->
            ExitReason.SYNTHETIC_NAME + ", the synthetic exit after an L2 TLB flush; no"
                + " EPT misconfiguration";
          case UNDEFINED -> "no exit reason has the number " + ExitReason.basic(raw);
          case IMPOSSIBLE ->
            "no CPU reports it" + (basic == null ? "" : " (basic reason " + basic.name() + ")");
          case STM, ARCHITECTURAL -> ExitReason.basic(raw) + " " + name
              + (basic == null || basic.title().equals(name) ? "" : ", " + basic.title());
        });
    if (ExitReason.isFailedVmEntry(raw)) {
      text.append("; bit 31: the VM-entry failed");
    } else if (basic == BasicExitReason.INVALID_STATE || basic == BasicExitReason.MSR_LOAD_FAIL) {
      text.append("; a CPU sets bit 31 with it, ").append(new Word(0x8000_0000L | ExitReason.basic(raw)));
    }
    long high = word & HIGH_32;
    if (high == HIGH_32) {
      text.append("; bits 63:32 are a sign extension, no part of it");
    } else if (high != 0) {
      text.append("; bits 63:32 are no part of it");
    }
    return parts.as("exitReason", text.append('.').toString(), EXIT_REASONS);
  }

  /** VM-entry or VM-exit interruption information, or with {@code idt} IDT-vectoring information. */
  public static Reading event(int info, String as) {
    int vector = InterruptionInfo.vector(info);
    String type = EVENT_TYPES.get(InterruptionInfo.type(info));
    boolean valid = InterruptionInfo.isValid(info);
    Reading.Parts parts = Reading.having()
        .word("value", Integer.toUnsignedLong(info))
        .with("valid", valid)
        .with("type", type)
        .with("vector", vector)
        .with("errorCodeValid", InterruptionInfo.hasErrorCode(info));
    String name = "";
    int number = InterruptionInfo.type(info);
    if ((number == InterruptionInfo.HARDWARE_EXCEPTION || number == InterruptionInfo.SOFTWARE_EXCEPTION
        || number == InterruptionInfo.PRIVILEGED_SOFTWARE_EXCEPTION) && vector < EXCEPTIONS.size()) {
      name = EXCEPTIONS.get(vector);
    }
    if (!name.isEmpty()) {
      parts.with("name", name);
    }
    boolean idt = as.equals("idtVectoring");
    String what = type.toLowerCase(Locale.ROOT).replace('_', ' ') + ", vector " + vector
        + (name.isEmpty() ? "" : " " + name);
    String text = !valid
        ? "Bit 31 is clear: there is no event, whatever the other bits say."
        : idt
            ? "This was being delivered when the exit came: " + what + "."
            : "Event: " + what + ".";
    return parts.as(as, text, idt ? DELIVERY : VECTORED);
  }

  /**
   * The exit qualification, for that reason.
   *
   * @return null for reasons of which the SDM defines no qualification
   */
  public static @Nullable Reading qualification(int reason, long word) {
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(reason));
    Reading.Parts parts = Reading.having().word("value", word);
    String source = "SDM vol. 3, \"Basic VM-Exit Information\"";
    if (basic == null || ExitReason.kind(reason) == ExitReasonKind.HYPERV_SYNTHETIC) {
      return null;
    }
    return switch (basic) {
      case EPT_VIOLATION -> eptViolation(word);
      case CR_ACCESS -> parts.with("controlRegister", CrAccess.register(word))
          .with("access", List.of("MOV_TO_CR", "MOV_FROM_CR", "CLTS", "LMSW").get(CrAccess.type(word)))
          .with("generalRegister", Registers.name(CrAccess.generalRegister(word)))
          .as("crAccess", "Access to CR" + CrAccess.register(word) + ".", source);
      case DR_ACCESS -> parts.with("debugRegister", DrAccess.register(word))
          .with("access", DrAccess.isRead(word) ? "MOV_FROM_DR" : "MOV_TO_DR")
          .with("generalRegister", Registers.name(DrAccess.generalRegister(word)))
          .as("drAccess", "Access to DR" + DrAccess.register(word) + ".", source);
      case IO_INSTRUCTION -> parts.word("port", IoAccess.port(word))
          .with("size", IoAccess.size(word))
          .with("direction", IoAccess.isIn(word) ? "IN" : "OUT")
          .with("string", IoAccess.isString(word))
          .with("rep", IoAccess.hasRep(word))
          .as("ioInstruction", (IoAccess.isIn(word) ? "IN from" : "OUT to") + " port "
              + new Word(IoAccess.port(word)) + ", " + IoAccess.size(word) + " bytes.", source);
      case MSR_LOAD_FAIL -> parts.with("entry", (int) word)
          .as("msrLoadEntry",
              "Loading entry " + word + " of the VM-entry MSR-load area failed (counted from 1).",
              "SDM vol. 3, 27.8 \"VM-Entry Failures During or After Loading Guest State\"");
      case INVALID_STATE -> parts.as("entryFailure", switch ((int) word) {
        case 2 -> "Loading the PDPTEs failed.";
        case 3 -> "An NMI was injected into an STI shadow.";
        case 4 -> "The VMCS link pointer is invalid.";
        default -> "Qualification " + word + ": a check of the guest state that is no PDPTE, NMI or link"
            + " pointer.";
      }, "SDM vol. 3, 27.8 \"VM-Entry Failures During or After Loading Guest State\"");
      case APIC_ACCESS -> parts.word("offset", word & 0xfff).with("type", (int) (word >>> 12) & 0xf)
          .as("apicAccess", "Access to the APIC page at offset " + new Word(word & 0xfff) + ".", source);
      case APIC_WRITE -> parts.word("offset", word & 0xfff)
          .as("apicWrite", "Write to the virtual APIC page at offset " + new Word(word & 0xfff) + ".",
              source);
      case EOI_INDUCED -> parts.with("vector", (int) word & 0xff)
          .as("eoi", "EOI of vector " + (word & 0xff) + ".", source);
      case SIPI_SIGNAL -> parts.with("vector", (int) word & 0xff)
          .as("sipi", "SIPI with vector " + (word & 0xff) + ".", source);
      case TASK_SWITCH -> parts.word("selector", word & 0xffff)
          .with("initiator", List.of("CALL", "IRET", "JMP", "TASK_GATE").get((int) (word >>> 30) & 3))
          .as("taskSwitch", "Task switch to selector " + new Word(word & 0xffff) + ".", source);
      case MSR_READ_IMM, MSR_WRITE_IMM -> parts.word("index", word & 0xffff_ffffL)
          .as("msrImmediate", "MSR " + msrName((int) word) + ".", source);
      case INVLPG -> parts.word("linearAddress", word)
          .as("invlpg", "INVLPG of linear address " + new Word(word) + ".", source);
      case EXCEPTION_NMI -> parts.as("exceptionQualification",
          "With #PF the faulting linear address, with #DB the bits of DR6; else 0.", source);
      case INVEPT, INVVPID, INVPCID, GDTR_IDTR, LDTR_TR, VMCLEAR, VMPTRLD, VMPTRST, VMREAD, VMWRITE, VMON,
          XSAVES, XRSTORS ->
        parts.as("displacement",
            "The displacement of the memory operand, " + new Word(word) + ".", source);
      case MWAIT_INSTRUCTION -> parts.with("armed", (word & 1) != 0)
          .as("mwait", "MWAIT; the monitoring hardware is " + ((word & 1) != 0 ? "armed." : "not armed."),
              source);
      case PML_FULL, SPP_EVENT -> parts.with("nmiUnblocking", ((word >>> 12) & 1) != 0)
          .as("nmiUnblocking", "Bit 12: IRET had unblocked NMIs.", source);
      case NOTIFY -> parts.with("contextInvalid", (word & 1) != 0)
          .as("notify", "The context of the VM is " + ((word & 1) != 0 ? "invalid." : "valid."), source);
      default -> null;
    };
  }

  /** Why there is no reading of a qualification. */
  public static String undefinedQualification(int reason) {
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(reason));
    return "The SDM defines no exit qualification for "
        + (basic == null ? "reason " + ExitReason.basic(reason) : basic.name())
        + ": the word is a leftover and is not decoded.";
  }

  private static Reading eptViolation(long word) {
    boolean linear = EptViolation.isLinearAddressValid(word);
    Reading.Parts parts = Reading.having().word("value", word)
        .with("read", EptViolation.isRead(word))
        .with("write", EptViolation.isWrite(word))
        .with("fetch", EptViolation.isFetch(word))
        .with("readable", EptViolation.isReadable(word))
        .with("writable", EptViolation.isWritable(word))
        .with("executable", EptViolation.isExecutable(word))
        .with("linearAddressValid", linear)
        .with("pageWalk", EptViolation.isPageWalk(word));
    if (linear && !EptViolation.isPageWalk(word)) {
      // Defined with "advanced VM-exit information for EPT violations" only, else 0.
      parts.with("userModePage", bit(word, 9)).with("writablePage", bit(word, 10)).with("executeDisable",
          bit(word, 11));
    }
    parts.with("nmiUnblocking", bit(word, 12)).with("asynchronous", bit(word, 16));
    List<String> did = new ArrayList<>();
    if (EptViolation.isRead(word)) {
      did.add("a read");
    }
    if (EptViolation.isWrite(word)) {
      did.add("a write");
    }
    if (EptViolation.isFetch(word)) {
      did.add("an instruction fetch");
    }
    String allowed = (EptViolation.isReadable(word) ? "r" : "-") + (EptViolation.isWritable(word) ? "w" : "-")
        + (EptViolation.isExecutable(word) ? "x" : "-");
    return parts.as("eptViolation",
        "EPT violation by " + (did.isEmpty() ? "no access" : String.join(", ", did))
            + (EptViolation.isPageWalk(word) ? " of a guest paging-structure entry" : "")
            + "; the EPT entries allow " + allowed + (allowed.equals("---") ? " (not mapped)." : "."),
        "SDM vol. 3, \"Exit Qualification for EPT Violations\"");
  }

  private static boolean bit(long word, int bit) {
    return ((word >>> bit) & 1) != 0;
  }

  /** The 64-bit hypercall input value. */
  public static Reading hypercallInput(long word) {
    int code = HypercallControl.code(word);
    String name = Tables.HYPERCALL_CODE.name(code);
    boolean nested = HypercallControl.NESTED.of(word) != 0;
    Reading.Parts parts = Reading.having().word("value", word).word("code", code);
    if (name != null) {
      parts.with("name", name);
    }
    parts.with("fast", HypercallControl.isFast(word))
        .with("variableHeaderSize", HypercallControl.variableHeaderSize(word))
        .with("nested", nested)
        .with("repCount", HypercallControl.repCount(word))
        .with("repStart", HypercallControl.repStart(word))
        .word("reserved", word & HypercallControl.RESERVED);
    return parts.as("hypercallInput", "Hypercall " + new Word(code) + (name == null ? "" : " " + name)
        + (HypercallControl.isFast(word) ? ", fast" : ", slow")
        + (nested ? ", with \"is nested\": for the hypervisor on the hardware" : "")
        + (HypercallControl.repCount(word) == 0 ? "" : ", rep count " + HypercallControl.repCount(word))
        + ((word & HypercallControl.RESERVED) == 0
            ? "."
            : "; reserved bits " + new Word(word & HypercallControl.RESERVED) + " are set."),
        "TLFS, \"Hypercall Inputs\"");
  }

  /** The 64-bit hypercall result value. */
  public static @Nullable Reading hypercallResult(long word) {
    String name = Tables.HYPERCALL_STATUS.name(word & 0xffff);
    return name == null
        ? null
        : Reading.having().word("value", word).word("status", word & 0xffff).with("name", name)
            .with("repsCompleted", HypercallStatus.repsCompleted(word))
            .as("hypercallStatus", "Hypercall result: " + name + ", reps completed "
                + HypercallStatus.repsCompleted(word) + ".", "TLFS, \"Hypercall Outputs\"");
  }

  /** The flags of a flush hypercall. */
  public static Reading flushFlags(long word) {
    return Reading.having().word("value", word).with("allProcessors", bit(word, 0))
        .with("allVirtualAddressSpaces", bit(word, 1))
        .with("nonGlobalMappingsOnly", bit(word, 2))
        .with("useExtendedRangeFormat", bit(word, 3))
        .as("flushFlags", "Flags of a flush: " + (bit(word, 0) ? "all processors, " : "")
            + (bit(word, 1) ? "all address spaces, " : "one address space, ")
            + (bit(word, 2) ? "non-global mappings only." : "global mappings too."),
            "TLFS, HV_FLUSH_FLAGS");
  }

  /** The nested features, CPUID 0x4000000A EAX. */
  public static Reading nestedFeatures(int word) {
    return Reading.having().word("value", Integer.toUnsignedLong(word))
        .with("evmcsLow", word & 0xff)
        .with("evmcsHigh", (word >>> 8) & 0xff)
        .with("directFlush", bit(word, 17))
        .with("gpaFlushHypercalls", bit(word, 18))
        .with("enlightenedMsrBitmap", bit(word, 19))
        .with("combinedVirtualizationException", bit(word, 20))
        .with("nonZeroDebugctl", bit(word, 21))
        .with("amdEnlightenedTlb", bit(word, 22))
        .as("nestedFeatures", (word & 0xffff) == 0
            ? "No eVMCS version is offered" + (bit(word, 22) ? "; AMD's enlightened TLB is." : ".")
            : "eVMCS versions " + (word & 0xff) + " to " + ((word >>> 8) & 0xff)
                + (bit(word, 17)
                    ? ", with the L2 TLB flush (bit 17)."
                    : ", without the L2 TLB flush (bit 17)."),
            "TLFS, \"Hypervisor Nested Virtualization Features\", CPUID 0x4000000A EAX");
  }

  /** The EPT pointer. */
  public static Reading eptPointer(long word) {
    int type = (int) word & 7;
    int levels = ((int) (word >>> 3) & 7) + 1;
    return Reading.having().word("value", word).with("memoryType", type).with("levels", levels)
        .with("accessedDirty", bit(word, 6)).with("supervisorShadowStack", bit(word, 7))
        .word("pml", word & ~0xfffL)
        .as("eptPointer", "EPT pointer: " + levels + " levels, memory type "
            + (type == 6 ? "write-back" : type == 0 ? "uncacheable" : type + " (not supported)")
            + (bit(word, 6) ? ", accessed and dirty flags" : "") + ", root at "
            + new Word(word & ~0xfffL) + ".", "SDM vol. 3, \"Extended-Page-Table Pointer (EPTP)\"");
  }

  /** A control word: every control that is 1, by name. */
  public static Reading controls(String as, EvmcsField field, int word) {
    List<String> on = Arrays.stream(Control.values())
        .filter(control -> control.field() == field && bit(word, control.bit()))
        .map(Control::title)
        .toList();
    return Reading.having().word("value", Integer.toUnsignedLong(word)).with("set", on)
        .as(as, (on.isEmpty() ? "No control is set." : "Set: " + String.join(", ", on) + "."),
            "SDM vol. 3, \"VM-Execution Control Fields\", \"VM-Exit Controls\", \"VM-Entry Controls\"");
  }

  /** A VMX capability word: of controls, which must be 1 and which may be, else the bits that are set. */
  public static Reading capability(Capability capability, long word) {
    List<CapabilityBits> bits = CapabilityBits.of(capability);
    Reading.Parts parts = Reading.having().word("value", word);
    String text = capability.msrName() + " is " + new Word(word) + ".";
    if (CapabilityBits.controls(capability) != null) {
      List<String> must = bits.stream().filter(it -> bit(word, it.low())).map(CapabilityBits::title).toList();
      List<String> never =
          bits.stream().filter(it -> !bit(word, it.low()) && !bit(word, it.low() + Integer.SIZE))
              .map(CapabilityBits::title).toList();
      parts.with("mustBe1", must).with("mustBe0", never);
      text += (must.isEmpty() ? "" : " Must be 1: " + String.join(", ", must) + ".")
          + (never.isEmpty() ? "" : " Not offered: " + String.join(", ", never) + ".");
    } else {
      List<String> set = bits.stream().filter(it -> it.in(word) != 0)
          .map(it -> it.title() + (it.low() == it.high() ? "" : " " + it.in(word))).toList();
      parts.with("set", set);
      text += set.isEmpty() ? "" : " Set: " + String.join(", ", set) + ".";
    }
    return parts.as(capability.label(), text, "SDM vol. 3, appendix A \"VMX Capability Reporting Facility\"");
  }

  /** The number as a VMCS field encoding, or null. */
  public static @Nullable Reading vmcsField(long word) {
    if (word < 0 || word > 0x6fff) {
      return null;
    }
    VmcsField field = VmcsField.ofEncoding((int) word);
    boolean high = field == null && bit(word, 0);
    if (high) {
      field = VmcsField.ofEncoding((int) word & ~1);
    }
    return field == null
        ? null
        : Reading.having().word("value", word).with("field", field.linuxName())
            .with("width", List.of("16 bits", "64 bits", "32 bits", "natural").get((int) (word >>> 13) & 3))
            .as("vmcsField", "VMCS field " + field.linuxName() + (high ? ", bits 63:32." : "."),
                "SDM vol. 3, appendix B \"Field Encoding in VMCS\"");
  }

  /** The name of an MSR with its number. */
  public static String msrName(int index) {
    String name = Tables.MSR.name(Integer.toUnsignedLong(index));
    return new Word(Integer.toUnsignedLong(index)) + (name == null ? "" : " " + name);
  }

  /** The MSR of that number, or null. */
  public static @Nullable Reading msr(int index) {
    return Tables.MSR.read(Integer.toUnsignedLong(index));
  }

  /** The VM-instruction error of that number, or null. */
  public static @Nullable Reading instructionError(int number) {
    return Tables.INSTRUCTION_ERROR.read(number);
  }

  /** The suberror of that number, or null. */
  public static @Nullable Reading suberror(int number) {
    return Tables.SUBERROR.read(number);
  }

  /** The exit to user space of that number, or null. */
  public static @Nullable Reading kvmExit(int number) {
    return Tables.KVM_EXIT.read(number);
  }

  /** The SVM exit code, or null. */
  public static @Nullable Reading svmExit(long code) {
    Reading reading = Tables.SVM_EXIT.read(code);
    return reading == null && code == (code & 0xffff_ffffL)
        ? Tables.SVM_EXIT.read(code << 32 >> 32)
        : reading;
  }

  /** What words can be read as with {@code as}. */
  public static List<String> kinds() {
    return List.of("exitReason", "qualification", "svmExitCode", "kvmExit", "instructionError",
        "interruptionInfo", "idtVectoring", "hypercallInput", "hypercallStatus", "vmcsField", "msr",
        "suberror",
        "pinControls", "primaryControls", "secondaryControls", "exitControls", "entryControls", "ept-pointer",
        "nestedFeatures", "flushFlags", "hypercallCode");
  }

  /** The word read as that, or null if it cannot be; {@code as} is one of {@link #kinds}. */
  public static @Nullable Reading as(String as, long word) {
    return switch (as) {
      case "exitReason" -> exitReason(word);
      case "svmExitCode" -> svmExit(word);
      case "kvmExit" -> Tables.KVM_EXIT.read(word);
      case "instructionError" -> Tables.INSTRUCTION_ERROR.read(word);
      case "interruptionInfo", "idtVectoring" -> event((int) word, as);
      case "hypercallInput" -> hypercallInput(word);
      case "hypercallStatus" -> hypercallResult(word);
      case "hypercallCode" -> Tables.HYPERCALL_CODE.read(word);
      case "vmcsField" -> vmcsField(word);
      case "msr" -> msr((int) word);
      case "suberror" -> Tables.SUBERROR.read(word);
      case "pinControls" -> controls(as, EvmcsField.PIN_BASED_VM_EXEC_CONTROL, (int) word);
      case "primaryControls" -> controls(as, EvmcsField.CPU_BASED_VM_EXEC_CONTROL, (int) word);
      case "secondaryControls" -> controls(as, EvmcsField.SECONDARY_VM_EXEC_CONTROL, (int) word);
      case "exitControls" -> controls(as, EvmcsField.VM_EXIT_CONTROLS, (int) word);
      case "entryControls" -> controls(as, EvmcsField.VM_ENTRY_CONTROLS, (int) word);
      case "ept-pointer" -> eptPointer(word);
      case "nestedFeatures" -> nestedFeatures((int) word);
      case "flushFlags" -> flushFlags(word);
      default -> null;
    };
  }

  /** Every reading of the word, likeliest first. */
  public static List<Reading> of(long word) {
    List<Reading> readings = new ArrayList<>();
    long low = word & ~HIGH_32;
    boolean signed = (word & HIGH_32) == HIGH_32;
    boolean word32 = (word & HIGH_32) == 0 || signed;
    int raw = (int) word;
    boolean reportable = word32 && ExitReason.kind(raw).isReportable();
    boolean event = word32 && InterruptionInfo.isValid(raw) && (raw & 0x7fff_e000) == 0;
    if (reportable && !event) {
      readings.add(exitReason(word));
    }
    add(readings, windowsStatus(raw), word32);
    add(readings, (raw & 0xffff) == raw || signed ? null : msr(raw), word32);
    if (event) {
      readings.add(event(raw, "interruptionInfo"));
      readings.add(event(raw, "idtVectoring"));
      if (reportable) {
        readings.add(raw < 0 && ExitReason.basic(raw) >= 33 && ExitReason.basic(raw) <= 41 ? 0 : 2,
            exitReason(word));
      }
    }
    if (Tables.HYPERCALL_CODE.name(word & 0xffff) != null && (word & HypercallControl.RESERVED) == 0
        && (word >>> 16) != 0) {
      readings.add(reportable ? readings.size() : 0, hypercallInput(word));
    }
    add(readings, Tables.INSTRUCTION_ERROR.read(word), true);
    add(readings, svmExit(signed ? word : low), word32);
    add(readings, Tables.KVM_EXIT.read(word), true);
    add(readings, Tables.SUBERROR.read(word), true);
    add(readings, (raw & 0xffff) == raw ? msr(raw) : null, word32);
    add(readings, vmcsField(word), true);
    add(readings, hypercallResult(word), word >>> 44 == 0 && (word & 0xffff_0000L) == 0);
    add(readings, Tables.HYPERCALL_CODE.read(word), true);
    if (word >= 0 && word < SMALL) {
      add(readings, hypercallInput(word), Tables.HYPERCALL_CODE.name(word) != null);
    }
    if (readings.isEmpty()) {
      add(readings, exitReason(word), word32);
      add(readings, hypercallInput(word), true);
    }
    return readings;
  }

  private static void add(List<Reading> readings, @Nullable Reading reading, boolean plausible) {
    if (reading != null && plausible) {
      readings.add(reading);
    }
  }

  /** A status of Windows with the facility of the hypervisor, 0xC035nnnn: a hypercall status is in it; or null. */
  public static @Nullable Reading windowsStatus(int word) {
    String name =
        (word & 0xffff_0000) == WINDOWS_HYPERVISOR ? Tables.HYPERCALL_STATUS.name(word & 0xffff) : null;
    return name == null
        ? null
        : Reading.having().word("value", word & 0xffff).with("name", name)
            .as("hypercallStatus",
                "Windows status " + new Word(Integer.toUnsignedLong(word))
                    + ", of the hypervisor: hypercall status "
                    + new Word(word & 0xffff) + " " + name + ".",
                "Windows ntstatus.h, facility 0x35; TLFS, \"Hypercall Status Codes\"");
  }

  /** Every reading of a name, such as {@code EPT_MISCONFIG}; none if no table has it. */
  public static List<Reading> ofName(String name) {
    List<Reading> readings = new ArrayList<>();
    String upper = name.toUpperCase(Locale.ROOT).replaceFirst("^EXIT_REASON_", "");
    for (BasicExitReason reason : BasicExitReason.values()) {
      if (reason.name().equals(upper)) {
        readings.add(exitReason(reason.number()));
      }
    }
    if (upper.equals(ExitReason.SYNTHETIC_NAME)) {
      readings.add(exitReason(ExitReason.SYNTHETIC_TRAP_AFTER_FLUSH));
    }
    for (Table table : Tables.ALL) {
      Long number = table.number(name);
      if (number != null) {
        readings.add(Objects.requireNonNull(table.read(number)));
      }
    }
    VmcsField field = VmcsField.of(name.toLowerCase(Locale.ROOT));
    Reading reading = field == null ? null : vmcsField(field.encoding());
    if (reading != null) {
      readings.add(reading);
    }
    return readings;
  }

  /**
   * As {@link #parse}, but 0x may be missing: 8 digits or more are hexadecimal if there is a letter or a leading 0
   * among them, and so is what is then the reason of a failed VM-entry.
   */
  public static @Nullable Long parseBare(String digits) {
    boolean decimal = digits.startsWith("-") || digits.chars().allMatch(Character::isDigit);
    if (digits.startsWith("0x") || (decimal && digits.length() < 8)) {
      return parse(digits);
    }
    Long hexadecimal = parse("0x" + digits);
    boolean failure = digits.length() == 8 && hexadecimal != null
        && ExitReason.isFailedVmEntry(hexadecimal.intValue())
        && ExitReason.kind(hexadecimal.intValue()).isReportable();
    return decimal && digits.charAt(0) != '0' && !failure ? parse(digits) : hexadecimal;
  }

  /**
   * The word that a text says: hexadecimal with 0x, decimal, or negative (a word of 32 bits that was printed
   * as signed, or of 64).
   *
   * @return null if it is none
   */
  public static @Nullable Long parse(String text) {
    try {
      if (text.startsWith("0x") || text.startsWith("0X")) {
        return Long.parseUnsignedLong(text, 2, text.length(), 16);
      }
      if (text.startsWith("-")) {
        long value = Long.parseLong(text);
        return value >= Integer.MIN_VALUE ? value & ~HIGH_32 : value;
      }
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
