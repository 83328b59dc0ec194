package io.vmxdecision.engine.entry;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All checks. */
public final class EntryChecks {
  private static final List<EntryCheck> BY_SECTION =
      Stream.of(
          BasicChecks.CHECKS,
          ExecutionControlChecks.CHECKS,
          ExitControlChecks.CHECKS,
          EntryControlChecks.CHECKS,
          EvmcsControlChecks.CHECKS,
          HostRegisterChecks.CHECKS,
          HostSegmentChecks.CHECKS,
          AddressSpaceChecks.CHECKS,
          GuestRegisterChecks.CHECKS,
          GuestSegmentChecks.CHECKS,
          GuestDescriptorTableChecks.CHECKS,
          GuestRipChecks.CHECKS,
          GuestNonRegisterChecks.CHECKS,
          GuestPdpteChecks.CHECKS,
          MsrLoadChecks.CHECKS)
          .flatMap(List::stream)
          .toList();

  private static final List<EntryCheck> BY_ID =
      BY_SECTION.stream()
          .sorted(Comparator.comparing(EntryCheck::stage).thenComparingInt(EntryCheck::number))
          .toList();

  private static final CheckList FOR_EVMCS = new CheckList(EntryMode.EVMCS, BY_ID);
  private static final CheckList FOR_ORDINARY_VMCS = new CheckList(EntryMode.ORDINARY_VMCS, BY_ID);
  private static final CheckList FOR_BARE_CPU = new CheckList(EntryMode.BARE_CPU, BY_SECTION);

  private EntryChecks() {}

  /** All, by stage and number: the order in which KVM and the CPU behind it make them. */
  public static List<EntryCheck> all() {
    return BY_ID;
  }

  /** All, in the order of the SDM's sections. */
  public static List<EntryCheck> bySection() {
    return BY_SECTION;
  }

  /** The check of that id, such as {@code N-C5}, or null. */
  public static @Nullable EntryCheck of(String id) {
    for (EntryCheck check : BY_ID) {
      if (check.id().equals(id)) {
        return check;
      }
    }
    return null;
  }

  /** Those that are made, in the order in which they are. */
  static CheckList madeIn(EntryMode mode) {
    return switch (mode) {
      case EVMCS -> FOR_EVMCS;
      case ORDINARY_VMCS -> FOR_ORDINARY_VMCS;
      case BARE_CPU -> FOR_BARE_CPU;
    };
  }
}
