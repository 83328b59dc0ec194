package io.vmxdecision.artefacts.audit;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.scenario.StaleDatum;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a vCPU's pages from a time on, each as software would read it then. Of pages that have an address
 * (the eVMCS, by the VP assist page; the partition assist page, by the eVMCS) a later one at another address does not
 * replace an earlier one. Immutable; the arrays are not to be changed.
 */
final class Known {
  /** Nothing is known. */
  static final Known NOTHING = new Known();

  /** The address of a partition assist page that no eVMCS gives. */
  private static final @Nullable Long ANYWHERE = null;

  private static final long NO_PAGE = -1;
  private static final long FIRST_EVMCS = GuestPage.BYTES;

  final long from;

  /** The page at {@link #evmcsGpa}, if it is known. */
  final byte @Nullable [] evmcs;

  /** The address of the eVMCS that the VP assist page names; some address while that page is not known. */
  final long evmcsGpa;

  final byte @Nullable [] vpAssist;

  /** The partition assist page whose {@code TlbLockCount} L0 would read, if it is known. */
  final byte @Nullable [] partitionAssist;

  /** Whether L0 has no address of a partition assist page, so that it can read none. */
  final boolean noPartitionAssist;

  final CpuidWords cpuid;

  /** L1's memory, apart from those pages, by address. */
  final Map<Long, byte[]> memory;

  /** Whether this time brings the eVMCS or the VP assist page. */
  final boolean bringsEvmcs;

  final boolean bringsVpAssist;

  private final Map<Long, byte[]> evmcsPages;
  private final Map<@Nullable Long, byte[]> partitionAssistPages;

  private Known() {
    from = Long.MIN_VALUE;
    evmcs = null;
    evmcsGpa = FIRST_EVMCS;
    vpAssist = null;
    partitionAssist = null;
    noPartitionAssist = false;
    cpuid = CpuidWords.UNKNOWN;
    memory = Map.of();
    bringsEvmcs = false;
    bringsVpAssist = false;
    evmcsPages = Map.of();
    partitionAssistPages = Map.of();
  }

  /** What was known, and the snapshots of one time. */
  private Known(Known before, List<TimedSnapshot> together, int vcpu, long firstEvmcs) {
    from = together.getFirst().fromNanos();
    byte[] assist = null;
    byte[] page = null;
    byte[] partition = null;
    CpuidWords words = before.cpuid;
    Map<Long, byte[]> regions = new TreeMap<>(before.memory);
    for (TimedSnapshot snapshot : together) {
      if (snapshot.isOf(vcpu)) {
        assist = snapshot.vpAssistPage() != null ? snapshot.vpAssistPage() : assist;
        page = snapshot.evmcs() != null ? snapshot.evmcs() : page;
      }
      partition = snapshot.partitionAssistPage() != null ? snapshot.partitionAssistPage() : partition;
      words = words.and(snapshot.cpuid());
      snapshot.memory().forEach(region -> regions.put(region.gpa(), region.bytes()));
    }
    cpuid = words;
    memory = Collections.unmodifiableMap(regions);
    bringsVpAssist = assist != null;
    bringsEvmcs = page != null;
    vpAssist = bringsVpAssist ? assist : before.vpAssist;
    long named = vpAssist == null ? NO_PAGE : named(vpAssist);
    long unnamed = before.vpAssist == null ? firstEvmcs : before.evmcsGpa;
    evmcsGpa = named == NO_PAGE ? unnamed : named & -GuestPage.BYTES;
    evmcsPages = new HashMap<>(before.evmcsPages);
    if (page != null) {
      evmcsPages.put(evmcsGpa, page);
    }
    evmcs = evmcsPages.get(evmcsGpa);
    partitionAssistPages = new HashMap<>(before.partitionAssistPages);
    Long address = evmcs == null ? ANYWHERE : Long.valueOf(field(evmcs, EvmcsField.PARTITION_ASSIST_PAGE));
    if (partition != null) {
      partitionAssistPages.put(address, partition);
    }
    partitionAssist = partitionAssistAt(address);
    noPartitionAssist = address != null && address == NO_PAGE;
  }

  /** The same, but with these pages, which are what L0 holds of them. */
  private Known(
      Known page, byte @Nullable [] evmcs, byte @Nullable [] vpAssist, @Nullable Long assistAddress) {
    from = page.from;
    this.evmcs = evmcs;
    evmcsGpa = page.evmcsGpa;
    this.vpAssist = vpAssist;
    evmcsPages = page.evmcsPages;
    partitionAssistPages = page.partitionAssistPages;
    partitionAssist = partitionAssistAt(assistAddress);
    noPartitionAssist = assistAddress != null && assistAddress == NO_PAGE;
    cpuid = page.cpuid;
    memory = page.memory;
    bringsEvmcs = false;
    bringsVpAssist = false;
  }

