package io.vmxdecision.engine.counterfactual;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.catalogue.CpuidWord;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;

/**
 * A copy of a snapshot and an exit in which changes are made and taken back. It has the exiting vCPU alone,
 * since no verdict depends on another. The bytes of memory are shared with the original, and are as they were
 * when all changes have been taken back. Making a change allocates nothing.
 */
final class Machine {
  private static final byte[] ZEROS = new byte[GuestPage.BYTES];

  final Snapshot snapshot = new Snapshot();
  final VmExit exit = new VmExit();
  private final SharedPage[] pages = new SharedPage[PageField.Page.values().length];
  private final byte[] one = new byte[1];

  Machine(Snapshot from, VmExit exit) {
    snapshot.clear();
    addPage(PageField.Page.EVMCS, from.evmcs(), snapshot.evmcs());
    addPage(PageField.Page.VP_ASSIST_PAGE, from.vpAssistPage(), snapshot.vpAssistPage());
    addPage(
        PageField.Page.PARTITION_ASSIST_PAGE, from.partitionAssistPage(), snapshot.partitionAssistPage());
    Cpuid cpuid = snapshot.cpuid();
    cpuid.nestedEax(from.cpuid().nestedEax());
    cpuid.enlightenmentsEax(from.cpuid().enlightenmentsEax());
    cpuid.featuresEdx(from.cpuid().featuresEdx());
    cpuid.enforced(from.cpuid().isEnforced());
    cpuid.sgx(from.cpuid().hasSgx());
    cpuid.faulting(from.cpuid().isFaulting());
    snapshot.vcpus().vpIndex(0, from.vcpus().vpIndex(from.vcpu()));
    snapshot.memory().addAll(from.memory());
    snapshot.translations().addAll(from.translations());
    snapshot.hostLa57(from.hasHostLa57());
    this.exit.copyFrom(exit);
  }

  private void addPage(PageField.Page page, PageView from, PageView view) {
    pages[index(page)] = new SharedPage(from, view);
  }

  /** Whether a page is given, with the changes that are made. */
  boolean isGiven(PageField.Page page) {
    return pages[index(page)].view.isGiven();
  }

  /** The value of a field; 0 where the page is not given. */
  long value(PageField field) {
    return pages[index(field.page())].get(field);
  }

  void apply(Change<Place> change) {
    set(change, change.to(), true);
  }

  void revert(Change<Place> change) {
    set(change, change.from(), false);
  }

  /** What is changed is changed here; what it was before, {@link Candidates} has seen. */
  private void set(Change<Place> change, long value, boolean made) {
    long mask = change.mask();
    switch (change.place()) {
      case Place.Field(PageField field) -> {
        SharedPage page = pages[index(field.page())];
        page.set(field, (page.get(field) & ~mask) | value);
        page.changed(made);
      }
      case Place.Page(PageField.Page page) -> pages[index(page)].removed(made);
      case Place.Cpuid(CpuidWord word) -> set(word, (int) ((word.of(snapshot.cpuid()) & ~mask) | value));
      case Place.General(int number) -> {
        Registers registers = exit.registers();
        registers.general(number, (registers.general(number) & ~mask) | value);
      }
      case Place.XmmHalf(int index) -> {
        Registers registers = exit.registers();
        registers.xmmHalf(index, (registers.xmmHalf(index) & ~mask) | value);
      }
      case Place.State state -> set(state, value);
      case Place.Memory(long gpa) -> {
        one[0] = (byte) ((snapshot.memory().u8(gpa) & ~mask) | value);
        snapshot.memory().write(gpa, one);
      }
      case Place.Region(long gpa, int length) -> {
        if (made) {
          snapshot.memory().add(gpa, ZEROS, 0, length);
        } else {
          snapshot.memory().remove(gpa);
        }
      }
      case Place.Translation(long l2Gpa, long l1Gpa) -> {
        PageTranslations translations = snapshot.translations();
        if (value == 0) {
          translations.remove(l2Gpa);
        } else {
          translations.add(l2Gpa, l1Gpa);
        }
      }
    }
  }

  private void set(CpuidWord word, int value) {
    Cpuid cpuid = snapshot.cpuid();
    switch (word) {
      case NESTED_EAX -> cpuid.nestedEax(value);
      case ENLIGHTENMENTS_EAX -> cpuid.enlightenmentsEax(value);
      case FEATURES_EDX -> cpuid.featuresEdx(value);
    }
  }

  private void set(Place.State state, long value) {
    boolean holds = value != 0;
    switch (state) {
      case CPL -> exit.registers().cpl((int) value);
      case PROTECTED_MODE -> exit.registers().protectedMode(holds);
      case LONG_MODE -> exit.registers().longMode(holds);
      case CPUID_ENFORCED -> snapshot.cpuid().enforced(holds);
      case CPUID_FAULTING -> snapshot.cpuid().faulting(holds);
      case SGX -> snapshot.cpuid().sgx(holds);
    }
  }

  /** The value of a state. */
  long value(Place.State state) {
    return switch (state) {
      case CPL -> exit.registers().cpl();
      case PROTECTED_MODE -> bit(exit.registers().isProtectedMode());
      case LONG_MODE -> bit(exit.registers().isLongMode());
      case CPUID_ENFORCED -> bit(snapshot.cpuid().isEnforced());
      case CPUID_FAULTING -> bit(snapshot.cpuid().isFaulting());
      case SGX -> bit(snapshot.cpuid().hasSgx());
    };
  }

  private static long bit(boolean holds) {
    return holds ? 1 : 0;
  }

  @SuppressWarnings("EnumOrdinal") // the array is per constant, and nobody stores an index
  private static int index(PageField.Page page) {
    return page.ordinal();
  }

  /** A page of the machine's own. */
  private static final class SharedPage {
    private final byte[] bytes = new byte[PageView.PAGE_BYTES];
    private final PageView view;
    private final boolean given;
    private boolean removed;
    private int changes;

    SharedPage(PageView from, PageView view) {
      this.view = view;
      given = from.isGiven();
      if (given) {
        from.copyTo(bytes);
      }
      show();
    }

    long get(PageField field) {
      int offset = field.offset();
      return switch (field.bytes()) {
        case Byte.BYTES -> LittleEndian.u8(bytes, offset);
        case Short.BYTES -> LittleEndian.u16(bytes, offset);
        case Integer.BYTES -> Integer.toUnsignedLong(LittleEndian.u32(bytes, offset));
        default -> LittleEndian.u64(bytes, offset);
      };
    }

    void set(PageField field, long value) {
      int offset = field.offset();
      switch (field.bytes()) {
        case Byte.BYTES -> LittleEndian.u8(bytes, offset, (int) value);
        case Short.BYTES -> LittleEndian.u16(bytes, offset, (int) value);
        case Integer.BYTES -> LittleEndian.u32(bytes, offset, (int) value);
        default -> LittleEndian.u64(bytes, offset, value);
      }
    }

    void changed(boolean made) {
      changes += made ? 1 : -1;
      show();
    }

    void removed(boolean value) {
      removed = value;
      show();
    }

    private void show() {
      if (given ? removed : changes == 0) {
        view.unwrap();
      } else {
        view.wrap(bytes, 0);
      }
    }
  }
}
