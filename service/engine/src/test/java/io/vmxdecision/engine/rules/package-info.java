/** The rules, case by case. */
@NullMarked
package io.vmxdecision.engine.rules;

import org.jspecify.annotations.NullMarked;
