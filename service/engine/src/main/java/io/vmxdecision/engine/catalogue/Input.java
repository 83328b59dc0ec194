package io.vmxdecision.engine.catalogue;

import io.vmxdecision.engine.bytes.BitRange;
import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.vmx.Control;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Something that a rule reads: bits of a field or of a word, or a state that has no bits. */
public sealed interface Input {
  /** Where an input comes from. */
  enum Source {
    /** What the CPU reported with the exit. */
    EXIT,
    /** The enlightened VMCS. */
    EVMCS,
    /** The VP assist page of the exiting vCPU. */
    VP_ASSIST_PAGE,
    /** The partition assist page. */
    PARTITION_ASSIST_PAGE,
    /** L1's CPUID, and whether L0 enforces it. */
    CPUID,
    /** The registers of the exiting vCPU. */
    REGISTERS,
    /** L1's guest-physical memory. */
    MEMORY,
    /** L1's EPT. */
    TRANSLATIONS,
    /** The vCPUs of L1's VM: VP index, nested context, queues. */
    VCPUS
  }

  /** Where it comes from. */
  Source source();

  /** What it is, such as {@code eVMCS 0x344 hv_enlightenments_control bit 0}. */
  String text();

  /**
   * Bits of a field of a shared page.
   *
   * @param field the field
   * @param mask which of its bits
   */
  record Field(PageField field, long mask) implements Input {
    @Override
    public Source source() {
      return switch (field.page()) {
        case EVMCS -> Source.EVMCS;
        case VP_ASSIST_PAGE -> Source.VP_ASSIST_PAGE;
        case PARTITION_ASSIST_PAGE -> Source.PARTITION_ASSIST_PAGE;
      };
    }

    @Override
    public String text() {
      return Words.place(field) + (mask == field.mask() ? "" : " " + Words.bits(mask));
    }
  }

  /**
   * Bits of a word of L1's CPUID.
   *
   * @param word the word
   * @param mask which of its bits
   */
  record Cpuid(CpuidWord word, int mask) implements Input {
    @Override
    public Source source() {
      return Source.CPUID;
    }

    @Override
    public String text() {
      return word.title() + " " + Words.bits(Integer.toUnsignedLong(mask));
    }
  }

  /**
   * Bits of a general-purpose register.
   *
   * @param number of the register, 0..15
   * @param mask which of its bits
   */
  record General(int number, long mask) implements Input {
    @Override
    public Source source() {
      return Source.REGISTERS;
    }

    @Override
    public String text() {
      return Word.text(Registers.name(number).toUpperCase(Locale.ROOT), mask);
    }
  }

  /**
   * Bits of the hypercall's control word.
   *
   * @param mask which of its bits
   */
  record ControlWord(long mask) implements Input {
    @Override
    public Source source() {
      return Source.REGISTERS;
    }

    @Override
    public String text() {
      return Word.text("control word (RCX; outside 64-bit mode EDX:EAX)", mask);
    }
  }

  /**
   * Bits of another word that is in no page: of the exit, or a register.
   *
   * @param source where the word is
   * @param name its name
   * @param mask which of its bits; all ones for the whole word, whatever its width
   */
  record Word(Source source, String name, long mask) implements Input {
    /** The {@link #mask()} of a whole word. */
    public static final long WHOLE = -1L;

    @Override
    public String text() {
      return text(name, mask);
    }

    private static String text(String name, long mask) {
      return name + (mask == WHOLE ? "" : " " + Words.bits(mask));
    }
  }

