/**
 * The service under load over HTTP, client and server on one machine, each figure beside that of a
 * handler which does the least: reads the same bytes and writes as many back.
 */
@NullMarked
package io.vmxdecision.bench.http;

import org.jspecify.annotations.NullMarked;
