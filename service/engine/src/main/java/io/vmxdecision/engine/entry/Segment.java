package io.vmxdecision.engine.entry;

import static io.vmxdecision.engine.entry.VmcsField.*;

import java.util.Locale;

/** A segment register of L2, and its four fields. */
enum Segment {
  CS(GUEST_CS_SELECTOR, GUEST_CS_BASE, GUEST_CS_LIMIT, GUEST_CS_AR_BYTES),
  SS(GUEST_SS_SELECTOR, GUEST_SS_BASE, GUEST_SS_LIMIT, GUEST_SS_AR_BYTES),
  DS(GUEST_DS_SELECTOR, GUEST_DS_BASE, GUEST_DS_LIMIT, GUEST_DS_AR_BYTES),
  ES(GUEST_ES_SELECTOR, GUEST_ES_BASE, GUEST_ES_LIMIT, GUEST_ES_AR_BYTES),
  FS(GUEST_FS_SELECTOR, GUEST_FS_BASE, GUEST_FS_LIMIT, GUEST_FS_AR_BYTES),
  GS(GUEST_GS_SELECTOR, GUEST_GS_BASE, GUEST_GS_LIMIT, GUEST_GS_AR_BYTES),
  LDTR(GUEST_LDTR_SELECTOR, GUEST_LDTR_BASE, GUEST_LDTR_LIMIT, GUEST_LDTR_AR_BYTES),
  TR(GUEST_TR_SELECTOR, GUEST_TR_BASE, GUEST_TR_LIMIT, GUEST_TR_AR_BYTES);

  private static final long TYPE = 0xf;
  private static final long PRIVILEGE = 3;
  private static final int DPL_SHIFT = 5;

  final VmcsField selector;
  final VmcsField base;
  final VmcsField limit;
  final VmcsField rights;

  Segment(VmcsField selector, VmcsField base, VmcsField limit, VmcsField rights) {
    this.selector = selector;
    this.base = base;
    this.limit = limit;
    this.rights = rights;
  }

  String lowerCase() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Bit 16 of the access rights, "unusable", is clear. */
  Condition usable() {
    return Conditions.not(Conditions.bit(rights, 16));
  }

  /** The type, bits 3:0, is one of {@code types}, a bit each. */
  Condition typeIn(int types) {
    return Conditions.oneOf(rights, TYPE, types);
  }

  /** The base is not 16 times the selector. */
  Condition baseNotSelector() {
    return new Condition.Differ(
        new Condition.Part(base, 0, -1L), new Condition.Part(selector, -4, -1L));
  }

  Condition dplNotZero() {
    return Conditions.any(rights, PRIVILEGE << DPL_SHIFT);
  }

  Condition dplNotRpl() {
    return new Condition.Differ(dpl(), rpl());
  }

  Condition dplBelowRpl() {
    return new Condition.Less(dpl(), rpl());
  }

  Condition rplBelowDpl() {
    return new Condition.Less(rpl(), dpl());
  }

  Condition dplNotThatOf(Segment other) {
    return new Condition.Differ(dpl(), other.dpl());
  }

  Condition dplBelowThatOf(Segment other) {
    return new Condition.Less(dpl(), other.dpl());
  }

  Condition rplNotThatOf(Segment other) {
    return new Condition.Differ(rpl(), other.rpl());
  }

  private Condition.Part dpl() {
    return new Condition.Part(rights, DPL_SHIFT, PRIVILEGE);
  }

  private Condition.Part rpl() {
    return new Condition.Part(selector, 0, PRIVILEGE);
  }

  int type(EntryFacts facts) {
    return (int) (facts.value(rights) & TYPE);
  }

  int dpl(EntryFacts facts) {
    return (int) dpl().in(facts);
  }

  int rpl(EntryFacts facts) {
    return (int) rpl().in(facts);
  }
}
