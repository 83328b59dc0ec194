/** What texts say of a machine: registers, CPUID, the configuration of a VM. */
@NullMarked
package io.vmxdecision.artefacts.machine;

import org.jspecify.annotations.NullMarked;
