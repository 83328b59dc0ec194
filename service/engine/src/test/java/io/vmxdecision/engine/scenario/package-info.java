/** A flush hypercall in all its parts, for tests to vary. */
@NullMarked
package io.vmxdecision.engine.scenario;

import org.jspecify.annotations.NullMarked;
