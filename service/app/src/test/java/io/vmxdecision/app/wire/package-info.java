/** Values as they stand on the wire. */
@NullMarked
package io.vmxdecision.app.wire;

import org.jspecify.annotations.NullMarked;
