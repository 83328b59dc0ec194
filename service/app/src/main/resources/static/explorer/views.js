// A VM-entry's checks, and the audit of a trace.
import {html, nothing} from '/webjars/lit-html/lit-html.js';
import {word, hex} from './bytes.js';
import {smallestChanges} from './counterfactuals.js';

/** What the smallest changes shall lead to: of an entry that fails, and of one that succeeds. */
const ENTRY_GOALS = [['ENTERS', 'it so that L2 runs'], ['', 'what L1 gets at all']];
const ENTRY_BREAKS = [['', 'it so that the entry fails'], ['VM_FAIL_VALID', 'it to VM_FAIL_VALID'],
  ['FAILED_ENTRY', 'it to FAILED_ENTRY']];

/** The goals of the entry in view, and the one that is chosen. */
export function entryGoals(entry) {
  const goals = entry.answer?.outcome === 'ENTERS' ? ENTRY_BREAKS : ENTRY_GOALS;
  return {goals, goal: goals.some(([value]) => value === entry.goal) ? entry.goal : goals[0][0]};
}

/** Takes what was typed as a capability; what is empty or no value is not given. */
function setCapability(entry, it, text) {
  const {[it.name]: before, ...others} = entry.capabilities;
  const parsed = it.flag === undefined ? word(text, 8) : text === 'true' ? 1n : text === 'false' ? 0n : null;
  entry.capabilities = parsed === null ? others : {...others,
    [it.name]: it.flag !== undefined ? parsed !== 0n : it.number !== undefined ? Number(parsed) : hex(parsed)};
}

