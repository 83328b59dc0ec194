/** {@code GET /v1/exit-reasons}: exit reasons decoded (rules X). */
@NullMarked
package io.vmxdecision.app.exitreason;

import org.jspecify.annotations.NullMarked;
