@NullMarked
package io.vmxdecision.engine.counterfactual;

import org.jspecify.annotations.NullMarked;
