/**
 * Limits for slow clients, so that one costs no more than a connection and a virtual thread.
 *
 * <p>Where a client can be slow, and what limits it:
 *
 * <ul>
 *   <li>The first byte of a connection: Tomcat's timeout, set to {@code vmx-decision.clients.patience}.
 *   <li>The rest of a head: {@link HeadTimeoutProtocol}. Tomcat's own timeout restarts with every byte.
 *   <li>A body: {@link MinimumRate}. The body is received as a whole before the request takes a place.
 *       {@code vmx-decision.clients.patience} is used up below {@code vmx-decision.clients.bytes-per-second}
 *       and won back above. Then the answer is 408.
 *   <li>A body that was refused: {@link RefusedBodies}.
 *   <li>Reading an answer: {@link MinimumRateResponse}, at the same rate. Then the connection is closed. A request
 *       gives up its place while it waits for its client.
 *   <li>The next request: {@code server.tomcat.keep-alive-timeout}. When most connections are taken, each
 *       answer closes its connection.
 *   <li>A stream: it may pause for {@code server.tomcat.connection-timeout}. When all streams are taken, one
 *       below that pace loses its place to a new one.
 * </ul>
 *
 * <p>When there are more requests than the CPUs can process, {@link Turns} starts them in order.
 */
@NullMarked
package io.vmxdecision.app.server.clients;

import org.jspecify.annotations.NullMarked;
