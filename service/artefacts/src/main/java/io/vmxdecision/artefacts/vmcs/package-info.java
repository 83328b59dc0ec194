/** Dumps of a VMCS, and failed VM-entries. */
@NullMarked
package io.vmxdecision.artefacts.vmcs;

import org.jspecify.annotations.NullMarked;
