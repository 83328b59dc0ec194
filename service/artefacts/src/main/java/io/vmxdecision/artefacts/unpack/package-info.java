/** Compressed files, bounded. */
@NullMarked
package io.vmxdecision.artefacts.unpack;

import org.jspecify.annotations.NullMarked;
