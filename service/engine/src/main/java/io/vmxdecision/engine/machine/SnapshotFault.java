package io.vmxdecision.engine.machine;

/**
 * What is wrong with what was to become a snapshot, and where. Whoever reads an input translates the
 * place into its own terms: a JSON Pointer, the index of a group, the number of a line.
 *
 * @param place which part of the snapshot
 * @param index which item of that part, from 0; 0 where there is only one
 * @param kind what is wrong
 * @param detail the same in words
 */
public record SnapshotFault(Place place, int index, Kind kind, String detail) {
  /** A part of a snapshot. */
  public enum Place {
    /** The index of the exiting vCPU. */
    VCPU,
    /** The list of vCPUs as a whole. */
    VCPUS,
    /** The VP index of a vCPU. */
    VP_INDEX,
    /** The queue of a vCPU for L1. */
    PENDING_L1,
    /** The queue of a vCPU for L2. */
    PENDING_L2,
    /** A region of memory. */
    MEMORY,
    /** The L2 page of a translation. */
    TRANSLATION_FROM,
    /** The L1 page of a translation. */
    TRANSLATION_TO,
    /** The enlightened VMCS. */
    EVMCS,
    /** The VP assist page. */
    VP_ASSIST_PAGE,
    /** The partition assist page. */
    PARTITION_ASSIST_PAGE
  }

  /** What can be wrong. */
  public enum Kind {
    /** A number, a count or a size is outside its range, whatever else the snapshot holds. */
    OUT_OF_RANGE,
    /** The exiting vCPU is not in the list. */
    NO_SUCH_VCPU,
    /** A full queue without a "flush all"; KVM keeps a place for one. */
    FULL_WITHOUT_FLUSH_ALL,
    /** A region of memory runs past the end of the address space. */
    PAST_THE_END,
    /** A region of memory overlaps an earlier one. */
    OVERLAP,
    /** The address of a page has low 12 bits. */
    NOT_PAGE_ALIGNED,
    /** An L2 page has a translation already. */
    TRANSLATED_TWICE
  }
}
