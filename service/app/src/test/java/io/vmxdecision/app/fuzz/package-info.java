/** Requests made from the contract that the running service serves, and what its answers must be. */
@NullMarked
package io.vmxdecision.app.fuzz;

import org.jspecify.annotations.NullMarked;
