/** JMH benchmarks of the engine. */
@NullMarked
package io.vmxdecision.bench;

import org.jspecify.annotations.NullMarked;
