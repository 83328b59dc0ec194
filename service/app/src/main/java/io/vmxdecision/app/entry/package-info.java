/** {@code POST /v1/vm-entries}, {@code /batch} and {@code /stream}: does L2 start, and if not, which checks do not hold. */
@NullMarked
package io.vmxdecision.app.entry;

import org.jspecify.annotations.NullMarked;
