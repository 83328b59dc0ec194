package io.vmxdecision.engine.entry;

/** The VM-entry MSR-load area, read once per decision. Allocates nothing. */
final class MsrLoadArea {
  // The numbers of the checks N-M1..9.
  static final int TOO_MANY = 1;
  static final int UNREADABLE = 2;
  static final int FS_BASE = 3;
  static final int GS_BASE = 4;
  static final int SMM_MONITOR_CTL = 5;
  static final int X2APIC = 6;
  static final int MICROCODE_UPDATE = 7;
  static final int MICROCODE_REVISION = 8;
  static final int RESERVED = 9;

  private static final int ENTRY_BYTES = 16;
  private static final int ENTRIES_PER_STEP = 512;

  private static final int WORDS = ENTRY_BYTES / Long.BYTES;
  private static final int AT_ONCE = 16;

  private final long[] words = new long[AT_ONCE * WORDS];
  private int failed;
  private int suspected;
  private int undecided;
  private int firstCheck;
  private long firstEntry;

  /** Nothing is wrong. */
  void clear() {
    failed = 0;
    suspected = 0;
    undecided = 0;
    firstCheck = 0;
    firstEntry = 0;
  }

  /** Goes through the entries until the list ends or cannot be followed. */
  void read(EntryFacts facts) {
    clear();
    if (!facts.known(VmcsField.VM_ENTRY_MSR_LOAD_COUNT)) {
      undecided = -1;
      return;
    }
    long count = facts.value(VmcsField.VM_ENTRY_MSR_LOAD_COUNT);
    if (count != 0 && !facts.known(VmcsField.VM_ENTRY_MSR_LOAD_ADDR)) {
      undecided = -1;
      return;
    }
    long limit =
        facts.isBareCpu()
            ? Long.MAX_VALUE
            : ENTRIES_PER_STEP * (((facts.value(Capability.VMX_MISC) >>> 25) & 7) + 1);
    long gpa = facts.value(VmcsField.VM_ENTRY_MSR_LOAD_ADDR);
    long end = Math.min(count, limit);
    for (long i = 0; i < end;) {
      int some = (int) Math.min(end - i, AT_ONCE);
      long at = gpa + i * ENTRY_BYTES;
      if (!facts.memory().read(at, words, some * WORDS)) {
        some = 1; // up to the first that cannot be read
        if (!facts.memory().read(at, words, WORDS)) {
          unreadable(facts, i);
          return;
        }
      }
      for (int k = 0; k < some; k++) {
        judge(facts, words[k * WORDS], i + k);
      }
      i += some;
    }
    if (count > limit) {
      fail(TOO_MANY, limit);
    }
  }

  private void unreadable(EntryFacts facts, long entry) {
    if (facts.isBareCpu()) {
      undecided = -1;
    } else {
      fail(UNREADABLE, entry);
    }
  }

  /** Judges an entry by its first 64 bits: the index in 31:0, reserved ones above. */
  private void judge(EntryFacts facts, long first, long entry) {
    long index = first & 0xffff_ffffL;
    if (index == 0xc000_0100L) {
      fail(FS_BASE, entry);
    } else if (index == 0xc000_0101L) {
      fail(GS_BASE, entry);
    } else if (index == 0x9b) {
      fail(SMM_MONITOR_CTL, entry);
    } else if (index >>> 8 == 8 && facts.holds(Circumstance.X2APIC) == Truth.YES) {
      fail(X2APIC, entry);
    } else if (index == 0x79) {
      suspect(facts, MICROCODE_UPDATE, entry);
    } else if (index == 0x8b) {
      suspect(facts, MICROCODE_REVISION, entry);
    }
    if (first >>> Integer.SIZE != 0) {
      fail(RESERVED, entry);
    }
  }

  /** KVM refuses these MSRs; a CPU may. */
  private void suspect(EntryFacts facts, int check, long entry) {
    int blocked = facts.isBareCpu() ? facts.holds(Circumstance.BLOCKS_MICROCODE_MSRS) : Truth.YES;
    if (blocked == Truth.YES) {
      fail(check, entry);
    } else if (blocked == Truth.MAYBE) {
      suspected |= 1 << check;
    }
  }

  private void fail(int check, long entry) {
    if (firstCheck == 0) {
      firstCheck = check;
      firstEntry = entry;
    }
    failed |= 1 << check;
  }

  /** Whether an entry breaks the check N-M{@code check}: a {@link Truth}. */
  int failed(int check) {
    if (((failed >>> check) & 1) != 0) {
      return Truth.YES;
    }
    return ((undecided & 1) | ((suspected >>> check) & 1)) != 0 ? Truth.MAYBE : Truth.NO;
  }

  /** The check that stops the loading, 1..9, or 0. */
  int firstCheck() {
    return firstCheck;
  }

  /** The number of the entry that stops the loading, from 1. */
  long firstEntryNumber() {
    return firstEntry + 1;
  }
}
