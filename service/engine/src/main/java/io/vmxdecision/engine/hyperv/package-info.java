/**
 * The layouts of the TLFS, one type each: the assist pages, the hypercall's words, processor sets.
 * What a hypervisor does with a field is a matter of its {@code profile}.
 */
@NullMarked
package io.vmxdecision.engine.hyperv;

import org.jspecify.annotations.NullMarked;
