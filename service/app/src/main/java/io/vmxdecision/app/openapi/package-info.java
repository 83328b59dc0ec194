/** What springdoc is told beyond the annotations. */
@NullMarked
package io.vmxdecision.app.openapi;

import org.jspecify.annotations.NullMarked;
