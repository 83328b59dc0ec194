/**
 * What any endpoint needs of a server: clients that are slow, overload, shutdown, exchanges without end. It
 * knows nothing of decisions.
 */
@NullMarked
package io.vmxdecision.app.server;

import org.jspecify.annotations.NullMarked;
