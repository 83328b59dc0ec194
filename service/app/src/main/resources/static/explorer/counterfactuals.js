// The smallest changes that would change an answer: asked for, listed, applied.
import {html, nothing} from '/webjars/lit-html/lit-html.js';

/** What is taken away with a page: the fields that are laid over it. */
const OVERLAYS = {evmcs: 'evmcsFields', vpAssistPage: 'vpAssist', partitionAssistPage: 'partitionAssist'};

/**
 * @param {any} request
 * @param {{pointer: string, to?: any}[]} changes of one set
 * @returns {any} a copy of the request with the changes
 */
export function withChanges(request, changes) {
  const copy = structuredClone(request);
  for (const {pointer, to} of changes) {
    const path = pointer.slice(1).split('/').map(it => it.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = path.pop();
    let at = copy;
    path.forEach((name, i) => {
      at = at[name] ??= (path[i + 1] ?? last) === '-' ? [] : {};
    });
    if (last === '-') {
      at.push(to);
    } else if (to !== undefined) {
      at[last] = to;
    } else if (Array.isArray(at)) {
      at.splice(Number(last), 1);
    } else {
      delete at[last];
      delete at[OVERLAYS[last]];
    }
  }
  return copy;
}

/** A bit in a large region of memory is told without the region's bytes. */
const canBeApplied = set => set.changes.every(it => it.to !== undefined || !it.pointer.endsWith('/bytes'));

/** @param {any} it what a decision or a VM-entry becomes */
function becomes(it) {
  const words = it.handledBy
    ? [`${it.handledBy} handles it`, it.eligible === undefined ? '' : it.eligible ? 'eligible' : 'not eligible', it.outcome,
      it.exitToL1 ? `L1 sees ${it.exitToL1.reason}` : 'L1 sees nothing']
    : [it.outcome, it.instructionError ? `error ${it.instructionError.number}` : '', it.exitToL1 ? it.exitToL1.reason : '',
      it.firstViolation ? `first ${it.firstViolation}` : '', it.undecided ? `${it.undecided} undecided` : ''];
  return words.filter(Boolean).join(', ');
}

/**
 * @param {{id: string, goals: [string, string][], goal: string, found: any, find: () => void, aim: (goal: string) => void,
 *   apply: (changes: any[]) => void, problemBox: (problem: any) => any}} about goals: value and words
 */
export function smallestChanges({id, goals, goal, found, find, aim, apply, problemBox}) {
  const sets = found?.counterfactuals ?? [];
  return html`<p class="buttons"><button type="button" id=${id} @click=${find}>Smallest changes</button>
    <label for=${id + '-goal'}>that change</label> <select id=${id + '-goal'}
      @change=${e => aim(e.target.value)}>${goals.map(([value, words]) => html`<option value=${value}
      .selected=${value === goal}>${words}</option>`)}</select></p>
    ${!found ? nothing : found.problem ? problemBox(found.problem)
      : html`${sets.length === 0 ? html`<p class="note" id=${id + '-none'}>No set of at most three changes does.</p>` : nothing}
      <ol class="sets" id=${id + '-sets'}>${sets.map(set => html`<li>${set.changes.map(it => html`<div class="change">${it.text}</div>`)}
        <div class="note">${becomes(set.becomes)}</div>
        ${canBeApplied(set) ? html`<button type="button" class="quiet" @click=${() => apply(set.changes)}
          aria-label=${'Apply: ' + set.changes.map(it => it.text).join(' and ')}>Apply</button>` : nothing}</li>`)}</ol>
      ${found.truncated ? html`<p class="note">There may be more: a limit ended the search after ${found.tried} sets of
        ${found.candidates} changes.</p>` : nothing}`}`;
}
