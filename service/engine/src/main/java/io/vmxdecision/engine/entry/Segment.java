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
  int usable(EntryFacts facts) {
    return Truth.not(facts.bit(rights, 16));
  }

  /** The type, bits 3:0, is one of {@code types}, a bit each. */
  int typeIn(EntryFacts facts, int types) {
    return Truth.ifKnown(facts.known(rights), ((types >>> type(facts)) & 1) != 0);
  }

  int type(EntryFacts facts) {
    return (int) facts.value(rights) & 0xf;
  }

  int dpl(EntryFacts facts) {
    return (int) (facts.value(rights) >>> 5) & 3;
  }

  int rpl(EntryFacts facts) {
    return (int) facts.value(selector) & 3;
  }
}
