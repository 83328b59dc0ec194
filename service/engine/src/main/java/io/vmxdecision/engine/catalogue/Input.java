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
   * Bits of a word that is in no page: of the exit, of CPUID, or a register.
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
      return name + (mask == WHOLE ? "" : " " + Words.bits(mask));
    }
  }

  /**
   * A state without bits of its own, or bytes whose place the other inputs tell.
   *
   * @param source where it is
   * @param text what it is
   */
  record State(Source source, String text) implements Input {}

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
    return new Word(Source.CPUID, word.title(), Integer.toUnsignedLong(mask));
  }

  /** A whole general-purpose register by number. */
  static Input register(int number) {
    return new Word(Source.REGISTERS, Registers.name(number).toUpperCase(Locale.ROOT), Word.WHOLE);
  }

  /** Bits of a general-purpose register by number. */
  static Input register(int number, long mask) {
    return new Word(Source.REGISTERS, Registers.name(number).toUpperCase(Locale.ROOT), mask);
  }

  /** Bits of the hypercall's control word. */
  static Input control(long mask) {
    return new Word(Source.REGISTERS, "control word (RCX; outside 64-bit mode EDX:EAX)", mask);
  }

  /** A run of bits of the hypercall's control word. */
  static Input control(BitRange range) {
    return control(range.mask());
  }

  /** Whether the vCPU is in 64-bit mode. */
  static Input longMode() {
    return new State(Source.REGISTERS, "64-bit mode (EFER.LMA and CS.L)");
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
