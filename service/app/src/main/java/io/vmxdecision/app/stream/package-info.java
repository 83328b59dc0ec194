/**
 * {@code POST /v1/decisions/stream}: decisions without end, in the order of the requests, while these
 * still come in. Two protocols, lines of JSON and SBE messages in frames, over one exchange: the request's thread
 * and one more share three tasks, to read, to decide and to write. Between the tasks lie spools; that of the answers goes to disk when
 * the client does not read.
 */
@NullMarked
package io.vmxdecision.app.stream;

import org.jspecify.annotations.NullMarked;
