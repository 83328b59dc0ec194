/** VM-entries, decided by the engine alone. */
@NullMarked
package io.vmxdecision.engine.entry;

import org.jspecify.annotations.NullMarked;
