/** The explorer: a page for browsers at {@code /}, which asks the API. */
@NullMarked
package io.vmxdecision.app.explorer;

import org.jspecify.annotations.NullMarked;
