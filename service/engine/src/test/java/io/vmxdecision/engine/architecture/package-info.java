/** Which package may know which. */
@NullMarked
package io.vmxdecision.engine.architecture;

import org.jspecify.annotations.NullMarked;
