/** The Spring Boot application around the decision engine. */
@NullMarked
package io.vmxdecision.app;

import org.jspecify.annotations.NullMarked;
