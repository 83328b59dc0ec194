/**
 * {@code POST /v1/decisions/stream}: decisions without end, in the order of the requests, while these
 * still come in. Two protocols, lines of JSON and SBE messages in frames, over one exchange: the
 * request's thread reads and decides, a second one writes, and between them lies a spool that goes to
 * disk when the client does not read.
 */
@NullMarked
package io.vmxdecision.app.stream;

import org.jspecify.annotations.NullMarked;
