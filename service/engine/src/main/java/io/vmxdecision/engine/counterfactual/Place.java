package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.catalogue.CpuidWord;
import io.vmxdecision.engine.catalogue.Words;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Locale;

/** Where a change to a VM-exit, or to what L0 knows at it, is made. */
public sealed interface Place extends Changeable {
  /**
   * A field of a shared page. Where the page is not given, a change of a field gives it: zeros but for the
   * field.
   */
  record Field(PageField field) implements Place {
    @Override
    public String title() {
      return Words.place(field);
    }

    @Override
    public long mask() {
      return field.mask();
    }

    @Override
    public String nameOf(int bit) {
      Control control = field instanceof EvmcsField of ? Control.of(of, bit) : null;
      return control == null ? "" : control.title();
    }
  }

  /** Whether a shared page is given: 1 or 0. A change takes the page away. */
  record Page(PageField.Page page) implements Place {
    @Override
    public String title() {
      return switch (page) {
        case EVMCS -> "eVMCS page";
        case VP_ASSIST_PAGE -> "VP assist page";
        case PARTITION_ASSIST_PAGE -> "partition assist page";
      };
    }
  }

  /** A word of L1's CPUID. */
  record Cpuid(CpuidWord word) implements Place {
    @Override
    public String title() {
      return word.title();
    }
  }

  /** A general-purpose register by number, 0..15. */
  record General(int number) implements Place {
    @Override
    public String title() {
      return Registers.name(number).toUpperCase(Locale.ROOT);
    }
  }

  /** Half an XMM register, 0..11, the low half of each first. */
  record XmmHalf(int index) implements Place {
    @Override
    public String title() {
      return "XMM" + index / 2 + (index % 2 == 0 ? " 63:0" : " 127:64");
    }
  }

  /** A state of the vCPU or of its CPUID. */
  enum State implements Place {
    /** The privilege level, 0..3. */
    CPL("CPL"),
    /** CR0.PE, 1 or 0. */
    PROTECTED_MODE("protected mode"),
    /** 64-bit mode, 1 or 0. */
    LONG_MODE("64-bit mode"),
    /** L0 refuses what CPUID does not offer, 1 or 0. */
    CPUID_ENFORCED("CPUID is enforced"),
    /** CPUID faulting is on, 1 or 0. */
    CPUID_FAULTING("CPUID faulting"),
    /** The guest has SGX, 1 or 0. */
    SGX("SGX");

    private final String title;

    State(String title) {
      this.title = title;
    }

    @Override
    public String title() {
      return title;
    }
  }

  /** A byte of L1's memory that is there. */
  record Memory(long gpa) implements Place {
    @Override
    public String title() {
      return "L1 memory " + Words.hex(gpa);
    }
  }

  /** Whether memory that is not there is: 0 or 1. A change gives zeros from {@code gpa} on. */
  record Region(long gpa, int length) implements Place {
    @Override
    public String title() {
      return length + " bytes of L1 memory at " + Words.hex(gpa);
    }
  }

  /** Whether L1's EPT translates a page of L2, to that page: 1 or 0. */
  record Translation(long l2Gpa, long l1Gpa) implements Place {
    @Override
    public String title() {
      return "translation of L2 page " + Words.hex(l2Gpa) + " to " + Words.hex(l1Gpa);
    }
  }
}
