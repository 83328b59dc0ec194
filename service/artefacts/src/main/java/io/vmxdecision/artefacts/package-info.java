/**
 * What hypervisor engineers hold in their hands (traces, dumps, numbers), read into the engine's
 * terms. Plain Java over the engine: no Spring, no HTTP, no JSON.
 */
@NullMarked
package io.vmxdecision.artefacts;

import org.jspecify.annotations.NullMarked;
