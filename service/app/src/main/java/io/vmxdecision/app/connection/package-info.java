/**
 * How long clients may take, so that slow ones cost no more than a connection and a virtual thread.
 *
 * <p>What a client can be slow in, and what ends it:
 *
 * <ul>
 *   <li>To send the first byte of a connection: Tomcat's timeout, set to {@code vmx-decision.clients.patience}.
 *   <li>To send the rest of a head: {@link PatientProtocol}. Tomcat's own timeout begins anew with every byte.
 *   <li>To send a body: it is received as a whole, before the request takes a place among those that are being
 *       answered, by {@link Pace}: {@code vmx-decision.clients.patience}, which is used up below {@code
 *       vmx-decision.clients.bytes-per-second} and won back above. Past that it is 408.
 *   <li>To send a body that nobody wants: {@link UnreadBodies}.
 *   <li>To read an answer: {@link PacedResponse}, at the same pace; then the connection is closed. While it waits
 *       for its client a request gives up its place.
 *   <li>To send the next request: {@code server.tomcat.keep-alive-timeout}; when connections become few, it gets no
 *       time at all.
 *   <li>A stream may pause for {@code server.tomcat.connection-timeout}. When all places of streams are taken,
 *       one that is slower than that pace loses its place to the next.
 * </ul>
 *
 * <p>When the CPUs are short {@link Turns} has requests begin in their order.
 */
@NullMarked
package io.vmxdecision.app.connection;

import org.jspecify.annotations.NullMarked;
