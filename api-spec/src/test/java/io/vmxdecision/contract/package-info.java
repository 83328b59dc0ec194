/** Holds the contract against its past and a linter, and generated clients against the service. */
@NullMarked
package io.vmxdecision.contract;

import org.jspecify.annotations.NullMarked;
