@NullMarked
package io.vmxdecision.app.security;

import org.jspecify.annotations.NullMarked;
