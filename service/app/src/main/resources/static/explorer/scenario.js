// A scenario: its events in order, the machine after each, and what of it is stale.
import {html, nothing} from '/webjars/lit-html/lit-html.js';
import {live} from '/webjars/lit-html/directives/live.js';
import {ask} from './api.js';

/**
 * @typedef {{request: any, at: number, steps: any[], problem: any, fault: string, examples: any[]|null,
 *     loading: boolean, selftest: string, edit: Edit|null, differ: Set<number>}} ScenarioState
 * What was edited and not played yet: the steps before, the first event after it, how many events more there are.
 * @typedef {{steps: any[], from: number, more: number}} Edit
 */

/** @returns {ScenarioState} */
export const noScenario = () => ({request: null, at: 0, steps: [], problem: null, fault: '', examples: null,
  loading: false, selftest: '', edit: null, differ: new Set()});

/** What a link holds of it. @param {ScenarioState} it */
export const sharedScenario = it => it.request ? {request: it.request, at: it.at} : undefined;

let asking = new AbortController();

/** Whether a value may be shown as a scenario. @param {any} value */
export const isScenario = value => typeof value?.machine === 'object' && Array.isArray(value.events)
  && value.events.every(event => typeof event === 'object' && event !== null);

/** Shows another scenario. @param {any} request @param {number} at */
export function openScenario(context, request, at = 0) {
  Object.assign(context.state.scenario, {request, at: Number.isInteger(at) && at >= 0 ? at : 0, steps: [],
    problem: null, fault: '', edit: null, differ: new Set()});
  if (context.state.scenario.examples) {
    play(context);
  }
}