  /** A state without bits of its own, or bytes whose place the other inputs tell. */
  enum State implements Input {
    VP_ASSIST_PAGE(Source.VP_ASSIST_PAGE, "whether a VP assist page is given"),
    EVMCS_PAGE(Source.EVMCS, "whether an eVMCS page is given"),
    PARTITION_ASSIST_PAGE(Source.PARTITION_ASSIST_PAGE, "whether the partition assist page can be read"),
    WRITTEN_FIELDS(Source.EVMCS, "the fields that it writes, as they were"),
    CPUID_ENFORCED(Source.CPUID, "whether L0 enforces CPUID (KVM_CAP_HYPERV_ENFORCE_CPUID)"),
    CPUID_FAULTING(Source.CPUID, "whether CPUID faulting is on"),
    SGX(Source.CPUID, "whether the guest has SGX (leaf 7, EBX bit 2)"),
    CPL(Source.REGISTERS, "CPL"),
    PROTECTED_MODE(Source.REGISTERS, "protected mode (CR0.PE)"),
    LONG_MODE(Source.REGISTERS, "64-bit mode (EFER.LMA and CS.L)"),
    INPUT_GPA(Source.REGISTERS, "input GPA (RDX; outside 64-bit mode EBX:ECX)"),
    XMM(Source.REGISTERS, "XMM0 to XMM5"),
    CALL_AS_READ(Source.REGISTERS, "the call's processors and list, as rules H read them"),
    MOV_REGISTER(Source.REGISTERS, "the general-purpose register of a MOV"),
    VMCS_FIELD_REGISTER(Source.REGISTERS, "the register that names the VMCS field"),
    INPUT_TRANSLATION(Source.TRANSLATIONS, "the translation of the input GPA's page"),
    HEADER(Source.MEMORY, "the header at the input GPA"),
    FORMAT(Source.MEMORY, "format of the header (of a fast call in XMM0)"),
    VALID_BANK_MASK(Source.MEMORY, "valid_bank_mask of the header (of a fast call in XMM0)"),
    BANKS(Source.MEMORY, "the banks behind the header"),
    LIST(Source.MEMORY, "the list behind the header and the banks"),
    MSR_BITMAP(Source.MEMORY, "the MSR bitmap"),
    IO_BITMAPS(Source.MEMORY, "the I/O bitmaps"),
    VMCS_BITMAP(Source.MEMORY, "the VMREAD or VMWRITE bitmap, at L1 GPA 0"),
    VCPU_CONTEXTS(Source.VCPUS, "of each vCPU: VP index (a call of L1), VmId and VpId (of L2)"),
    TARGETS(Source.VCPUS, "the targets, as rule M finds them"),
    QUEUE_LENGTHS(Source.VCPUS, "of each target: how many entries its queue holds"),
    QUEUES(Source.VCPUS, "of each target: the entries of its queue");

    private final Source source;
    private final String text;

    State(Source source, String text) {
      this.source = source;
      this.text = text;
    }

    @Override
    public Source source() {
      return source;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** A whole field. */
  static Input of(PageField field) {
    return new Field(field, field.mask());
  }

  /** Bits of a field. */
  static Input of(PageField field, long mask) {
    return new Field(field, mask);
  }

  /** The bit of a control, and of a secondary one the bit that activates it. */
  static List<Input> of(Control... controls) {
    return Arrays.stream(controls)
        .flatMap(
            control -> control.isSecondary()
                ? Stream.of(control, Control.ACTIVATE_SECONDARY_CONTROLS)
                : Stream.of(control))
        .distinct()
        .map(control -> of(control.field(), 1L << control.bit()))
        .toList();
  }

  /** Bits of a word of CPUID. */
  static Input of(CpuidWord word, int mask) {
    return new Cpuid(word, mask);
  }

  /** A whole general-purpose register by number. */
  static Input register(int number) {
    return new General(number, Word.WHOLE);
  }

  /** Bits of a general-purpose register by number. */
  static Input register(int number, long mask) {
    return new General(number, mask);
  }

  /** Bits of the hypercall's control word. */
  static Input control(long mask) {
    return new ControlWord(mask);
  }

  /** A run of bits of the hypercall's control word. */
  static Input control(BitRange range) {
    return control(range.mask());
  }

  /** A whole word of the exit information. */
  static Input exit(String name) {
    return new Word(Source.EXIT, name, Word.WHOLE);
  }

  /** All inputs of several lists, each once, in order. */
  @SafeVarargs
  @SuppressWarnings("varargs") // nothing is written to the array
  static List<Input> all(Collection<Input>... lists) {
    return Arrays.stream(lists).flatMap(Collection::stream).distinct().toList();
  }
}
