/**
 * An exchange of requests and answers without end, over one HTTP request: the answers go out while the
 * requests still come in. A {@link StreamProtocol} says how both lie in their bodies.
 */
@NullMarked
package io.vmxdecision.app.server.exchange;

import org.jspecify.annotations.NullMarked;