/** Plays the request anew. */
async function play({state, draw, changed}) {
  asking.abort();
  asking = new AbortController();
  const signal = asking.signal;
  const it = state.scenario;
  it.selftest = '';
  try {
    const answer = await ask('/v1/scenarios?explain=true', {body: JSON.stringify(it.request), signal});
    it.problem = answer.ok ? null : answer.body;
    if (answer.ok) {
      it.steps = answer.body.steps;
      it.differ = differing(it.steps, it.edit);
      it.edit = null;
      it.at = Math.max(0, Math.min(it.at, it.steps.length - 1));
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
    return;
  }
  changed();
  draw();
}

/** Which of the events after an edit go otherwise than before it. @param {any[]} steps @param {Edit|null} edit */
function differing(steps, edit) {
  const after = edit ? steps.map((step, index) => ({step, index})).slice(edit.from) : [];
  return new Set(after
    .filter(({step, index}) => JSON.stringify(step) !== JSON.stringify(edit?.steps[index - edit.more]))
    .map(({index}) => index));
}

/** Asks for the scenario as a KVM selftest. */
async function exportSelftest({state, draw}) {
  const it = state.scenario;
  const request = it.request;
  const answer = await ask('/v1/scenarios/selftest', {body: JSON.stringify(request), accept: 'text/plain'});
  if (it.request === request) {
    it.problem = answer.ok ? it.problem : answer.body;
    it.selftest = answer.ok ? answer.body : '';
    draw();
  }
}

async function load(context) {
  const it = context.state.scenario;
  it.loading = true;
  const response = await fetch('/explorer/examples/scenarios.ndjson');
  it.examples = (await response.text()).trim().split('\n').map(line => JSON.parse(line));
  it.loading = false;
  if (it.request) {
    await play(context);
  } else {
    await choose(context, it.examples.findIndex(one => one.id.startsWith('D20')));
  }
}

async function choose(context, index) {
  const it = context.state.scenario;
  it.request = structuredClone(it.examples[Math.max(0, index)].request);
  Object.assign(it, {at: 0, steps: [], fault: '', edit: null, differ: new Set()});
  await play(context);
}

/** Replaces an event by other ones. */
function splice(context, count, ...events) {
  const it = context.state.scenario;
  // Of edits that cannot be played, the steps from before the first are what is compared with.
  it.edit = {steps: it.edit?.steps ?? it.steps,
    from: Math.min(it.edit?.from ?? Infinity, it.at + events.length),
    more: (it.edit?.more ?? 0) + events.length - count};
  it.request.events.splice(it.at, count, ...events);
  it.fault = '';
  play(context);
}

function apply(context, text) {
  try {
    splice(context, 1, JSON.parse(text));
  } catch (error) {
    context.state.scenario.fault = String(error.message);
    context.draw();
  }
}

function go(context, at) {
  const it = context.state.scenario;
  if (at >= 0 && at < it.request.events.length) {
    it.at = at;
    it.fault = '';
    context.changed();
    context.draw();
    document.getElementById('event-' + at)?.scrollIntoView({block: 'nearest'});
  }
}

/** An event in a few words, and what came of it. */
function said(event, step) {
  const what = {write: () => `write ${event.gpa}`, wrmsr: () => `wrmsr ${event.value}`,
    vmEntry: () => event.instruction ?? 'VMRESUME', vmclear: () => `VMCLEAR ${event.gpa}`,
    exit: () => `exit ${event.exit?.reason}`, inject: () => `inject ${event.reason}`}[event.type];
  const came = [step?.entered?.internalError ? 'internal error' : '', step?.entry?.outcome, step?.wrmsr?.outcome,
    step?.vmclear?.outcome, step?.restore?.outcome,
    step?.nestedState ? `flags ${step.nestedState.flags}` : '',
    step?.decision?.handledBy, step?.decision?.hypercall?.statusName,
    step?.decision?.exitToL1 ? `L1 gets ${step.decision.exitToL1.reason}` : ''].filter(Boolean);
  return `${what ? what() : event.type}${came.length ? ': ' + came.join(', ') : ''}`;
}

/** The last state of each vCPU up to a step. */
function statesAt(steps, at) {
  const states = new Map();
  for (const step of steps.slice(0, at + 1)) {
    states.set(step.vcpu, step.state);
  }
  return [...states].sort(([a], [b]) => a - b);
}

function machine(it) {
  return html`<h3>The machine after event ${it.at}</h3>
    <table><thead><tr><th>vCPU</th><th>level</th><th>eVMCS</th><th>VmId, VpId</th><th>partition assist page</th>
      <th>pending L1, L2</th></tr></thead>
    <tbody>${statesAt(it.steps, it.at).map(([vcpu, state]) => html`<tr><td>${vcpu}</td><td>${state.level}</td>
      <td><code>${state.evmcsGpa ?? (state.mapPending ? 'pending' : 'none')}</code></td>
      <td><code>${state.cached.vmId}, ${state.cached.vpId}</code></td>
      <td><code>${state.cached.partitionAssistPage}</code></td>
      <td>${state.pendingFlush.l1.length}, ${state.pendingFlush.l2.length}</td></tr>`)}</tbody></table>`;
}

function stale(step) {
  return step.stale.length === 0 ? html`<p id="stale">Nothing is stale.</p>` : html`
    <h3>Stale</h3><table id="stale" class="stale"><thead><tr><th>vCPU</th><th>datum</th><th>L0 holds</th>
      <th>the page has</th><th>L0 looks again</th></tr></thead>
    <tbody>${step.stale.map(one => html`<tr><td>${one.vcpu}</td><td><code>${one.datum}</code></td>
      <td><code>${one.held ?? ''}</code></td><td><code>${one.page ?? ''}</code></td>
      <td>${one.reread.toLowerCase().replaceAll('_', ' ')}</td></tr>`)}</tbody></table>`;
}

function explained(step) {
  const rules = [...step.explanation ?? [], ...step.decision?.explanation ?? []];
  return rules.length === 0 ? nothing : html`<details><summary>Rules</summary><ul>${rules.map(rule =>
    html`<li><code>${rule.rule}</code> ${rule.met ? '' : 'not met: '}${rule.evidence}</li>`)}</ul></details>`;
}

/** @param {any} context */
export function scenarioView(context) {
  const it = context.state.scenario;
  if (!it.examples && !it.loading) {
    load(context);
  }
  if (!it.request) {
    return html`<section id="scenario"><p>Loading…</p></section>`;
  }
  const examples = it.examples ?? [];
  const chosen = examples.findIndex(one => JSON.stringify(one.request) === JSON.stringify(it.request));
  const event = it.request.events[it.at];
  const step = it.problem ? undefined : it.steps[it.at];
  return html`<section id="scenario" @keydown=${pressed => {
    if (pressed.target instanceof HTMLTextAreaElement || pressed.target instanceof HTMLSelectElement) {
      return;
    }
    const by = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[pressed.key];
    if (by) {
      pressed.preventDefault();
      go(context, it.at + by);
    }
  }}>
    <h2>Scenario</h2>
    <p><label for="scenario-examples">Example</label> <select id="scenario-examples"
      @change=${pick => choose(context, Number(pick.target.value))}>
      <option hidden ?selected=${live(chosen < 0)}>none: your own</option>
      ${examples.map((one, index) => html`<option value=${index} ?selected=${live(index === chosen)}>${one.id}</option>`)}
      </select></p>
    <p><button type="button" class="quiet" id="step-back" ?disabled=${it.at === 0}
        @click=${() => go(context, it.at - 1)}>Back</button>
      <button type="button" class="quiet" id="step-forth" ?disabled=${it.at >= it.request.events.length - 1}
        @click=${() => go(context, it.at + 1)}>Forth</button>
      <button type="button" class="quiet" id="export-selftest" @click=${() => exportSelftest(context)}>
        Write it as a KVM selftest</button></p>
    ${it.problem ? context.problemBox(it.problem) : nothing}
    <ol class="events" start="0">${it.request.events.map((one, index) => {
      const count = it.problem ? 0 : it.steps[index]?.stale.length ?? 0;
      return html`<li><button type="button" class="quiet" id=${'event-' + index}
        aria-current=${index === it.at ? 'step' : 'false'} @click=${() => go(context, index)}>vCPU ${one.vcpu ?? 0}
        ${said(one, it.problem ? undefined : it.steps[index])}${count
          ? html` <span class="stale">${count} stale</span>` : nothing}${!it.problem && it.differ.has(index)
          ? html` <span class="differs">other than before</span>` : nothing}</button></li>`;
    })}</ol>
    ${event ? html`<label for="event">Event ${it.at}</label>
      <textarea id="event" rows="5" spellcheck="false" .value=${live(JSON.stringify(event, null, 1))}
        aria-invalid=${it.fault ? 'true' : 'false'} @change=${edited => apply(context, edited.target.value)}></textarea>
      ${it.fault ? html`<p class="problem" role="alert">${it.fault}</p>` : nothing}
      <p><button type="button" class="quiet" @click=${() => splice(context, 1)}>Remove it</button>
        <button type="button" class="quiet" @click=${() => splice(context, 0, structuredClone(event))}>Repeat it</button>
      </p>` : nothing}
    ${it.selftest ? html`<label for="selftest">KVM selftest in C</label>
      <textarea id="selftest" rows="16" readonly spellcheck="false" .value=${it.selftest}></textarea>` : nothing}
    ${step ? html`${stale(step)}${machine(it)}${explained(step)}` : nothing}
  </section>`;
}
