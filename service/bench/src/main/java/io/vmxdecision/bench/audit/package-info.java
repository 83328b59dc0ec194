/** How fast a trace is audited, against the JDK's line reader over the same lines. */
@NullMarked
package io.vmxdecision.bench.audit;

import org.jspecify.annotations.NullMarked;
