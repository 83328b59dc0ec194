/** {@code POST /v1/decisions}: request in, decision out. */
@NullMarked
package io.vmxdecision.app.decision;

import org.jspecify.annotations.NullMarked;
