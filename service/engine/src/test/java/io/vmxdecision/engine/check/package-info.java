/** What L0 would refuse or L1 regret, each check with a page that it finds something in. */
@NullMarked
package io.vmxdecision.engine.check;

import org.jspecify.annotations.NullMarked;
