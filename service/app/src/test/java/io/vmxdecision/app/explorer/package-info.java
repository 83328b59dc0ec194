/** Tests of the explorer, in a browser. */
@NullMarked
package io.vmxdecision.app.explorer;

import org.jspecify.annotations.NullMarked;
