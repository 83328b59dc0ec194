@NullMarked
package io.vmxdecision.app.server.clients;

import org.jspecify.annotations.NullMarked;