/** @param {any} context */
export function entryView({state, draw, decideAgain, showField, problemBox, findEntryCounterfactuals, applyEntryChanges}) {
  const {entry} = state;
  const again = change => {
    change();
    decideAgain();
  };
  const words = state.capabilities ?? [];
  const isBare = entry.profile === 'sdm'; // there a capability that is not given is unknown
  const chosen = html`<section aria-labelledby="entry-title"><h2 id="entry-title">VM-entry</h2>
    <div class="grid"><div class="word"><label for="instruction">Instruction</label><select id="instruction"
        @change=${e => again(() => { entry.instruction = e.target.value; })}>${['VMLAUNCH', 'VMRESUME'].map(it => html`<option
        .selected=${entry.instruction === it}>${it}</option>`)}</select></div>
      <div class="word"><label for="entry-profile">Profile</label><select id="entry-profile"
        @change=${e => again(() => { entry.profile = e.target.value; state.capabilities = null; })}>${['kvm-6.12', 'sdm']
        .map(it => html`<option .selected=${entry.profile === it}>${it}</option>`)}</select></div></div>
    ${entry.snapshot ? html`<p class="note">It takes the VMCS that was pasted. <button type="button" class="link"
      @click=${() => again(() => { entry.snapshot = null; entry.profile = 'kvm-6.12'; })}>Take the snapshot's eVMCS</button></p>` : nothing}
    ${words.length ? html`<details id="capabilities"><summary>Capabilities${isBare ? ', unknown unless given' : ''}</summary><div
      class="grid">${words.map(it => html`<div class="word"><label for=${'cap-' + it.name} title=${it.msrName ?? it.name}>${it.name}</label>
      <input id=${'cap-' + it.name} spellcheck="false" .value=${String(entry.capabilities[it.name]
        ?? (isBare ? '' : it.value ?? it.number ?? it.flag))} @change=${e => again(() => setCapability(entry, it, e.target.value))}></div>`)}
      </div></details>` : nothing}</section>`;
  if (entry.served === false) {
    return html`<p class="note">This service does not decide VM-entries.</p>`;
  }
  if (entry.problem) {
    return html`${chosen}${problemBox(entry.problem)}`;
  }
  const {answer} = entry;
  if (!answer) {
    return html`${chosen}<p class="note">Deciding…</p>`;
  }
  const fields = names => names.map(name => html`<button type="button" class="link" @click=${() => showField(name)}
    >${name}</button> `);
  const title = stage => stage === 'CPU' ? 'CPU' : stage[0] + stage.slice(1).toLowerCase().replace('_', ' ');
  const stages = list => [...Map.groupBy(list, it => it.stage)];
  return html`<p class="verdict" id="entry-verdict"><strong class=${'by ' + (answer.outcome === 'ENTERS' ? 'L0' : 'L1')}>${answer.outcome}</strong>
    <span>${answer.instructionError ? `error ${answer.instructionError.number}: ${answer.instructionError.name}. ` : ''}${answer.firstViolation
      ? `First: ${answer.firstViolation}.` : 'No check fails.'}${answer.undecided.length ? ` ${answer.undecided.length} checks are undecided.` : ''}</span></p>
    ${chosen}
    <section aria-labelledby="entry-if-title"><h2 id="entry-if-title">What if</h2>${smallestChanges({
      id: 'entry-counterfactuals', ...entryGoals(entry), found: entry.counterfactuals,
      find: findEntryCounterfactuals, apply: applyEntryChanges, problemBox,
      aim: goal => { entry.goal = goal; entry.counterfactuals = null; draw(); }})}</section>
    ${stages(answer.violations).map(([stage, list]) => html`<section><h2>${title(stage)}: ${list.length} ${list.length === 1 ? 'fails' : 'fail'}</h2><ul class="findings">${list
      .map(it => html`<li class="s-ERROR"><code>${it.check}</code> ${it.detail} <p class="evidence">${it.evidence}</p>${fields(it.fields)}
        <p class="note">${it.references.join('; ')}</p></li>`)}</ul></section>`)}
    ${answer.undecided.length ? html`<section><details><summary><h2>${answer.undecided.length} undecided</h2></summary>${stages(answer.undecided)
      .map(([stage, list]) => html`<h3>${title(stage)}</h3><ul class="findings">${list.map(it => html`<li><code>${it.check}</code> ${it.detail}
        <p class="note">Needs ${it.needs.join(', ')}</p></li>`)}</ul>`)}</details></section>` : nothing}
    ${answer.exitToL1 ? html`<section><h2>What L1 sees</h2><dl class="words">${Object.entries(answer.exitToL1).map(([k, v]) =>
      html`<div><dt>${k}</dt><dd><code>${v}</code></dd></div>`)}</dl></section>` : nothing}`;
}

/**
 * @param {any} audit answer of POST /v1/audits
 * @returns {{timeline: {marks: any[], lanes: string[], words: string}, events: any[]}} events: what a mark stands for
 */
export function timelineMarks(audit) {
  const events = [...audit.exits.map(it => ({...it, what: 'exit'})), ...(audit.flushes ?? []).map(it => ({...it, what: 'flush'}))];
  const names = [...new Set(events.map(it => it.vcpu ?? -1))].sort((a, b) => a - b);
  const lane = new Map(names.map((it, i) => [it, i]));
  const timed = events.every(it => it.time !== undefined);
  const synthetic = it => it.reason?.kind === 'HYPERV_SYNTHETIC' || it.syntheticExit === true;
  const marks = events.map((it, index) => ({
    t: timed ? Number(it.time) : it.line,
    lane: lane.get(it.vcpu ?? -1),
    kind: it.verdict === 'CONTRADICTS' ? 'contradiction' : synthetic(it) ? 'synthetic' : it.what === 'flush' ? 'flush'
      : it.observed === 'L0' ? 'l0' : 'l1',
    index,
  }));
  const contradictions = audit.summary.verdicts?.CONTRADICTS ?? 0;
  return {events, timeline: {marks, lanes: names.map(it => it < 0 ? 'vCPU ?' : 'vCPU ' + it),
    words: `Timeline: ${audit.exits.length} exits of ${names.length} vCPUs, ${contradictions} contradict the rules. Plus and minus`
      + ' zoom, arrows move, n and p go to the next and the previous of note.'}};
}

const KINDS = {l0: 'handled by L0', l1: 'reflected to L1', flush: 'flush', synthetic: 'synthetic exit', contradiction: 'contradicts the rules'};

const COUNTS = {handledByL0: 'handled by L0', reflectedToL1: 'reflected to L1', injectedByL0: 'injected by L0',
  syntheticExits: 'synthetic exits', l2Flushes: 'flushes of L2', lostEvents: 'lost events', unknownLines: 'unknown lines'};

/** Which kernels a trace fits, in words. */
function closest({closestProfiles, otherProfiles}) {
  return otherProfiles.length ? `Contradicts ${closestProfiles.join(' and ')} least.`
    : `Does not tell ${closestProfiles.join(', ')} apart.`;
}

/** @param {any} context */
export function auditView({state, draw, problemBox}) {
  const {audit} = state;
  if (!audit) {
    return html`<p class="note">Drop a trace of KVM (<code>trace-cmd report</code>, <code>perf script</code>, ftrace) into the box.
      Events: <code>kvm_nested_vmexit</code>, <code>kvm_nested_vmexit_inject</code>, <code>kvm_hv_hypercall</code>, <code>kvm_hv_flush_tlb</code>.</p>`;
  }
  if (audit.problem) {
    return problemBox(audit.problem);
  }
  const {summary} = audit;
  const one = state.auditAt >= 0 ? audit.events[state.auditAt] : null;
  const zoom = factor => /** @type {any} */ (document.querySelector('exit-timeline')).zoom(factor);
  const contradictions = audit.exits.filter(it => it.verdict === 'CONTRADICTS');
  return html`<p class="verdict" id="audit-verdict"><strong class=${'by ' + (summary.verdicts.CONTRADICTS ? 'bad' : 'L0')}
      >${summary.verdicts.CONTRADICTS}</strong> <span>contradict the rules, ${summary.verdicts.AGREES} agree,
      ${summary.verdicts.UNDECIDED} are undecided, of ${summary.exitsFromL2} exits from L2.</span></p>
    <dl class="words">${Object.entries(COUNTS).map(([key, name]) => html`<div><dt>${name}</dt><dd>${summary[key]}</dd></div>`)}</dl>
    ${summary.closestProfiles ? html`<p class="note" id="closest">${closest(summary)}${summary
      .otherProfiles.filter(it => it.partings).map(it => html` ${it.profile} parts at lines ${it.firstPartings.map(at => at.line)
      .join(', ')}${it.partings > it.firstPartings.length ? ', …' : ''}.`)}</p>` : nothing}
    <section aria-labelledby="time-title"><h2 id="time-title">Timeline</h2>
      <p class="buttons"><button type="button" class="quiet" @click=${() => zoom(0.5)}>Zoom in</button><button type="button" class="quiet"
        @click=${() => zoom(2)}>Zoom out</button><button type="button" class="quiet"
        @click=${() => /** @type {any} */ (document.querySelector('exit-timeline')).whole()}>All</button>
        ${Object.entries(KINDS).map(([kind, name]) => html`<span class="key"><span class=${'swatch m-' + kind}></span>${name}</span>`)}</p>
      <exit-timeline .view=${audit.timeline} @mark=${e => { state.auditAt = e.detail.index; draw(); }}></exit-timeline>
      <div class="detail" id="mark" aria-live="polite">${one ? event(one) : html`<p class="note">Click a mark for its explanation.</p>`}</div></section>
    ${contradictions.length ? html`<section><h2>Contradictions</h2><ul class="findings">${contradictions.slice(0, 100).map(it => html`<li
      class="s-ERROR">${event(it)}</li>`)}</ul></section>` : nothing}`;
}

function event(it) {
  if (it.what === 'flush') {
    return html`<h3>${it.name ?? 'Flush'} <small>line ${it.line}${it.time === undefined ? '' : `, ${it.time} s`}</small></h3>
      <p>${it.flushAll ? 'Flushes everything' : 'Flushes a list'}; ${it.statusName ?? ''}${it.syntheticExit ? '; then the synthetic exit 0x10000031' : ''}.</p>`;
  }
  const {reason} = it;
  return html`<h3>${reason.kind === 'HYPERV_SYNTHETIC' ? 'Synthetic exit after flush ' : ''}${reason.name ?? ''} <code>${reason.raw}</code>
      <small>line ${it.line}${it.time === undefined ? '' : `, ${it.time} s`}${it.vcpu === undefined ? '' : `, vCPU ${it.vcpu}`}</small></h3>
    <p>${it.observed} handled it${it.expected ? `; the rules say ${it.expected}` : ''}: ${it.verdict}${it.rule ? ` (rule ${it.rule})` : ''}.
      ${it.why ?? ''}</p>
    ${it.needs?.length ? html`<p class="note">Would decide it: ${it.needs.join(', ')}</p>` : nothing}`;
}
