package io.vmxdecision.engine.check;

/**
 * Bytes of a page.
 *
 * @param offset of the first, 0..4095
 * @param length how many, 1..4096
 */
public record ByteRange(int offset, int length) {}
