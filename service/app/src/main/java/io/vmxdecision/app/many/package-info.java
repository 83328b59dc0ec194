/** Many requests in the JSON of one body: a batch, or lines of a stream. A fault ends its request alone. */
@NullMarked
package io.vmxdecision.app.many;

import org.jspecify.annotations.NullMarked;
