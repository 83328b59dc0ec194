/** What a decision does to the machine that it was made on. */
@NullMarked
package io.vmxdecision.engine.decision;

import org.jspecify.annotations.NullMarked;
