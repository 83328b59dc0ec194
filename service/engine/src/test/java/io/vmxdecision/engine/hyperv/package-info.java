@NullMarked
package io.vmxdecision.engine.hyperv;

import org.jspecify.annotations.NullMarked;
