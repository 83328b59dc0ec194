package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.Conditions.*;
import static io.vmxdecision.engine.entry.Segment.*;
import static io.vmxdecision.engine.entry.VmcsField.*;

import io.vmxdecision.engine.entry.EntryCheck.Row;
import java.util.ArrayList;
import java.util.Arrays;
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
  private static final int CONFORMING_BIT = 2;
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

    Condition and(Condition violated) {
      return switch (this) {
        case ALWAYS -> violated;
        case IN_VIRTUAL_8086 -> allOf(virtual8086(), violated);
        case OUTSIDE_VIRTUAL_8086 -> allOf(not(virtual8086()), violated);
      };
    }
  }

  /** What a check says of one segment register. */
  private interface SegmentTest {
    Condition of(Segment segment);
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
              s -> bit(s.selector, TI),
              "{sel} has bit 2 (TI) set"),
          segments(
              "N-S7",
              "A usable LDTR's selector has TI 0.",
              Made.ALWAYS,
              ONLY_LDTR,
              s -> List.of(s.selector, s.rights),
              s -> allOf(s.usable(), bit(s.selector, TI)),
              "{sel} has bit 2 (TI) set, with LDTR usable ({ar})"),
          row("N-S8")
              .says("SS.RPL equals CS.RPL, unless in virtual-8086 mode or an unrestricted guest.")
              .about(GUEST_SS_SELECTOR, GUEST_CS_SELECTOR)
              .reads(GUEST_RFLAGS)
              .readsSecondary()
              .violatedWhen(allOf(not(virtual8086()), not(unrestricted()), levelsDiffer()))
              .evidence(
                  "RPL (bits 1:0) of {guest_ss_selector} differs from that of {guest_cs_selector}"),
          segments(
              "N-S9",
              "In virtual-8086 mode a segment's base is its selector times 16.",
              Made.IN_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.base, s.selector),
              s -> s.baseNotSelector(),
              "{base} is not 16 times {sel}"),
          row("N-S10")
              .says("The bases of TR, FS, GS and a usable LDTR are canonical.")
              .about(GUEST_TR_BASE, GUEST_FS_BASE, GUEST_GS_BASE, GUEST_LDTR_BASE)
              .reads(GUEST_LDTR_AR_BYTES, Circumstance.HOST_LA57)
              .violatedWhen(anyOf(nonCanonical(GUEST_TR_BASE), nonCanonical(GUEST_FS_BASE),
                  nonCanonical(GUEST_GS_BASE), nonCanonicalLdtr()))
              .evidence(
                  facts -> firstOf(
                      facts,
                      new Segment[]{TR, FS, GS, LDTR},
                      s -> s == LDTR ? nonCanonicalLdtr() : nonCanonical(s.base),
                      "{base} is not canonical: " + EntryEvidence.notEqual(facts, 47, 56))),
          segments(
              "N-S11",
              "Bits 63:32 of the bases of CS, and of usable SS, DS and ES, are 0.",
              Made.ALWAYS,
              new Segment[]{CS, SS, DS, ES},
              s -> s == CS ? List.of(s.base) : List.of(s.base, s.rights),
              s -> ifLookedAt(s, anyHigh(s.base)),
              "{base} has {base&ffffffff00000000} set"),
          segments(
              "N-S12",
              "In virtual-8086 mode a segment's limit is 0xffff.",
              Made.IN_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.limit),
              s -> not(is(s.limit, -1L, VIRTUAL_8086_LIMIT)),
              "{limit} is not 0xffff"),
          segments(
              "N-S13",
              "In virtual-8086 mode a segment's access rights are 0xf3.",
              Made.IN_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights),
              s -> not(is(s.rights, -1L, VIRTUAL_8086_RIGHTS)),
              "{ar} is not 0xf3"),
          row("N-S14")
              .says("CS is accessed code: type 9, 11, 13 or 15, in an unrestricted guest also 3.")
              .about(GUEST_CS_AR_BYTES)
              .reads(GUEST_RFLAGS)
              .readsSecondary()
              .violatedWhen(allOf(not(virtual8086()),
                  not(anyOf(CS.typeIn(NON_CONFORMING | CONFORMING),
                      allOf(unrestricted(), CS.typeIn(1 << READ_WRITE_ACCESSED))))))
              .evidence(type(CS)),
          segments(
              "N-S15",
              "A usable SS is writable and accessed: type 3 or 7.",
              Made.OUTSIDE_VIRTUAL_8086,
              ONLY_SS,
              s -> List.of(s.rights),
              s -> ifLookedAt(s, not(s.typeIn(STACK_TYPES))),
              "{ar} has type {type} in bits 3:0"),
          segments(
              "N-S16",
              "A usable DS, ES, FS or GS is accessed, and readable if it is code.",
              Made.OUTSIDE_VIRTUAL_8086,
              DATA,
              s -> List.of(s.rights),
              s -> ifLookedAt(s, not(s.typeIn(DATA_TYPES))),
              "{ar} has type {type} in bits 3:0"),
          segments(
              "N-S17",
              "CS, and each usable SS, DS, ES, FS and GS, has S set.",
              Made.OUTSIDE_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights),
              s -> ifLookedAt(s, not(bit(s.rights, S))),
              "{ar} has bit 4 (S) clear"),
          row("N-S18")
              .says(
                  "CS.DPL is 0 for type 3, equals SS.DPL for types 9 and 11, and is not above it for 13 and"
                      + " 15.")
              .about(GUEST_CS_AR_BYTES, GUEST_SS_AR_BYTES)
              .reads(GUEST_RFLAGS)
              .violatedWhen(allOf(not(virtual8086()), wrongCodePrivilege()))
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
              .violatedWhen(allOf(not(virtual8086()), wrongStackPrivilege()))
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
              .violatedWhen(allOf(not(virtual8086()), not(unrestricted()),
                  ofAny(DATA, GuestSegmentChecks::tooPrivileged)))
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
              s -> ifLookedAt(s, not(bit(s.rights, P))),
              "{ar} has bit 7 (P) clear"),
          segments(
              "N-S22",
              "The same have bits 11:8 and 31:17 of the access rights clear.",
              Made.OUTSIDE_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights, Circumstance.NARROW_ACCESS_RIGHTS),
              s -> ifLookedAt(s, reservedRights(s)),
              "{ar} has {reserved} set, to be 0"),
          row("N-S23")
              .says("In 64-bit mode CS has D/B clear.")
              .about(GUEST_CS_AR_BYTES)
              .reads(GUEST_RFLAGS, VM_ENTRY_CONTROLS)
              .violatedWhen(
                  allOf(not(virtual8086()), ia32e(), bit(GUEST_CS_AR_BYTES, L), bit(GUEST_CS_AR_BYTES, DB)))
              .evidence(
                  "{guest_cs_ar_bytes} has both bit 13 (L) and bit 14 (D/B) set, while {vm_entry_controls}"
                      + " has bit 9 (IA-32e mode guest) set"),
          segments(
              "N-S24",
              "The same have G set if a bit of limit 31:20 is 1, and clear if one of 11:0 is 0.",
              Made.OUTSIDE_VIRTUAL_8086,
              CODE_AND_DATA,
              s -> List.of(s.rights, s.limit),
              s -> ifLookedAt(s, wrongGranularity(s)),
              "{ar} has bit 15 (G) {g}, with {limit}"),
          row("N-S25")
              .says("TR is a busy TSS: type 11, outside IA-32e mode also 3.")
              .about(GUEST_TR_AR_BYTES)
              .reads(VM_ENTRY_CONTROLS)
              .violatedWhen(not(anyOf(TR.typeIn(TSS_BUSY), allOf(not(ia32e()), TR.typeIn(TSS_16_BUSY)))))
              .evidence(type(TR)),
          segments(
              "N-S26",
              "TR is usable.",
              Made.ALWAYS,
              ONLY_TR,
              s -> List.of(s.rights),
              s -> not(s.usable()),
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
              s -> allOf(s.usable(), not(s.typeIn(LDT))),
              "{ar} has type {type} in bits 3:0"),
          segments(
              "N-S29",
              "A usable LDTR has S clear, P set, no reserved bit, and a granularity that fits its limit.",
              Made.ALWAYS,
              ONLY_LDTR,
              s -> List.of(s.rights, s.limit, Circumstance.NARROW_ACCESS_RIGHTS),
              s -> allOf(s.usable(), wrongSystemSegment(s)),
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
        .violatedWhen(made.and(ofAny(segments, test)))
        .evidence(facts -> firstOf(facts, segments, test, template));
  }

  private static Condition ofAny(Segment[] segments, SegmentTest test) {
    return anyOf(Arrays.stream(segments).map(test::of).toList());
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
      if (test.of(segment).in(facts) == Truth.YES) {
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

  /** The check looks at CS in any case, at another segment if it is usable. */
  private static Condition ifLookedAt(Segment segment, Condition violated) {
    // What seldom holds comes first: most of the time nothing else is looked at.
    return segment == CS ? violated : allOf(violated, segment.usable());
  }

  private static Condition nonCanonicalLdtr() {
    return allOf(LDTR.usable(), nonCanonical(GUEST_LDTR_BASE));
  }

  private static Condition wrongCodePrivilege() {
    return anyOf(
        allOf(CS.typeIn(1 << READ_WRITE_ACCESSED), CS.dplNotZero()),
        allOf(CS.typeIn(NON_CONFORMING), CS.dplNotThatOf(SS)),
        allOf(CS.typeIn(CONFORMING), SS.dplBelowThatOf(CS)));
  }

  private static Condition wrongStackPrivilege() {
    Condition mustBeZero =
        anyOf(
            CS.typeIn(1 << READ_WRITE_ACCESSED), not(bit(GUEST_CR0, EntryFacts.CR0_PE)));
    return anyOf(
        allOf(not(unrestricted()), SS.dplNotRpl()), allOf(mustBeZero, SS.dplNotZero()));
  }

  private static Condition tooPrivileged(Segment segment) {
    return ifLookedAt(
        segment, allOf(segment.typeIn(CHECKED_FOR_PRIVILEGE), segment.dplBelowRpl()));
  }

  private static Condition reservedRights(Segment segment) {
    return allOf(any(segment.rights, RESERVED_RIGHTS), not(holds(Circumstance.NARROW_ACCESS_RIGHTS)));
  }

  private static Condition wrongGranularity(Segment segment) {
    Condition granular = bit(segment.rights, G);
    return anyOf(
        allOf(granular, not(is(segment.limit, LOW_LIMIT, LOW_LIMIT))),
        allOf(not(granular), any(segment.limit, HIGH_LIMIT)));
  }

  private static Condition wrongSystemSegment(Segment segment) {
    return anyOf(bit(segment.rights, S), not(bit(segment.rights, P)), reservedRights(segment),
        wrongGranularity(segment));
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
        .violatedWhen(allOf(not(unrestricted()), notRunnableByKvm()))
        .evidence(GuestSegmentChecks::notRunnable);
  }

  private static Condition notRunnableByKvm() {
    Condition real = realOrVirtual8086();
    return anyOf(
        allOf(real, ofAny(CODE_AND_DATA, GuestSegmentChecks::notReal)),
        allOf(not(real), notProtected()));
  }

  private static Condition realOrVirtual8086() {
    return anyOf(not(bit(GUEST_CR0, EntryFacts.CR0_PE)), virtual8086());
  }

  /** For KVM's eyes DPL is 3, and the type of CS too. */
  private static Condition notReal(Segment segment) {
    Condition wrong =
        anyOf(
            segment.baseNotSelector(),
            not(is(segment.limit, -1L, VIRTUAL_8086_LIMIT)),
            not(bit(segment.rights, S)),
            not(segment.usable()),
            any(segment.rights, 0xf000));
    return segment == CS ? wrong : anyOf(wrong, not(segment.typeIn(1 << READ_WRITE_ACCESSED)));
  }

  private static Condition levelsDiffer() {
    return SS.rplNotThatOf(CS);
  }

  private static Condition notProtected() {
    return anyOf(
        levelsDiffer(),
        wrongCode(),
        wrongStack(),
        ofAny(DATA, GuestSegmentChecks::wrongData),
        wrongTask(),
        wrongLdt());
  }

  private static Condition wrongCode() {
    Condition conforming = bit(CS.rights, CONFORMING_BIT);
    return anyOf(
        not(CS.usable()),
        not(is(CS.rights, 9, 9)),
        not(bit(CS.rights, S)),
        allOf(conforming, CS.rplBelowDpl()),
        allOf(not(conforming), CS.dplNotRpl()));
  }

  private static Condition wrongStack() {
    return allOf(SS.usable(), anyOf(not(SS.typeIn(STACK_TYPES)), not(bit(SS.rights, S)), SS.dplNotRpl()));
  }

  private static Condition wrongData(Segment segment) {
    return allOf(
        segment.usable(),
        anyOf(
            not(bit(segment.rights, S)),
            allOf(not(is(segment.rights, 12, 12)), segment.dplBelowRpl())));
  }

  private static Condition wrongTask() {
    return anyOf(not(TR.usable()), bit(TR.selector, TI), not(TR.typeIn(TSS_BUSY | TSS_16_BUSY)));
  }

  private static Condition wrongLdt() {
    return allOf(LDTR.usable(), anyOf(bit(LDTR.selector, TI), not(LDTR.typeIn(LDT))));
  }

  private static String notRunnable(EntryFacts facts) {
    String whole = "{sel}, {base}, {limit} and {ar} are not those of a segment in real or virtual-8086 mode";
    if (realOrVirtual8086().in(facts) == Truth.YES) {
      return firstOf(facts, CODE_AND_DATA, GuestSegmentChecks::notReal, whole);
    }
    List<String> parts = new ArrayList<>();
    if (levelsDiffer().in(facts) == Truth.YES) {
      parts.add(EntryEvidence.fill("{guest_ss_selector} and {guest_cs_selector} differ in RPL", facts));
    }
    addIf(parts, wrongCode(), CS, facts);
    addIf(parts, wrongStack(), SS, facts);
    for (Segment segment : DATA) {
      addIf(parts, wrongData(segment), segment, facts);
    }
    addIf(parts, wrongTask(), TR, facts);
    addIf(parts, wrongLdt(), LDTR, facts);
    return String.join("; ", parts);
  }

  private static void addIf(List<String> parts, Condition wrong, Segment segment, EntryFacts facts) {
    if (wrong.in(facts) == Truth.YES) {
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
