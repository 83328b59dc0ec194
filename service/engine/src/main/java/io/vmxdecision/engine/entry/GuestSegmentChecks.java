package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Segment.*;
import static io.vmxdecision.engine.entry.Truth.not;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * SDM 27.3.1.2 "Checks on Guest Segment Registers". KVM makes one of its own, N-G21, for guests that are
 * not unrestricted; all others are left to the CPU.
 */
final class GuestSegmentChecks {
  private static final Segment[] CODE_AND_DATA = {CS, SS, DS, ES, FS, GS};
  private static final Segment[] DATA = {DS, ES, FS, GS};
  private static final Segment[] ONLY_SS = {SS};
  private static final Segment[] ONLY_TR = {TR};
  private static final Segment[] ONLY_LDTR = {LDTR};

  /** DPL 3, P, S, type 3. */
  private static final long VIRTUAL_8086_RIGHTS = 0xf3;

  private static final long VIRTUAL_8086_LIMIT = 0xffff;
  private static final int TI = 2;
  private static final int S = 4;
  private static final int P = 7;
  private static final int L = 13;
  private static final int DB = 14;
  private static final int G = 15;
  private static final long RESERVED_RIGHTS = 0xfffe_0f00L;
  private static final long LOW_LIMIT = 0xfff;
  private static final long HIGH_LIMIT = 0xfff0_0000L;
  private static final int READ_WRITE_ACCESSED = 3;
  private static final int LDT = 1 << 2;
  private static final int TSS_16_BUSY = 1 << 3;
  private static final int TSS_BUSY = 1 << 11;
  private static final int STACK_TYPES = 1 << 3 | 1 << 7;
  private static final int NON_CONFORMING = 1 << 9 | 1 << 11;
  private static final int CONFORMING = 1 << 13 | 1 << 15;

  /** Accessed, and readable if code: bit 0 set, and not bit 3 without bit 1. */
  private static final int DATA_TYPES = 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 11 | 1 << 15;

  /** Types 0..11: data and non-conforming code. */
  private static final int CHECKED_FOR_PRIVILEGE = 0xfff;

  /** In which mode of L2 a check is made. */
  private enum Made {
    ALWAYS,
    IN_VIRTUAL_8086,
    OUTSIDE_VIRTUAL_8086;

    int in(EntryFacts facts) {
      return switch (this) {
        case ALWAYS -> Truth.YES;
        case IN_VIRTUAL_8086 -> facts.virtual8086();
        case OUTSIDE_VIRTUAL_8086 -> not(facts.virtual8086());
      };
    }
  }

  /** What a check says of one segment register. */
  private interface SegmentTest {
    int in(EntryFacts facts, Segment segment);
  }

