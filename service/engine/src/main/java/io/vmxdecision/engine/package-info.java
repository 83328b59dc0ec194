/**
 * The decision core: who handles a VM-exit taken from L2 (or an L2 TLB flush hypercall made by L1),
 * and what follows from it. Plain Java, no dependency at run time, nothing allocated per decision.
 *
 * <p>One direction, a package per room:
 *
 * <ol>
 *   <li>{@link io.vmxdecision.engine.bytes}: little-endian words and L1's guest-physical memory
 *   <li>{@link io.vmxdecision.engine.hyperv} and {@link io.vmxdecision.engine.vmx}: the layouts of the
 *       TLFS and of the SDM (assist pages, hypercall words; enlightened VMCS, exit reasons)
 *   <li>{@link io.vmxdecision.engine.profile}: which L0 is modelled, as data
 *   <li>{@link io.vmxdecision.engine.machine}: what the caller hands in
 *   <li>{@link io.vmxdecision.engine.decision}: what comes out, recorded as numbers and bits
 *   <li>{@link io.vmxdecision.engine.catalogue}: what a rule is, besides its code
 *   <li>{@link io.vmxdecision.engine.rules}: the rules, a class per letter
 *   <li>{@link io.vmxdecision.engine.check}: a side room, known by none of the others: checks of an
 *       eVMCS page, and the difference of two
 *   <li>{@link io.vmxdecision.engine.scenario}: on top of all: events played in order over one machine, and
 *       what of L0's copies is stale (rules T)
 *   <li>this package: {@link io.vmxdecision.engine.DecisionEngine}, which asks the rules in order
 * </ol>
 */
@NullMarked
package io.vmxdecision.engine;

import org.jspecify.annotations.NullMarked;
