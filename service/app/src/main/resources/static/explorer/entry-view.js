// A VM-entry: the checks that fail, by stage, each leading to its field.
import {html, nothing} from '/webjars/lit-html/lit-html.js';

const STAGES = ['PREREQUISITES', 'CONTROLS', 'HOST_STATE', 'GUEST_STATE', 'MSR_LOAD', 'CPU'];

/**
 * @param {any} answer of POST /v1/vm-entries
 * @param {(field: string) => void} go
 */
export function entryView(answer, go) {
  const error = answer.instructionError;
  return html`<p class="verdict"><b class=${answer.outcome === 'ENTERS' ? 'good' : 'bad'}>${answer.outcome}</b>
      ${error ? html`error ${error.number}: ${error.name}` : nothing}
      ${answer.exitToL1 ? html`<span class="mono">${answer.exitToL1.reason}</span>` : nothing}
      ${answer.firstViolation ? html`<span class="chip bad">first: ${answer.firstViolation}</span>` : nothing}</p>
    ${STAGES.map((stage) => {
      const failing = answer.violations.filter((/** @type {any} */ one) => one.stage === stage);
      return failing.length === 0 ? nothing : html`<h3>${stage.replace('_', ' ').toLowerCase()}</h3>
        ${failing.map((/** @type {any} */ one) => html`<div class="card"><b class="bad">${one.check}</b> ${one.detail}
          ${one.evidence ? html`<div>${one.evidence}</div>` : nothing}
          <div class="row">${(one.fields ?? []).map((/** @type {string} */ field) =>
            html`<button class="mono" @click=${() => go(field)}>${field}</button>`)}</div>
          <div class="soft">${[one.reference ?? one.references ?? []].flat().join('; ')}</div></div>`)}`;
    })}
    ${answer.undecided?.length ? html`<details><summary>${answer.undecided.length} checks need more than is given</summary>
      ${answer.undecided.map((/** @type {any} */ one) => html`<div><b>${one.check}</b>
        <span class="soft">needs ${[one.needs ?? []].flat().join(', ')}</span></div>`)}</details>` : nothing}`;
}
