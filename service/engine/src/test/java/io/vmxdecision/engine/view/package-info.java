/** The wire structures, held against the tables they are taken from. */
@NullMarked
package io.vmxdecision.engine.view;

import org.jspecify.annotations.NullMarked;
