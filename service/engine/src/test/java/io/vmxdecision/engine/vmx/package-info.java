@NullMarked
package io.vmxdecision.engine.vmx;

import org.jspecify.annotations.NullMarked;
