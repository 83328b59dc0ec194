@NullMarked
package io.vmxdecision.app.tls;

import org.jspecify.annotations.NullMarked;
