/** Graceful shutdown: the service ends without losing a request that it has accepted. */
@NullMarked
package io.vmxdecision.app.server.shutdown;

import org.jspecify.annotations.NullMarked;
