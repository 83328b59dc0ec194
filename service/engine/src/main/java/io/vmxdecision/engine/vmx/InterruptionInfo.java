package io.vmxdecision.engine.vmx;

/**
 * Reads the 32-bit format that VM-entry interruption information, VM-exit interruption information
 * and IDT-vectoring information share: bits 7:0 vector, 10:8 type, 11 error code valid, 31 valid.
 * SDM vol. 3, "Information for VM Exits Due to Vectored Events" and "Information for VM Exits That
 * Occur During Event Delivery".
 *
 * <p>Allocates nothing; safe for use by any thread.
 */
public final class InterruptionInfo {
  /** Bit 31: the other bits mean something. */
  public static final int VALID = 1 << 31;

  /** Bit 11: the event pushes an error code. */
  public static final int ERROR_CODE_VALID = 1 << 11;

  /** Type 0: external interrupt. */
  public static final int EXTERNAL_INTERRUPT = 0;

  /** Type 2: NMI. */
  public static final int NMI = 2;

  /** Type 3: hardware exception. */
  public static final int HARDWARE_EXCEPTION = 3;

  /** Type 4: software interrupt, INT n. */
  public static final int SOFTWARE_INTERRUPT = 4;

  /** Type 5: privileged software exception, INT1. */
  public static final int PRIVILEGED_SOFTWARE_EXCEPTION = 5;

  /** Type 6: software exception, INT3 or INTO. */
  public static final int SOFTWARE_EXCEPTION = 6;

  /** Vector of the NMI. */
  public static final int NMI_VECTOR = 2;

  /** Vector of #BP. */
  public static final int BP_VECTOR = 3;

  /** Vector of #OF. */
  public static final int OF_VECTOR = 4;

  /** Vector of #DF. */
  public static final int DF_VECTOR = 8;

  /** Vector of #PF. */
  public static final int PF_VECTOR = 14;

  /** Vector of #VE. */
  public static final int VE_VECTOR = 20;

  private static final int VECTOR = 0xff;
  private static final int TYPE = 7;
  private static final int TYPE_SHIFT = 8;

  private InterruptionInfo() {}

  /** A valid word of that type, 0..7, and vector, 0..255, without an error code. */
  public static int of(int type, int vector) {
    return VALID | (type << TYPE_SHIFT) | vector;
  }

  /** Whether bit 31 is set. */
  public static boolean isValid(int info) {
    return (info & VALID) != 0;
  }

  /** The type, 0..7. */
  public static int type(int info) {
    return (info >>> TYPE_SHIFT) & TYPE;
  }

  /** The vector, 0..255. */
  public static int vector(int info) {
    return info & VECTOR;
  }

  /** Whether the word is valid and the event pushes an error code. */
  public static boolean hasErrorCode(int info) {
    return (info & (VALID | ERROR_CODE_VALID)) == (VALID | ERROR_CODE_VALID);
  }

  /** Whether the word is valid and says: NMI; the vector is not looked at, as in KVM. */
  public static boolean isNmi(int info) {
    return isValid(info) && type(info) == NMI;
  }

  /** Whether the word is valid and says: hardware exception with that vector. */
  public static boolean isHardwareException(int info, int vector) {
    return isValid(info) && type(info) == HARDWARE_EXCEPTION && vector(info) == vector;
  }
}
