/**
 * VM-entries: whether VMLAUNCH or VMRESUME enters, and if not, which checks do not hold.
 *
 * <p>The checks stand in tables, a class per section of SDM vol. 3, chapter 27 ({@code
 * ExecutionControlChecks} is 27.2.1.1, ...), a row a check. {@link EntryChecks} has them all, in the order
 * of KVM and in that of the SDM; {@link VmEntryEngine} makes them.
 */
@NullMarked
package io.vmxdecision.engine.entry;

import org.jspecify.annotations.NullMarked;