  static final List<EntryCheck> CHECKS =
      List.of(
          runnableByKvm(),
          segments(
              "N-S6",
              "TR's selector has TI 0.",
              Made.ALWAYS,
              ONLY_TR,
              s -> List.of(s.selector),
              (f, s) -> f.bit(s.selector, TI),
              "{sel} has bit 2 (TI) set"),
          segments(
              "N-S7",
              "A usable LDTR's selector has TI 0.",
              Made.ALWAYS,
              ONLY_LDTR,
              s -> List.of(s.selector, s.rights),
              (f, s) -> s.usable(f) & f.bit(s.selector, TI),
              "{sel} has bit 2 (TI) set, with LDTR usable ({ar})"),
          row("N-S8")
              .says("SS.RPL equals CS.RPL, unless in virtual-8086 mode or an unrestricted guest.")
              .about(GUEST_SS_SELECTOR, GUEST_CS_SELECTOR)
              .reads(GUEST_RFLAGS)
              .readsSecondary()
              .violatedWhen(
                  facts -> not(facts.virtual8086())
                      & not(facts.unrestricted())
                      & Truth.ifKnown(
                          facts.known(SS.selector, CS.selector), SS.rpl(facts) != CS.rpl(facts)))
              .evidence(
                  "RPL (bits 1:0) of {guest_ss_selector} differs from that of {guest_cs_selector}"),
          segments(
              "N-S9",
              "In virtual-8086 mode a segment's base is its selector times 16.",
              Made.IN_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.base, s.selector),
              (f, s) -> Truth.ifKnown(
                  f.known(s.base, s.selector), f.value(s.base) != f.value(s.selector) << 4),
              "{base} is not 16 times {sel}"),
          row("N-S10")
              .says("The bases of TR, FS, GS and a usable LDTR are canonical.")
              .about(GUEST_TR_BASE, GUEST_FS_BASE, GUEST_GS_BASE, GUEST_LDTR_BASE)
              .reads(GUEST_LDTR_AR_BYTES, Circumstance.HOST_LA57)
              .violatedWhen(
                  facts -> facts.nonCanonical(GUEST_TR_BASE)
                      | facts.nonCanonical(GUEST_FS_BASE)
                      | facts.nonCanonical(GUEST_GS_BASE)
                      | nonCanonicalLdtr(facts))
              .evidence(
                  facts -> firstOf(
                      facts,
                      new Segment[]{TR, FS, GS, LDTR},
                      (f, s) -> s == LDTR ? nonCanonicalLdtr(f) : f.nonCanonical(s.base),
                      "{base} is not canonical: " + EntryEvidence.notEqual(facts, 47, 56))),
          segments(
              "N-S11",
              "Bits 63:32 of the bases of CS, and of usable SS, DS and ES, are 0.",
              Made.ALWAYS,
              new Segment[]{CS, SS, DS, ES},
              s -> s == CS ? List.of(s.base) : List.of(s.base, s.rights),
              (f, s) -> lookedAt(f, s) & f.anyHigh(s.base),
              "{base} has {base&ffffffff00000000} set"),
          segments(
              "N-S12",
              "In virtual-8086 mode a segment's limit is 0xffff.",
              Made.IN_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.limit),
              (f, s) -> not(f.is(s.limit, -1L, VIRTUAL_8086_LIMIT)),
              "{limit} is not 0xffff"),
          segments(
              "N-S13",
              "In virtual-8086 mode a segment's access rights are 0xf3.",
              Made.IN_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights),
              (f, s) -> not(f.is(s.rights, -1L, VIRTUAL_8086_RIGHTS)),
              "{ar} is not 0xf3"),
          row("N-S14")
              .says("CS is accessed code: type 9, 11, 13 or 15, in an unrestricted guest also 3.")
              .about(GUEST_CS_AR_BYTES)
              .reads(GUEST_RFLAGS)
              .readsSecondary()
              .violatedWhen(
                  facts -> not(facts.virtual8086())
                      & not(
                          CS.typeIn(facts, NON_CONFORMING | CONFORMING)
                              | (facts.unrestricted()
                                  & CS.typeIn(facts, 1 << READ_WRITE_ACCESSED))))
              .evidence(type(CS)),
          segments(
              "N-S15",
              "A usable SS is writable and accessed: type 3 or 7.",
              Made.OUTSIDE_VIRTUAL_8086,
              ONLY_SS,
              s -> List.of(s.rights),
              (f, s) -> lookedAt(f, s) & not(s.typeIn(f, STACK_TYPES)),
              "{ar} has type {type} in bits 3:0"),
          segments(
              "N-S16",
              "A usable DS, ES, FS or GS is accessed, and readable if it is code.",
              Made.OUTSIDE_VIRTUAL_8086,
              DATA,
              s -> List.of(s.rights),
              (f, s) -> lookedAt(f, s) & not(s.typeIn(f, DATA_TYPES)),
              "{ar} has type {type} in bits 3:0"),
          segments(
              "N-S17",
              "CS, and each usable SS, DS, ES, FS and GS, has S set.",
              Made.OUTSIDE_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights),
              (f, s) -> lookedAt(f, s) & not(f.bit(s.rights, S)),
              "{ar} has bit 4 (S) clear"),
          row("N-S18")
              .says(
                  "CS.DPL is 0 for type 3, equals SS.DPL for types 9 and 11, and is not above it for 13 and"
                      + " 15.")
              .about(GUEST_CS_AR_BYTES, GUEST_SS_AR_BYTES)
              .reads(GUEST_RFLAGS)
              .violatedWhen(facts -> not(facts.virtual8086()) & wrongCodePrivilege(facts))
              .evidence(
                  facts -> EntryEvidence.fill("{guest_cs_ar_bytes} has type ", facts)
                      + CS.type(facts)
                      + " and DPL "
                      + CS.dpl(facts)
                      + EntryEvidence.fill(" (bits 6:5), {guest_ss_ar_bytes} has DPL ", facts)
                      + SS.dpl(facts)),
          row("N-S19")
              .says(
                  "SS.DPL equals SS.RPL unless in an unrestricted guest, and is 0 with CS of type 3 or in"
                      + " real mode.")
              .about(GUEST_SS_AR_BYTES, GUEST_SS_SELECTOR)
              .reads(GUEST_RFLAGS, GUEST_CS_AR_BYTES, GUEST_CR0)
              .readsSecondary()
              .violatedWhen(facts -> not(facts.virtual8086()) & wrongStackPrivilege(facts))
              .evidence(
                  facts -> EntryEvidence.fill("{guest_ss_ar_bytes} has DPL ", facts)
                      + SS.dpl(facts)
                      + EntryEvidence.fill(
                          " (bits 6:5), with {guest_ss_selector}, {guest_cs_ar_bytes} and {guest_cr0}",
                          facts)),
          row("N-S20")
              .says("The DPL of a usable DS, ES, FS or GS is not below its RPL, unless conforming code.")
              .about(rights(DATA))
              .reads(selectors(DATA))
              .reads(GUEST_RFLAGS)
              .readsSecondary()
              .violatedWhen(
                  facts -> not(facts.virtual8086())
                      & not(facts.unrestricted())
                      & any(facts, DATA, GuestSegmentChecks::tooPrivileged))
              .evidence(
                  facts -> firstOf(
                      facts,
                      DATA,
                      GuestSegmentChecks::tooPrivileged,
                      "{ar} has DPL {dpl} in bits 6:5, below the RPL in bits 1:0 of {sel}")),
          segments(
              "N-S21",
              "CS, and each usable SS, DS, ES, FS and GS, is present.",
              Made.OUTSIDE_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights),
              (f, s) -> lookedAt(f, s) & not(f.bit(s.rights, P)),
              "{ar} has bit 7 (P) clear"),
          segments(
              "N-S22",
              "The same have bits 11:8 and 31:17 of the access rights clear.",
              Made.OUTSIDE_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights, Circumstance.NARROW_ACCESS_RIGHTS),
              (f, s) -> lookedAt(f, s) & reservedRights(f, s),
              "{ar} has {reserved} set, to be 0"),
          row("N-S23")
              .says("In 64-bit mode CS has D/B clear.")
              .about(GUEST_CS_AR_BYTES)
              .reads(GUEST_RFLAGS, VM_ENTRY_CONTROLS)
              .violatedWhen(
                  facts -> not(facts.virtual8086())
                      & facts.ia32e()
                      & facts.bit(GUEST_CS_AR_BYTES, L)
                      & facts.bit(GUEST_CS_AR_BYTES, DB))
              .evidence(
                  "{guest_cs_ar_bytes} has both bit 13 (L) and bit 14 (D/B) set, while {vm_entry_controls}"
                      + " has bit 9 (IA-32e mode guest) set"),
          segments(
              "N-S24",
              "The same have G set if a bit of limit 31:20 is 1, and clear if one of 11:0 is 0.",
              Made.OUTSIDE_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights, s.limit),
              (f, s) -> lookedAt(f, s) & wrongGranularity(f, s),
              "{ar} has bit 15 (G) {g}, with {limit}"),
          row("N-S25")
              .says("TR is a busy TSS: type 11, outside IA-32e mode also 3.")
              .about(GUEST_TR_AR_BYTES)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(
                  facts -> not(
                      TR.typeIn(facts, TSS_BUSY)
                          | (not(facts.ia32e()) & TR.typeIn(facts, TSS_16_BUSY))))
              .evidence(type(TR)),
          segments(
              "N-S26",
              "TR is usable.",
              Made.ALWAYS,
              ONLY_TR,
              s -> List.of(s.rights),
              (f, s) -> not(s.usable(f)),
              "{ar} has bit 16 (unusable) set"),
          segments(
              "N-S27",
              "TR has S clear, P set, no reserved bit, and a granularity that fits its limit.",
              Made.ALWAYS,
              ONLY_TR,
              s -> List.of(s.rights, s.limit, Circumstance.NARROW_ACCESS_RIGHTS),
              GuestSegmentChecks::wrongSystemSegment,
              "{ar} has S (bit 4) {s}, P (bit 7) {p}, {reserved} of 31:17 and 11:8 set, and G (bit 15) {g}"
                  + " with {limit}"),
          segments(
              "N-S28",
              "A usable LDTR is an LDT: type 2.",
              Made.ALWAYS,
              ONLY_LDTR,
              s -> List.of(s.rights),
              (f, s) -> s.usable(f) & not(s.typeIn(f, LDT)),
              "{ar} has type {type} in bits 3:0"),
          segments(
              "N-S29",
              "A usable LDTR has S clear, P set, no reserved bit, and a granularity that fits its limit.",
              Made.ALWAYS,
              ONLY_LDTR,
              s -> List.of(s.rights, s.limit, Circumstance.NARROW_ACCESS_RIGHTS),
              (f, s) -> s.usable(f) & wrongSystemSegment(f, s),
              "{ar} has S (bit 4) {s}, P (bit 7) {p}, {reserved} of 31:17 and 11:8 set, and G (bit 15) {g}"
                  + " with {limit}"));

  private GuestSegmentChecks() {}

  private static Row row(String id) {
    return new Row(id, SdmSection.GUEST_SEGMENTS, "");
  }

  /** A check of several segment registers by one test. */
  private static EntryCheck segments(
      String id,
      String statement,
      Made made,
      Segment[] segments,
      Function<Segment, List<EntryFact>> reads,
      SegmentTest test,
      String template) {
    List<VmcsField> fields = new ArrayList<>();
    List<EntryFact> others = new ArrayList<>();
    for (Segment segment : segments) {
      for (EntryFact fact : reads.apply(segment)) {
        if (fact instanceof VmcsField field) {
          fields.add(field);
        } else {
          others.add(fact);
        }
      }
    }
    return row(id)
        .says(statement)
        .about(fields)
        .reads(made == Made.ALWAYS ? new EntryFact[0] : new EntryFact[]{GUEST_RFLAGS})
        .reads(others.toArray(EntryFact[]::new))
        .violatedWhen(
            facts -> {
              int looked = made.in(facts);
              return looked == Truth.NO ? Truth.NO : looked & any(facts, segments, test);
            })
        .evidence(facts -> firstOf(facts, segments, test, template));
  }

  private static int any(EntryFacts facts, Segment[] segments, SegmentTest test) {
    int violated = Truth.NO;
    for (int i = 0; i < segments.length; i++) {
      violated |= test.in(facts, segments[i]);
    }
    return violated;
  }

  private static VmcsField[] rights(Segment... segments) {
    VmcsField[] fields = new VmcsField[segments.length];
    for (int i = 0; i < segments.length; i++) {
      fields[i] = segments[i].rights;
    }
    return fields;
  }

  private static EntryFact[] selectors(Segment... segments) {
    EntryFact[] fields = new EntryFact[segments.length];
    for (int i = 0; i < segments.length; i++) {
      fields[i] = segments[i].selector;
    }
    return fields;
  }

  /** The template for each segment that the test finds: {@code {ar}} is its access-rights field. */
  private static String firstOf(
      EntryFacts facts, Segment[] segments, SegmentTest test, String template) {
    List<String> parts = new ArrayList<>();
    for (Segment segment : segments) {
      if (test.in(facts, segment) == Truth.YES) {
        parts.add(
            EntryEvidence.fill(
                template
                    .replace("{sel}", "{" + segment.selector.linuxName() + "}")
                    .replace("{base&", "{" + segment.base.linuxName() + "&")
                    .replace("{base}", "{" + segment.base.linuxName() + "}")
                    .replace("{limit}", "{" + segment.limit.linuxName() + "}")
                    .replace("{ar}", "{" + segment.rights.linuxName() + "}")
                    .replace("{type}", Integer.toString(segment.type(facts)))
                    .replace("{dpl}", Integer.toString(segment.dpl(facts)))
                    .replace("{s}", setOrClear(facts.value(segment.rights), S))
                    .replace("{p}", setOrClear(facts.value(segment.rights), P))
                    .replace("{g}", setOrClear(facts.value(segment.rights), G))
                    .replace(
                        "{reserved}",
                        EntryEvidence.bits(facts.value(segment.rights) & RESERVED_RIGHTS)),
                facts));
      }
    }
    return String.join("; ", parts);
  }

  private static String setOrClear(long word, int bit) {
    return ((word >>> bit) & 1) != 0 ? "set" : "clear";
  }

  private static EntryCheck.Evidence type(Segment segment) {
    return facts -> EntryEvidence.value(segment.rights, facts)
        + " has type "
        + segment.type(facts)
        + " in bits 3:0";
  }

  /** CS, or usable: the check looks at the segment. */
  private static int lookedAt(EntryFacts facts, Segment segment) {
    return segment == CS ? Truth.YES : segment.usable(facts);
  }

  private static int nonCanonicalLdtr(EntryFacts facts) {
    return LDTR.usable(facts) & facts.nonCanonical(GUEST_LDTR_BASE);
  }

  private static int wrongCodePrivilege(EntryFacts facts) {
    int dpl = CS.dpl(facts);
    int stack = SS.dpl(facts);
    int type = CS.type(facts);
    boolean both = facts.known(CS.rights, SS.rights);
    return switch (type) {
      case READ_WRITE_ACCESSED -> Truth.ifKnown(facts.known(CS.rights), dpl != 0);
      case 9, 11 -> Truth.ifKnown(both, dpl != stack);
      case 13, 15 -> Truth.ifKnown(both, dpl > stack);
      default -> Truth.ifKnown(facts.known(CS.rights), false);
    };
  }

  private static int wrongStackPrivilege(EntryFacts facts) {
    int dpl = SS.dpl(facts);
    int differs =
        not(facts.unrestricted())
            & Truth.ifKnown(facts.known(SS.rights, SS.selector), dpl != SS.rpl(facts));
    int mustBeZero =
        CS.typeIn(facts, 1 << READ_WRITE_ACCESSED) | not(facts.bit(GUEST_CR0, EntryFacts.CR0_PE));
    return differs | (mustBeZero & Truth.ifKnown(facts.known(SS.rights), dpl != 0));
  }

  private static int tooPrivileged(EntryFacts facts, Segment segment) {
    return lookedAt(facts, segment)
        & segment.typeIn(facts, CHECKED_FOR_PRIVILEGE)
        & Truth.ifKnown(
            facts.known(segment.rights, segment.selector), segment.dpl(facts) < segment.rpl(facts));
  }

  private static int reservedRights(EntryFacts facts, Segment segment) {
    return facts.any(segment.rights, RESERVED_RIGHTS)
        & not(facts.holds(Circumstance.NARROW_ACCESS_RIGHTS));
  }

  private static int wrongGranularity(EntryFacts facts, Segment segment) {
    int granular = facts.bit(segment.rights, G);
    return (granular & not(facts.is(segment.limit, LOW_LIMIT, LOW_LIMIT)))
        | (not(granular) & facts.any(segment.limit, HIGH_LIMIT));
  }

  private static int wrongSystemSegment(EntryFacts facts, Segment segment) {
    return facts.bit(segment.rights, S)
        | not(facts.bit(segment.rights, P))
        | reservedRights(facts, segment)
        | wrongGranularity(facts, segment);
  }

  // N-G21. KVM takes a segment as present if it is usable, and looks at neither P nor reserved bits.

  private static EntryCheck runnableByKvm() {
    List<VmcsField> fields = new ArrayList<>();
    for (Segment segment : CODE_AND_DATA) {
      fields.add(segment.selector);
      fields.add(segment.base);
      fields.add(segment.limit);
      fields.add(segment.rights);
    }
    fields.addAll(
        List.of(GUEST_TR_SELECTOR, GUEST_TR_AR_BYTES, GUEST_LDTR_SELECTOR, GUEST_LDTR_AR_BYTES));
    return row("N-G21")
        .says("Without \"unrestricted guest\", the segment registers are such as KVM can run.")
        .kernel("vmx/vmx.c __vmx_guest_state_valid")
        .onlyUnderKvm()
        .about(fields)
        .reads(GUEST_CR0, GUEST_RFLAGS)
        .readsSecondary()
        .violatedWhen(
            facts -> {
              int made = not(facts.unrestricted());
              return made == Truth.NO ? Truth.NO : made & notRunnableByKvm(facts);
            })
        .evidence(GuestSegmentChecks::notRunnable);
  }

  private static int notRunnableByKvm(EntryFacts facts) {
    int real = realOrVirtual8086(facts);
    return switch (real) {
      case Truth.YES -> any(facts, CODE_AND_DATA, GuestSegmentChecks::notReal);
      case Truth.NO -> notProtected(facts);
      default -> (real & any(facts, CODE_AND_DATA, GuestSegmentChecks::notReal))
          | (not(real) & notProtected(facts));
    };
  }

  private static int realOrVirtual8086(EntryFacts facts) {
    return not(facts.bit(GUEST_CR0, EntryFacts.CR0_PE)) | facts.virtual8086();
  }

  /** For KVM's eyes DPL is 3, and the type of CS too. */
  private static int notReal(EntryFacts facts, Segment segment) {
    int wrongRights =
        (segment == CS ? Truth.NO : not(segment.typeIn(facts, 1 << READ_WRITE_ACCESSED)))
            | not(facts.bit(segment.rights, S))
            | not(segment.usable(facts))
            | facts.any(segment.rights, 0xf000);
    int wrongBase =
        Truth.ifKnown(
            facts.known(segment.base, segment.selector),
            facts.value(segment.base) != facts.value(segment.selector) << 4);
    return wrongBase | not(facts.is(segment.limit, -1L, VIRTUAL_8086_LIMIT)) | wrongRights;
  }

  private static int notProtected(EntryFacts facts) {
    int levels =
        Truth.ifKnown(facts.known(SS.selector, CS.selector), SS.rpl(facts) != CS.rpl(facts));
    return levels
        | wrongCode(facts)
        | wrongStack(facts)
        | any(facts, DATA, GuestSegmentChecks::wrongData)
        | wrongTask(facts)
        | wrongLdt(facts);
  }

  private static int wrongCode(EntryFacts facts) {
    int dpl = CS.dpl(facts);
    int rpl = CS.rpl(facts);
    boolean conforming = (facts.value(CS.rights) & 4) != 0;
    return not(CS.usable(facts))
        | not(facts.is(CS.rights, 9, 9))
        | not(facts.bit(CS.rights, S))
        | Truth.ifKnown(facts.known(CS.rights, CS.selector), conforming ? dpl > rpl : dpl != rpl);
  }

  private static int wrongStack(EntryFacts facts) {
    return SS.usable(facts)
        & (not(SS.typeIn(facts, STACK_TYPES))
            | not(facts.bit(SS.rights, S))
            | Truth.ifKnown(facts.known(SS.rights, SS.selector), SS.dpl(facts) != SS.rpl(facts)));
  }

  private static int wrongData(EntryFacts facts, Segment segment) {
    int belowRpl =
        Truth.ifKnown(
            facts.known(segment.rights, segment.selector), segment.dpl(facts) < segment.rpl(facts));
    return segment.usable(facts)
        & (not(facts.bit(segment.rights, S)) | (not(facts.is(segment.rights, 12, 12)) & belowRpl));
  }

  private static int wrongTask(EntryFacts facts) {
    return not(TR.usable(facts))
        | facts.bit(TR.selector, TI)
        | not(TR.typeIn(facts, TSS_BUSY | TSS_16_BUSY));
  }

  private static int wrongLdt(EntryFacts facts) {
    return LDTR.usable(facts) & (facts.bit(LDTR.selector, TI) | not(LDTR.typeIn(facts, LDT)));
  }

  private static String notRunnable(EntryFacts facts) {
    String whole = "{sel}, {base}, {limit} and {ar} are not those of a segment in real or virtual-8086 mode";
    if (realOrVirtual8086(facts) == Truth.YES) {
      return firstOf(facts, CODE_AND_DATA, GuestSegmentChecks::notReal, whole);
    }
    List<String> parts = new ArrayList<>();
    if (SS.rpl(facts) != CS.rpl(facts)) {
      parts.add(EntryEvidence.fill("{guest_ss_selector} and {guest_cs_selector} differ in RPL", facts));
    }
    addIf(parts, wrongCode(facts), CS, facts);
    addIf(parts, wrongStack(facts), SS, facts);
    for (Segment segment : DATA) {
      addIf(parts, wrongData(facts, segment), segment, facts);
    }
    addIf(parts, wrongTask(facts), TR, facts);
    addIf(parts, wrongLdt(facts), LDTR, facts);
    return String.join("; ", parts);
  }

  private static void addIf(List<String> parts, int wrong, Segment segment, EntryFacts facts) {
    if (wrong == Truth.YES) {
      parts.add(
          EntryEvidence.value(segment.rights, facts)
              + " is wrong for "
              + segment.name()
              + " with "
              + EntryEvidence.value(segment.selector, facts)
              + " (type "
              + segment.type(facts)
              + ", DPL "
              + segment.dpl(facts)
              + ", RPL "
              + segment.rpl(facts)
              + ")");
    }
  }
}
