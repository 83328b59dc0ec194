/** Memory and translations. */
@NullMarked
package io.vmxdecision.engine.bytes;

import org.jspecify.annotations.NullMarked;
