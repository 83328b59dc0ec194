/** {@code POST /v1/vm-entries}: does L2 start, and if not, which checks do not hold. */
@NullMarked
package io.vmxdecision.app.entry;

import org.jspecify.annotations.NullMarked;
