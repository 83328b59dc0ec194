/** Everything that is not an answer: RFC 9457 problems, with all faults of a request at once. */
@NullMarked
package io.vmxdecision.app.problem;

import org.jspecify.annotations.NullMarked;
