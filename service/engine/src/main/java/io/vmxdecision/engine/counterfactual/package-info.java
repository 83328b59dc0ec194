/**
 * Counterfactuals: the smallest sets of changes to what was decided on that change the decision. What can
 * change is what the rules and checks say that they read.
 */
@NullMarked
package io.vmxdecision.engine.counterfactual;

import org.jspecify.annotations.NullMarked;
