/**
 * {@code POST /v1/scenarios}: events in order over one machine, what L0 still holds, and what of it is
 * stale.
 */
@NullMarked
package io.vmxdecision.app.scenario;

import org.jspecify.annotations.NullMarked;
