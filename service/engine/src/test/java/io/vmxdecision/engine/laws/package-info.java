/** What holds for every flush, as properties. */
@NullMarked
package io.vmxdecision.engine.laws;

import org.jspecify.annotations.NullMarked;
