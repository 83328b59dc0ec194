/** Load shedding: how much the service takes on at once, and how it refuses more. */
@NullMarked
package io.vmxdecision.app.server.overload;

import org.jspecify.annotations.NullMarked;
