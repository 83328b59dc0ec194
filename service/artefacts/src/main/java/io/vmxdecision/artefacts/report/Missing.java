package io.vmxdecision.artefacts.report;

/**
 * Something that is not in what was given.
 *
 * @param what what is missing, such as {@code VMCS}
 * @param why what it would decide
 * @param how how to get it
 */
public record Missing(String what, String why, String how) {}
