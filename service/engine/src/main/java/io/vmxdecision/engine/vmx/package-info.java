/**
 * The layouts of the SDM and of the enlightened VMCS, one type each: fields, controls, exit reasons,
 * qualifications. Views {@code wrap} the caller's bytes; words that fit a register have static
 * readers.
 */
@NullMarked
package io.vmxdecision.engine.vmx;

import org.jspecify.annotations.NullMarked;
