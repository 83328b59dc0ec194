/**
 * The rules, a class per letter of {@code decision-rules.md}:
 *
 * <ul>
 *   <li>E {@link io.vmxdecision.engine.rules.EnlightenedVmcsRules}: is an enlightened VMCS in use?
 *   <li>F {@link io.vmxdecision.engine.rules.EligibilityRules}: is the L2 TLB flush eligible?
 *   <li>R {@link io.vmxdecision.engine.rules.RoutingRules}: who handles an exit taken from L2?
 *   <li>R-CR, R-IO, R-MSR and the other rows that ask for more than a control: {@code
 *       CrAccessCondition}, {@code IoCondition}, {@code MsrCondition}, ...; the table itself is {@code
 *       RoutingTable}
 *   <li>H {@link io.vmxdecision.engine.rules.FlushHypercallRules}: the flush hypercall in L0
 *   <li>M {@link io.vmxdecision.engine.rules.TlbMutationRules}: who queues what
 *   <li>C {@link io.vmxdecision.engine.rules.CompletionRules}: completing the call
 *   <li>S {@link io.vmxdecision.engine.rules.SynthesisRules}: the exit that L1 sees
 *   <li>X, reading an exit reason, is {@link io.vmxdecision.engine.view.ExitReason}
 * </ul>
 *
 * <p>All of them are static, allocate nothing and are safe for use by any thread; what they look at
 * and what they find is in the snapshot and the decision that they are given.
 */
@NullMarked
package io.vmxdecision.engine.rules;

import org.jspecify.annotations.NullMarked;
