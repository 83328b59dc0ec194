/** JMH benchmarks of the engine, fed with the recorded cases; {@link Main} runs them. */
@NullMarked
package io.vmxdecision.bench.engine;

import org.jspecify.annotations.NullMarked;
