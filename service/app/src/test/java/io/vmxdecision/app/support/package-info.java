/** The running service as a client sees it, and requests to send. */
@NullMarked
package io.vmxdecision.app.support;

import org.jspecify.annotations.NullMarked;
