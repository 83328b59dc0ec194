/** What operators see: health, metrics, ports. */
@NullMarked
package io.vmxdecision.app.actuator;

import org.jspecify.annotations.NullMarked;
