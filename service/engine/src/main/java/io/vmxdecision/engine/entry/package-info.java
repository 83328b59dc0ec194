/**
 * VM-entries: whether VMLAUNCH or VMRESUME enters, and if not, which checks do not hold.
 *
 * <p>The checks stand in tables, a class per section of SDM vol. 3, chapter 27 ({@code
 * ExecutionControlChecks} is 27.2.1.1, ...), a row a check. {@link EntryChecks} has them all, in the order
 * of KVM and in that of the SDM; {@link VmEntryEngine} makes them.
 *
 * <p>When a check is violated is data, a {@code Condition}. It is judged as it stands where something is
 * unknown. Where all is known, as of every eVMCS, the conditions of all checks are one piece of code, {@code
 * CompiledChecks}: to call them one by one takes six times as long.
 *
 * <p>Left out are N-S63, the reserved bits of IA32_RTIT_CTL and IA32_LBR_CTL, and N-S79, the values of the
 * MSR-load list that WRMSR would refuse: both differ from CPU to CPU in what no request says.
 */
@NullMarked
package io.vmxdecision.engine.entry;

import org.jspecify.annotations.NullMarked;
