/** What comes out. */
@NullMarked
package io.vmxdecision.engine.decision;

import org.jspecify.annotations.NullMarked;
