/**
 * The rules, a class per letter: each has its {@link io.vmxdecision.engine.catalogue.Rule} objects and beside
 * them the code that looks at the rule. {@code service/engine/rules.md} is made of the objects.
 *
 * <ul>
 *   <li>X {@link io.vmxdecision.engine.rules.ExitReasonRules}: can the exit reason be at all?
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
 *   <li>P {@link io.vmxdecision.engine.rules.DepartureRules}: in what an L0 departs from kvm-6.12
 * </ul>
 *
 * <p>The code is static, allocates nothing (evidence does) and is safe for use by any thread; what it looks
 * at and what it finds is in the snapshot and the decision that it is given.
 */
@NullMarked
package io.vmxdecision.engine.rules;

import org.jspecify.annotations.NullMarked;
