// What the L0s of several profiles answer, and what the text says, side by side.
import {html, nothing} from '/webjars/lit-html/lit-html.js';

/** What is flushed on a vCPU, in short. @param {any} mutation */
function flushed({vcpu, fifo, pendingAfter, effect}) {
  const queue = fifo ? `, ${fifo} queue ${pendingAfter.join(' ') || 'empty'}` : '';
  const ranges = effect.ranges.map(it => `${it.gva} ${it.pages} pages`);
  return `vCPU ${vcpu}${queue}: ${effect.flushAll ? 'everything' : ranges.join(', ') || 'nothing'}`;
}

/** A value as lines of text. @param {any} value @returns {string[]} */
function lines(value) {
  if (Array.isArray(value)) {
    return value.length ? value.flatMap(lines) : ['none'];
  }
  if (typeof value !== 'object') {
    return [String(value)];
  }
  return value.effect ? [flushed(value)]
    : value.field ? [`${value.field}: ${value.before} → ${value.after}`]
    : Object.entries(value).map(([name, part]) => `${name}: ${lines(part).join(', ')}`);
}

/** A value in one cell. */
const shown = value => value === undefined ? html`<span class="note">absent</span>`
  : lines(value).map(line => html`<code class="line">${line}</code>`);

/** @param {any} outcome of a hypercall */
const named = outcome => outcome.statusName ?? outcome.exception ?? `a ${outcome.intercept} intercept`;

/** How a hypercall ends: in one way, or in one of those that the text allows. @param {any} call */
const ends = call => call.allowed ? `one of ${call.allowed.map(named).join(', ')}` : named(call);

/** @param {any} answer a decision or the problem with it */
function inShort({problem, decision}) {
  if (problem) {
    return problem.errors?.[0]?.detail ?? problem.detail ?? problem.title;
  }
  return [decision.handledBy ? `${decision.handledBy} handles it` : 'who handles it is not specified',
    decision.hypercall ? `the call ends with ${ends(decision.hypercall)}` : '',
    decision.exitToL1 ? `L1 sees ${decision.exitToL1.reason}` : ''].filter(Boolean).join(', ');
}

/** What the text leaves open in a decision. @param {any} decision */
const openQuestions = decision => decision?.openQuestions ? html`<ul class="open">${decision.openQuestions.map(it => html`<li><code
  >${it.pointer}</code> is not specified. ${it.text} <span class="note">${it.reference}</span></li>`)}</ul>` : nothing;

/** One value of a difference: what an answer has there, or why it has nothing. @param {any} answer */
function cell(answer, pointer, value) {
  if (answer.problem) {
    return nothing;
  }
  if (value === undefined && answer.decision.profile === 'tlfs') {
    const open = answer.decision.openQuestions?.some(it => it.pointer === pointer);
    return html`<span class="note">${open ? 'not specified' : 'not compared'}</span>`;
  }
  return value?.allowed ? html`<code>${ends(value)}</code>` : shown(value);
}

/** What the text says of an exit, where its profile is asked alone. @param {any} decision */
export const textView = decision => html`<p class="verdict" id="verdict"><strong class="by">tlfs</strong>
  <span>${inShort({decision})}.</span></p>${openQuestions(decision)}`;

/** @param {any} context */
export function compareView({state, problemBox}) {
  const {answer, problem} = state.compare;
  if (problem) {
    return problemBox(problem);
  }
  if (!answer) {
    return html`<p class="note">${state.model?.rest.exit || state.raw ? 'Deciding…' : 'Choose an exit reason, and it is decided.'}</p>`;
  }
  const profiles = Object.keys(answer.answers);
  const {differences} = answer;
  return html`<section aria-labelledby="compare-title"><h2 id="compare-title">Profiles side by side</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Answers by profile"><table id="compare">
      <thead><tr><th>profile</th><th>answer</th></tr></thead>
      <tbody>${profiles.map(id => html`<tr><th scope="row"><code>${id}</code></th><td>${inShort(answer.answers[id])}${
        openQuestions(answer.answers[id].decision)}</td></tr>`)}</tbody>
    </table></div>
    ${differences.length ? nothing : html`<p class="note" id="compare-same">They decide alike.</p>`}</section>
    ${differences.length ? html`<section aria-labelledby="differences-title"><h2 id="differences-title">Differences</h2>
      <div class="scroll" tabindex="0" role="group" aria-label="Differences"><table class="diff" id="differences">
        <thead><tr>${profiles.map(id => html`<th>${id}</th>`)}</tr></thead>
        <tbody>${differences.map(it => html`<tr class="place"><th colspan=${profiles.length} scope="rowgroup"><code
            >${it.pointer}</code> <span class="note">${it.rules.join(' ')}</span>
            <details><summary>Why</summary><p class="evidence">${it.text}</p></details></th></tr>
          <tr>${profiles.map(id => html`<td>${cell(answer.answers[id], it.pointer, it.values[id])}</td>`)}</tr>`)}</tbody>
      </table></div></section>` : nothing}`;
}
