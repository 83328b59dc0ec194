/** Holds what the chart renders against Kubernetes' types and rules, and against the service itself. */
@NullMarked
package io.vmxdecision.chart;

import org.jspecify.annotations.NullMarked;
