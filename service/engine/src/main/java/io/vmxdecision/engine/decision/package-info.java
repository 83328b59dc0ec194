/** What comes out: a decision as numbers and bits, reused by the caller. */
@NullMarked
package io.vmxdecision.engine.decision;

import org.jspecify.annotations.NullMarked;
