/** What a snapshot may hold. */
@NullMarked
package io.vmxdecision.engine.machine;

import org.jspecify.annotations.NullMarked;
