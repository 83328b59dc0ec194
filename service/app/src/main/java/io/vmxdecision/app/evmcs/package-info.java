/** {@code /v1/evmcs}: enlightened VMCS pages decoded, encoded, compared and checked. */
@NullMarked
package io.vmxdecision.app.evmcs;

import org.jspecify.annotations.NullMarked;
