package io.vmxdecision.artefacts.report;

/**
 * Where a value of the snapshot, the exit or the entry was read.
 *
 * @param pointer the JSON Pointer of the value in the answer
 * @param part the file
 * @param line the line, from 1; 0 for bytes
 * @param text what stands there, shortened; empty for bytes
 */
public record Provenance(String pointer, String part, long line, String text) {}
