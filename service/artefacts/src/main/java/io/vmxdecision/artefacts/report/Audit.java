package io.vmxdecision.artefacts.report;

/**
 * The counts of a trace; the audit of it has the rest.
 *
 * @param lines lines read
 * @param events lines with an event
 * @param exitsFromL2 exits from L2
 * @param handledByL0 exits from L2 that L0 handled
 * @param reflectedToL1 exits from L2 that L1 got
 * @param injectedByL0 exits that L1 got without one from L2
 * @param syntheticExits synthetic exits after an L2 TLB flush
 * @param l2Flushes flushes of L2's TLB
 */
public record Audit(
    long lines,
    long events,
    long exitsFromL2,
    long handledByL0,
    long reflectedToL1,
    long injectedByL0,
    long syntheticExits,
    long l2Flushes) {}
