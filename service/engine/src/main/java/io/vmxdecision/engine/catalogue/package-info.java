/** The rule catalogue: every rule by its id, in words, with where it comes from. */
@NullMarked
package io.vmxdecision.engine.catalogue;

import org.jspecify.annotations.NullMarked;
