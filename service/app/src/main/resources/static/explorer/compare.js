// What the L0s of several profiles answer, side by side.
import {html, nothing} from '/webjars/lit-html/lit-html.js';

/** A value in one cell: a word as it is, anything larger as JSON. */
const shown = value => value === undefined ? html`<span class="note">absent</span>`
  : html`<code>${typeof value === 'object' ? JSON.stringify(value) : String(value)}</code>`;

/** @param {any} answer a decision or the problem with it */
const inShort = answer => answer.problem ? answer.problem.detail ?? answer.problem.title
  : `${answer.decision.handledBy} handles it${answer.decision.exitToL1 ? `, L1 sees ${answer.decision.exitToL1.reason}` : ''}`;

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
      <tbody>${profiles.map(id => html`<tr><th scope="row"><code>${id}</code></th><td>${inShort(answer.answers[id])}</td></tr>`)}</tbody>
    </table></div>
    ${differences.length ? nothing : html`<p class="note" id="compare-same">They decide alike.</p>`}</section>
    ${differences.length ? html`<section aria-labelledby="differences-title"><h2 id="differences-title">Differences</h2>
      <div class="scroll" tabindex="0" role="group" aria-label="Differences"><table class="diff" id="differences">
        <thead><tr><th>place</th>${profiles.map(id => html`<th>${id}</th>`)}<th>rules</th></tr></thead>
        <tbody>${differences.map(it => html`<tr><td><code>${it.pointer}</code></td>${profiles.map(id => html`<td>${
          answer.answers[id].problem ? nothing : shown(it.values[id])}</td>`)}<td><code>${it.rules.join(' ')}</code></td></tr>`)}</tbody>
      </table></div>
      ${[...new Set(differences.map(it => it.text))].map(text => html`<p class="evidence">${text}</p>`)}</section>` : nothing}`;
}
