/** What may depend on what. */
@NullMarked
package io.vmxdecision.app.architecture;

import org.jspecify.annotations.NullMarked;
