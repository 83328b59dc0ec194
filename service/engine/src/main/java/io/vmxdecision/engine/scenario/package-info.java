/**
 * Scenarios: events played in order over one machine, with what L0 keeps between them (rules T). Where
 * {@link io.vmxdecision.engine.DecisionEngine} decides one exit of pages "as L0 last read them", a scenario
 * knows when L0 last read them, and says what of it is stale.
 *
 * <p>How to play one:
 *
 * <ol>
 *   <li>Fill a {@link io.vmxdecision.engine.scenario.ScenarioMachine}: memory, vCPUs, CPUID.
 *   <li>Make a {@link io.vmxdecision.engine.scenario.Scenario} of it.
 *   <li>Hand each {@link io.vmxdecision.engine.scenario.ScenarioEvent} to {@link
 *       io.vmxdecision.engine.scenario.Scenario#play}, which fills one {@link
 *       io.vmxdecision.engine.scenario.ScenarioStep} again and again. An event that cannot be is told, and
 *       changes nothing.
 * </ol>
 *
 * <p>To step back, play the events up to there anew: a scenario depends on its machine and events alone.
 */
@NullMarked
package io.vmxdecision.engine.scenario;

import org.jspecify.annotations.NullMarked;
