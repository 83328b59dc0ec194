/** What a number can mean, in tables with their sources. */
@NullMarked
package io.vmxdecision.artefacts.number;

import org.jspecify.annotations.NullMarked;
