/**
 * {@code POST /v1/decisions/stream}: decisions without end, in the order of the requests, while the client
 * still sends. There are two protocols, lines of JSON and SBE messages in frames, over one
 * {@link io.vmxdecision.app.server.exchange.StreamExchange}. The thread of the request and one more share three tasks: to read, to decide and to
 * write. Spools connect the tasks. The spool of the answers goes to disk when the client does not read.
 */
@NullMarked
package io.vmxdecision.app.stream;

import org.jspecify.annotations.NullMarked;
