/**
 * What a rule is: {@link io.vmxdecision.engine.catalogue.Rule}, with what it reads and what it can show of
 * it. The rules themselves are in {@code io.vmxdecision.engine.rules}, each beside its code.
 */
@NullMarked
package io.vmxdecision.engine.catalogue;

import org.jspecify.annotations.NullMarked;
