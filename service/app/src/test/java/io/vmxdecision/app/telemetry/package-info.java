/** What operators see: health, metrics, ports. */
@NullMarked
package io.vmxdecision.app.telemetry;

import org.jspecify.annotations.NullMarked;
