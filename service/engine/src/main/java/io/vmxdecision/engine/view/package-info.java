/**
 * The wire structures and words of the field, one type each: views that {@code wrap} the caller's
 * bytes, and static readers of words that fit a register.
 */
@NullMarked
package io.vmxdecision.engine.view;

import org.jspecify.annotations.NullMarked;