  /** The same, but L1 has moved its VP assist page, and what was known of the old one says nothing. */
  private Known(
      Known old, byte @Nullable [] moved, boolean hasEvmcsOfThen, boolean bringsEvmcs,
      boolean bringsVpAssist) {
    from = old.from;
    vpAssist = moved;
    long named = moved == null ? NO_PAGE : named(moved);
    evmcsGpa = named == NO_PAGE ? old.evmcsGpa : named & -GuestPage.BYTES;
    evmcsPages = old.evmcsPages;
    partitionAssistPages = old.partitionAssistPages;
    boolean any = moved != null || hasEvmcsOfThen;
    evmcs = any ? evmcsPages.get(evmcsGpa) : null;
    Long address = evmcs == null ? ANYWHERE : Long.valueOf(field(evmcs, EvmcsField.PARTITION_ASSIST_PAGE));
    partitionAssist = any ? partitionAssistAt(address) : null;
    noPartitionAssist = address != null && address == NO_PAGE;
    cpuid = old.cpuid;
    memory = old.memory;
    this.bringsEvmcs = bringsEvmcs;
    this.bringsVpAssist = bringsVpAssist;
  }

  /** What is known one time after the other, of the vCPU of that number. */
  static List<Known> timeline(List<TimedSnapshot> sorted, int vcpu) {
    List<List<TimedSnapshot>> times = new ArrayList<>();
    for (TimedSnapshot snapshot : sorted) {
      if (times.isEmpty() || times.getLast().getFirst().fromNanos() != snapshot.fromNanos()) {
        times.add(new ArrayList<>());
      }
      times.getLast().add(snapshot);
    }
    long firstEvmcs = times.stream().flatMap(List::stream)
        .filter(snapshot -> snapshot.isOf(vcpu))
        .map(TimedSnapshot::vpAssistPage)
        .filter(Objects::nonNull)
        .map(Known::named)
        .filter(pointer -> pointer != NO_PAGE)
        .findFirst()
        .map(pointer -> pointer & -GuestPage.BYTES)
        .orElse(FIRST_EVMCS);
    List<Known> timeline = new ArrayList<>();
    Known last = NOTHING;
    for (List<TimedSnapshot> together : times) {
      last = new Known(last, together, vcpu, firstEvmcs);
      timeline.add(last);
    }
    return timeline;
  }

  /**
   * The same with L0's copies in place of the pages.
   *
   * @param copy the eVMCS, or null if nothing is known of it
   * @param assist the VP assist page, or null
   */
  Known withCopies(byte @Nullable [] copy, byte @Nullable [] assist) {
    Long address = copy == null ? ANYWHERE : Long.valueOf(field(copy, EvmcsField.PARTITION_ASSIST_PAGE));
    return new Known(this, copy, assist, address);
  }

  /**
   * The same, but L1 has moved its VP assist page.
   *
   * @param moved what is at its new address, or null if that is not known
   * @param hasEvmcsOfThen whether the eVMCS was dumped after that
   * @param brings whether this is new
   */
  Known withMovedVpAssist(byte @Nullable [] moved, boolean hasEvmcsOfThen, boolean brings) {
    return new Known(this, moved, hasEvmcsOfThen, bringsEvmcs && hasEvmcsOfThen, brings && moved != null);
  }

  /** The page at that address, if all of it is known. */
  byte @Nullable [] memoryPage(long gpa) {
    byte[] bytes = memory.get(gpa);
    return bytes != null && bytes.length == GuestPage.BYTES ? bytes : null;
  }

  /** The same, but with the page's value of a datum that L0 holds otherwise. */
  Known with(StaleDatum datum) {
    return switch (datum.field()) {
      case EvmcsField field when evmcs != null -> {
        byte[] copy = evmcs.clone();
        EnlightenedVmcs view = new EnlightenedVmcs();
        view.wrap(copy, 0);
        view.value(field, datum.page());
        yield withCopies(copy, vpAssist);
      }
      case VpAssistField field when vpAssist != null && field == VpAssistField.FEATURES -> {
        byte[] copy = vpAssist.clone();
        VpAssistPage view = new VpAssistPage();
        view.wrap(copy, 0);
        view.directHypercall((datum.page() & VpAssistPage.DIRECT_HYPERCALL) != 0);
        yield withCopies(evmcs, copy);
      }
      case null, default -> this;
    };
  }

  /** The eVMCS page at that address, if it is known. */
  byte @Nullable [] evmcsAt(long gpa) {
    return evmcsPages.get(gpa);
  }

  private byte @Nullable [] partitionAssistAt(@Nullable Long address) {
    if (address != null && partitionAssistPages.containsKey(address)) {
      return partitionAssistPages.get(address);
    }
    if (address != null && address == NO_PAGE) {
      return null;
    }
    byte[] unplaced = partitionAssistPages.get(ANYWHERE);
    if (unplaced == null && address == null && !partitionAssistPages.isEmpty()) {
      return partitionAssistPages.values().iterator().next();
    }
    return unplaced;
  }

  private static long field(byte[] page, EvmcsField field) {
    EnlightenedVmcs view = new EnlightenedVmcs();
    view.wrap(page, 0);
    return view.value(field);
  }

  /** The eVMCS pointer in a VP assist page; all ones if it names none. */
  private static long named(byte[] page) {
    VpAssistPage view = new VpAssistPage();
    view.wrap(page, 0);
    long pointer = view.currentNestedVmcs();
    return view.enlightenVmentry() == 0 || pointer == NO_PAGE || pointer == NO_PAGE - 1 ? NO_PAGE : pointer;
  }
}
