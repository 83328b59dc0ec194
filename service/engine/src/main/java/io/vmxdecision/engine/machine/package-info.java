/**
 * What the caller hands in: a snapshot of the shared pages and of what L0 knows of the vCPUs, and
 * the VM-exit with the registers of its vCPU. All of it is reused: filled, decided on, filled again.
 */
@NullMarked
package io.vmxdecision.engine.machine;

import org.jspecify.annotations.NullMarked;
