/** Which L0 is modelled. */
@NullMarked
package io.vmxdecision.engine.profile;

import org.jspecify.annotations.NullMarked;
