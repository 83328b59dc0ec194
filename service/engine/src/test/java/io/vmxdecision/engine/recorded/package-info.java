/** The recorded cases, decided by the engine alone. */
@NullMarked
package io.vmxdecision.engine.recorded;

import org.jspecify.annotations.NullMarked;
