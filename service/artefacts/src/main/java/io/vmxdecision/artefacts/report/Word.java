package io.vmxdecision.artefacts.report;

/** A machine word of up to 64 bits, written as hexadecimal. */
public record Word(long value) {
  @Override
  public String toString() {
    return "0x" + Long.toHexString(value);
  }
}
