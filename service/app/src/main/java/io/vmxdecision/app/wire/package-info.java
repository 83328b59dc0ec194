/** The values of the wire: machine words, pages and bytes as JSON strings. */
@NullMarked
package io.vmxdecision.app.wire;

import org.jspecify.annotations.NullMarked;
