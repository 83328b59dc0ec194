/** How much the service takes on at once, and what it says when that is reached. */
@NullMarked
package io.vmxdecision.app.overload;

import org.jspecify.annotations.NullMarked;
