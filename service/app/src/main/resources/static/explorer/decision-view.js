// A decision: what it is, why, the way of the exit, the hypercall, the queues, and what L1 sees.
import {html, nothing, svg} from '/webjars/lit-html/lit-html.js';
import {word} from './words.js';

/** The five conditions, in the order of the rules F, and where the bit behind each is. */
const LAMPS = [
  {key: 'evmcsActive', rule: 'F1', name: 'eVMCS active', at: 'VP assist 0x28, 0x30', page: 'vpAssist', offset: 0x28},
  {key: 'evmcsNestedFlushHypercall', rule: 'F2', name: 'nested flush hypercall', at: 'eVMCS 0x344 bit 0', page: 'evmcs', offset: 0x344},
  {key: 'vpAssistDirectHypercall', rule: 'F3', name: 'direct hypercall', at: 'VP assist 0x20 bit 0', page: 'vpAssist', offset: 0x20},
  {key: 'cpuidDirectFlush', rule: 'F4', name: 'direct flush offered', at: 'CPUID 0x4000000A EAX bit 17', section: 'cpuid'},
  {key: 'flushHypercall', rule: 'F5', name: 'flush hypercall', at: 'exit reason; RCX bits 15:0', section: 'registers'},
];

/**
 * @param {any} answer
 * @param {(part: any) => void} go leads to the byte or section behind a condition
 */
export function decisionView(answer, go) {
  return html`
    ${verdict(answer)}
    ${answer.l2TlbFlush ? lamps(answer, go) : nothing}
    ${route(answer)}
    ${answer.hypercall ? hypercall(answer) : nothing}
    ${answer.tlbMutations?.length ? queues(answer.tlbMutations) : nothing}
    ${answer.exitToL1 ? seenByL1(answer) : nothing}
    ${answer.explanation ? explanation(answer.explanation) : nothing}`;
}

function verdict(answer) {
  const reason = answer.exitReason;
  return html`<p class="verdict"><b>${answer.handledBy} handles</b> <span class="mono">${reason.name ?? reason.raw}</span>
    <span class="soft">(${reason.raw}, ${reason.kind.toLowerCase()})</span>
    ${answer.l2TlbFlush ? html`<span class="chip ${answer.l2TlbFlush.eligible ? 'good' : 'warn'}">L2 TLB flush
      ${answer.l2TlbFlush.eligible ? 'eligible' : 'not eligible'}</span>` : nothing}
    ${answer.syntheticExit ? html`<span class="chip warn">synthetic exit 0x10000031</span>` : nothing}</p>`;
}

function lamps(answer, go) {
  const said = new Map((answer.explanation ?? []).map((/** @type {any} */ one) => [one.rule, one.evidence]));
  return html`<div class="lamps" role="group" aria-label="Conditions of the L2 TLB flush">
    ${LAMPS.map((lamp) => {
      const on = answer.l2TlbFlush.conditions[lamp.key];
      return html`<button class="lamp ${on ? 'on' : 'off'}" data-lamp=${lamp.key} title=${said.get(lamp.rule) ?? ''}
        @click=${() => go(lamp)}><b>${on ? '✓' : '✗'} ${lamp.name}</b><small>${lamp.rule}: ${on ? 'holds' : 'fails'}; ${lamp.at}</small></button>`;
    })}</div>`;
}

/** The path of the exit. */
function route(answer) {
  const reflected = answer.handledBy === 'L1' || Boolean(answer.exitToL1);
  const handled = answer.handledBy === 'L0';
  const rules = (answer.explanation ?? []).map((/** @type {any} */ one) => one.rule);
  const ids = [...new Set(rules)].join(' ');
  const lit = (/** @type {boolean} */ on) => (on ? 'lit' : '');
  const l1 = answer.exitToL1?.reason ?? '';
  return html`<h3>The way of the exit</h3>
    <svg class="route" viewBox="0 55 640 125" role="img"
        aria-label="L2 exits to L0. ${handled ? 'L0 handles it.' : 'L0 reflects it.'} ${reflected ? `L1 gets ${l1}.` : 'L1 sees nothing.'}">
      ${svg`
        <rect class="lit" x="10" y="70" width="110" height="50" rx="8"/><text x="65" y="99" text-anchor="middle">L2 (guest)</text>
        <rect class="lit" x="265" y="70" width="110" height="50" rx="8"/><text x="320" y="99" text-anchor="middle">L0</text>
        <rect class=${lit(reflected)} x="520" y="70" width="110" height="50" rx="8"/><text x="575" y="99" text-anchor="middle">L1 (Hyper-V)</text>
        <path class="lit" d="M120 88 H257"/><path class="lit" d="M249 82 L259 88 L249 94"/>
        <text class="note" x="190" y="78" text-anchor="middle">${answer.exitReason.name ?? answer.exitReason.raw}</text>
        <path class=${lit(reflected)} d="M375 88 H512"/><path class=${lit(reflected)} d="M504 82 L514 88 L504 94"/>
        <text class="note" x="445" y="78" text-anchor="middle">${reflected ? l1 : ''}</text>
        <path class=${lit(handled && !reflected)} d="M265 108 H128"/><path class=${lit(handled && !reflected)} d="M136 102 L126 108 L136 114"/>
        <text class="note" x="190" y="128" text-anchor="middle">${handled && !reflected ? 'resumes' : ''}</text>
        <text class="note" x="320" y="140" text-anchor="middle">${handled && answer.hypercall ? answer.hypercall.name ?? '' : ''}</text>
        <text class="note" x="320" y="170" text-anchor="middle">${ids.length > 90 ? ids.slice(0, 90) + ' …' : ids}</text>`}
    </svg>`;
}

