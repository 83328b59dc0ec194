/** What a snapshot may hold. */
@NullMarked
package io.vmxdecision.engine.snapshot;

import org.jspecify.annotations.NullMarked;
