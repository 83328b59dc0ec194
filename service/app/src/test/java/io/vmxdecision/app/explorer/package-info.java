/** The explorer, in a real browser. */
@NullMarked
package io.vmxdecision.app.explorer;

import org.jspecify.annotations.NullMarked;