function hypercall(answer) {
  const call = answer.hypercall;
  if (call.exception) {
    return html`<h3>Hypercall</h3><p>L0 injects <b>${call.exception}</b>.</p>`;
  }
  return html`<h3>Hypercall</h3>
    <table><tbody>
      <tr><th scope="row">Code</th><td class="mono">${call.code}</td><td>${call.name}, ${call.fast ? 'fast (input in registers)' : 'input in memory'}</td></tr>
      <tr><th scope="row">Status</th><td class="mono">${call.status}</td><td>${call.statusName}</td></tr>
      <tr><th scope="row">Result (RAX)</th><td class="mono">${call.result}</td><td>${call.repsCompleted} reps completed</td></tr>
      ${answer.registersAfter ? html`<tr><th scope="row">Registers after</th><td class="mono" colspan="2">${
        Object.entries(answer.registersAfter).map(([name, value]) => `${name} ${value}`).join('  ')}</td></tr>` : nothing}
    </tbody></table>`;
}

/** The hypercall input word, field by field (TLFS, Hypercall Input Value). */
export function inputWord(value) {
  const control = word(value);
  const part = (/** @type {bigint} */ at, /** @type {bigint} */ width) => (control >> at) & ((1n << width) - 1n);
  return html`<table><thead><tr><th>Bits</th><th>Field</th><th>Value</th></tr></thead><tbody>
    ${[['15:0', 'call code', part(0n, 16n)], ['16', 'fast', part(16n, 1n)], ['26:17', 'variable header size (8 bytes)', part(17n, 10n)],
      ['30:27', 'reserved', part(27n, 4n)], ['31', 'is nested', part(31n, 1n)], ['43:32', 'rep count', part(32n, 12n)],
      ['47:44', 'reserved', part(44n, 4n)], ['59:48', 'rep start index', part(48n, 12n)], ['63:60', 'reserved', part(60n, 4n)]]
      .map(([bits, name, of]) => html`<tr><td class="mono">${bits}</td><td>${name}</td><td class="mono">0x${of.toString(16)}</td></tr>`)}
  </tbody></table>`;
}

const FLUSH_ALL = '0xffffffffffffffff';
const CAPACITY = 16;

function queues(mutations) {
  return html`<h3>TLB flush queues</h3><div class="scroll"><table>
    <thead><tr><th>vCPU</th><th>Queue</th><th>Before and after</th><th>Effect</th></tr></thead><tbody>
    ${mutations.map((/** @type {any} */ one) => html`<tr><td>${one.vcpu}</td><td>${one.fifo}</td>
      <td>${queue(one.pendingBefore, [])}<span class="soft">→</span>${queue(one.pendingAfter, one.pendingBefore)}</td>
      <td>${one.effect.flushAll ? html`<b class="bad">flush all</b>` : nothing}
        ${one.effect.ranges.map((/** @type {any} */ range) => html`<div class="mono">${range.gva} × ${range.pages}</div>`)}</td></tr>`)}
    </tbody></table></div>`;
}

function queue(entries, before) {
  return html`<div class="queue" aria-label="${entries.length} of ${CAPACITY}">${entries.length === 0
    ? html`<span class="soft">empty</span>`
    : entries.map((/** @type {string} */ entry, /** @type {number} */ i) =>
        html`<span class=${entry === FLUSH_ALL ? 'all' : i >= before.length ? 'new' : ''}>${entry === FLUSH_ALL ? 'all' : entry}</span>`)}
    ${entries.length >= CAPACITY ? html`<b class="bad">full</b>` : nothing}</div>`;
}

function seenByL1(answer) {
  return html`<h3>What L1 sees</h3><table><thead><tr><th>eVMCS field</th><th>Before</th><th>After</th></tr></thead><tbody>
    ${(answer.evmcsWrites ?? []).map((/** @type {any} */ one) => html`<tr><td class="mono">${one.field}</td>
      <td class="mono">${one.before}</td><td class="mono ${one.before === one.after ? '' : 'warn'}">${one.after}</td></tr>`)}
    ${answer.evmcsWrites ? nothing : Object.entries(answer.exitToL1).map(([name, value]) =>
      html`<tr><td class="mono">${name}</td><td></td><td class="mono">${value}</td></tr>`)}</tbody></table>`;
}

function explanation(parts) {
  return html`<h3>Every rule looked at</h3><div class="scroll tall" tabindex="0" role="group" aria-label="Rules looked at">
    <table><thead><tr><th>Rule</th><th>Met</th><th>Evidence</th></tr></thead><tbody>
    ${parts.map((/** @type {any} */ one) => html`<tr><td class="mono">${one.rule}</td>
      <td class=${one.met ? 'good' : 'bad'}>${one.met ? 'yes' : 'no'}</td>
      <td>${one.evidence}<div class="soft">${one.reference}</div></td></tr>`)}</tbody></table></div>`;
}
