package io.vmxdecision.engine.machine;

/** What L1's CPUID says, as far as a decision depends on it. Mutable, not thread-safe. */
public final class Cpuid {
  /** {@link #nestedEax()} bit 17: L0 handles the L2 TLB flush ("direct virtual flush"). */
  public static final int NESTED_DIRECT_FLUSH = 1 << 17;

  /** {@link #enlightenmentsEax()} bit 2: use the hypercall for remote TLB flushes. */
  public static final int REMOTE_TLB_FLUSH = 1 << 2;

  /** {@link #enlightenmentsEax()} bit 11: use the Ex calls with their VP sets. */
  public static final int EX_PROCESSOR_MASKS = 1 << 11;

  /** {@link #featuresEdx()} bit 4: hypercall input in XMM registers. */
  public static final int XMM_INPUT = 1 << 4;

  private int nestedEax;
  private int enlightenmentsEax;
  private int featuresEdx;
  private boolean enforced;
  private boolean sgx;
  private boolean faulting;

  /** All words 0, all flags false. */
  public void clear() {
    nestedEax = 0;
    enlightenmentsEax = 0;
    featuresEdx = 0;
    enforced = false;
    sgx = false;
    faulting = false;
  }

  /** Leaf 0x4000000A, EAX: the nested features. */
  public int nestedEax() {
    return nestedEax;
  }

  /** Sets {@link #nestedEax()}. */
  public void nestedEax(int value) {
    nestedEax = value;
  }

  /** Leaf 0x40000004, EAX: the recommended enlightenments. */
  public int enlightenmentsEax() {
    return enlightenmentsEax;
  }

  /** Sets {@link #enlightenmentsEax()}. */
  public void enlightenmentsEax(int value) {
    enlightenmentsEax = value;
  }

  /** Leaf 0x40000003, EDX: features. */
  public int featuresEdx() {
    return featuresEdx;
  }

  /** Sets {@link #featuresEdx()}. */
  public void featuresEdx(int value) {
    featuresEdx = value;
  }

  /** Whether L0 refuses what CPUID does not offer ({@code KVM_CAP_HYPERV_ENFORCE_CPUID}). */
  public boolean isEnforced() {
    return enforced;
  }

  /** Sets {@link #isEnforced()}. */
  public void enforced(boolean value) {
    enforced = value;
  }

  /** Whether the guest has SGX (leaf 7, EBX bit 2). */
  public boolean hasSgx() {
    return sgx;
  }

  /** Sets {@link #hasSgx()}. */
  public void sgx(boolean value) {
    sgx = value;
  }

  /** Whether CPUID faulting is on for the exiting vCPU (MSR 0x140 bit 0, or HWCR bit 35 on AMD). */
  public boolean isFaulting() {
    return faulting;
  }

  /** Sets {@link #isFaulting()}. */
  public void faulting(boolean value) {
    faulting = value;
  }
}
