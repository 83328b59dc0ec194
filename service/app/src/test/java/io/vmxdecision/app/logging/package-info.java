@NullMarked
package io.vmxdecision.app.logging;

import org.jspecify.annotations.NullMarked;
