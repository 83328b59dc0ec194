// What was recognised in what was pasted.
import {html, nothing} from '/webjars/lit-html/lit-html.js';

/** @param {any} answer of POST /v1/artefacts */
export function artefactCards(answer) {
  return html`<div aria-live="polite">
    ${answer.artefacts.map((/** @type {any} */ one) => html`<div class="card">
      <span class="chip">${one.kind}</span> ${one.summary}
      ${(one.findings ?? []).map((/** @type {any} */ finding) => html`<div><b class=${
        finding.severity === 'ERROR' ? 'bad' : 'warn'}>${finding.id}</b> ${finding.detail}</div>`)}
      ${one.decoded?.length ? html`<details><summary>decoded</summary><pre>${
        one.decoded.map((/** @type {any} */ part) => typeof part === 'string' ? part : JSON.stringify(part)).join('\n')}</pre></details>` : nothing}
    </div>`)}
    ${(answer.missing ?? []).map((/** @type {any} */ one) => html`<div class="card"><span class="chip warn">missing</span>
      ${one.what}: ${one.why}<div class="mono">${one.how}</div></div>`)}
    ${answer.unrecognised?.lines ? html`<p class="soft">${answer.unrecognised.lines} lines were not recognised:
      ${(answer.unrecognised.first ?? []).slice(0, 3).join(' / ')}</p>` : nothing}</div>`;
}
