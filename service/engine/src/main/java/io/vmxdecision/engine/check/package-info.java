/**
 * What can be said of an eVMCS page before anything exits: what L0 would refuse, what looks wrong, and
 * how two pages differ. Not on the way to a decision, so it may allocate; findings are data, and the
 * words that a finding shares with all of its kind stand in {@link
 * io.vmxdecision.engine.check.EvmcsCheck}.
 */
@NullMarked
package io.vmxdecision.engine.check;

import org.jspecify.annotations.NullMarked;
