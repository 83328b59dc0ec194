// The way of an exit from L2 as a drawing.
import {html, nothing, svg} from '/webjars/lit-html/lit-html.js';

/** @typedef {{rule: string, met: boolean, evidence: string}} Looked */

/** The letter of a rule's id: E1 -> E, R-CR -> R. */
const letter = id => id[0];

/** Few ids as they are, more by first and last. */
function brief(ids) {
  return ids.length <= 3 ? ids.join(' ') : `${ids[0]} … ${ids.at(-1)}`;
}

/**
 * @param {any} decision
 * @param {string} reason
 * @returns what the drawing says, in words too
 */
export function routeOf(decision, reason) {
  /** @type {Looked[]} */
  const looked = decision.explanation ?? [];
  const ids = first => looked.filter(it => letter(it.rule) === first).map(it => it.rule);
  const met = first => looked.filter(it => letter(it.rule) === first && it.met).map(it => it.rule);
  const fromL2 = decision.l2TlbFlush !== undefined;
  const byL0 = decision.handledBy === 'L0';
  const call = decision.hypercall !== undefined;
  const synthetic = decision.syntheticExit === true;
  const toL1 = decision.exitToL1 !== undefined;
  const failed = decision.hypercall?.exception ?? (decision.hypercall?.status !== '0x0'
    ? decision.hypercall?.statusName : undefined);
  const words = [
    `${fromL2 ? 'L2' : 'L1'} exits to L0: ${reason}.`,
    byL0 ? 'L0 handles it.' : 'L0 gives it to L1.',
    call ? `The hypercall ends with ${failed ?? 'success'}.` : '',
    synthetic ? 'The lock count is not 0: L1 gets the synthetic exit.' : '',
    toL1 ? `L1 sees ${decision.exitToL1.reason}.` : `${fromL2 ? 'L2' : 'L1'} goes on.`,
  ].filter(Boolean).join(' ');
  return {
    words,
    reason,
    fromL2,
    byL0,
    call,
    synthetic,
    toL1,
    failed,
    rules: {
      flush: brief(ids('F')), route: brief(met('R').length ? met('R') : ids('R')), hypercall: brief(ids('H')),
      queues: brief(ids('M')), completion: brief(ids('C')), exit: brief(ids('S')),
    },
  };
}

/** A box; lit if the path goes through it. */
function box(x, y, width, on, title, under, rules) {
  return svg`<g class=${on ? 'node on' : 'node'}>
    <rect x=${x} y=${y} width=${width} height="62" rx="8"></rect>
    <text class="name" x=${x + width / 2} y=${y + 22}>${title}</text>
    <text class="under" x=${x + width / 2} y=${y + 38}>${under}</text>
    <text class="rules" x=${x + width / 2} y=${y + 54}>${on ? rules : ''}</text></g>`;
}

function arrow(path, on, text, x, y) {
  return svg`<path class=${on ? 'way on' : 'way'} d=${path} marker-end=${on ? 'url(#tip-on)' : 'url(#tip)'}></path>
    ${text && on ? svg`<text class="label" x=${x} y=${y}>${text}</text>` : nothing}`;
}

/** @param {ReturnType<typeof routeOf>} route */
export function drawing(route) {
  const {fromL2, byL0, call, synthetic, toL1, rules} = route;
  const caller = fromL2 ? 'L2' : 'L1';
  const reflected = toL1 && !synthetic;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Route, drawn">
    <svg class="route" viewBox="0 0 760 250" role="img" aria-label=${route.words}>
      <defs>
        ${['tip', 'tip-on'].map(id => svg`<marker id=${id} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"
          markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"></path></marker>`)}
      </defs>
      <rect class="lane" x="130" y="8" width="496" height="234" rx="10"></rect>
      <text class="lane-name" x="592" y="28">L0</text>
      ${box(8, 94, 94, true, caller, route.reason, '')}
      ${box(150, 94, 112, true, 'Who handles?', byL0 ? 'L0' : 'L1', [rules.flush, rules.route].filter(Boolean).join('  '))}
      ${box(322, 40, 122, byL0 && call, 'Hypercall', call ? route.failed ?? 'success' : 'not one of L0\'s',
        rules.hypercall)}
      ${box(490, 40, 122, byL0 && call, 'Complete', synthetic ? 'lock count is set' : 'lock count',
        [rules.queues, rules.completion].filter(Boolean).join('  '))}
      ${box(406, 164, 122, toL1, 'Exit to L1', synthetic ? 'synthetic' : reflected ? 'reflected' : '', rules.exit)}
      ${box(658, 94, 94, toL1, 'L1', toL1 ? 'sees the exit' : 'sees nothing', '')}
      ${arrow('M102 125H148', true)}
      ${arrow('M262 112C292 104 292 71 320 71', byL0 && call, '', 0, 0)}
      ${arrow('M444 71H488', byL0 && call)}
      ${arrow('M262 138C320 150 330 195 404 195', reflected)}
      ${arrow('M551 102C551 130 480 130 470 162', synthetic)}
      ${arrow('M528 195C600 195 620 140 656 130', toL1)}
      ${call
        ? arrow('M551 40V20H55V92', byL0 && !toL1, `${caller} goes on`, 225, 16)
        : arrow('M206 156V226H55V158', byL0 && !toL1, `${caller} goes on`, 100, 220)}
    </svg></div>`;
}
