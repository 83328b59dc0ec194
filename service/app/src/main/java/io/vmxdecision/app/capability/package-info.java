/** {@code GET /v1/capabilities}: the VMX capability words, bit by bit. */
@NullMarked
package io.vmxdecision.app.capability;

import org.jspecify.annotations.NullMarked;
