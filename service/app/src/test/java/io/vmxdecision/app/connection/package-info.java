@NullMarked
package io.vmxdecision.app.connection;

import org.jspecify.annotations.NullMarked;
