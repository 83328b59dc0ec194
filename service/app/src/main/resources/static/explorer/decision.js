// A decision: lamps, route, hypercall, queues, what L1 sees, what if.
import {html, nothing} from '/webjars/lit-html/lit-html.js';
import {PAGE_BYTES, hex, read, word, write} from './bytes.js';
import {textView} from './compare.js';
import {PAGES, fieldNamed} from './model.js';
import {drawing, routeOf} from './route.js';
import {smallestChanges} from './counterfactuals.js';

const FLUSH_ALL = '0xffffffffffffffff';
const QUEUE = 16;

/** The parts of a hypercall input value; TLFS, "Hypercall Inputs". */
const CONTROL = [
  {name: 'call code', from: 0, to: 15}, {name: 'fast', from: 16, to: 16},
  {name: 'variable header size', from: 17, to: 26}, {name: 'reserved', from: 27, to: 30},
  {name: 'is nested', from: 31, to: 31}, {name: 'rep count', from: 32, to: 43}, {name: 'reserved', from: 44, to: 47},
  {name: 'rep start', from: 48, to: 59}, {name: 'reserved', from: 60, to: 63},
];

const CALLS = {2: 'HvCallFlushVirtualAddressSpace', 3: 'HvCallFlushVirtualAddressList',
  0x13: 'HvCallFlushVirtualAddressSpaceEx', 0x14: 'HvCallFlushVirtualAddressListEx'};

const longMode = model => model.rest.snapshot.registers?.longMode ?? true;

/** The control word as the call has it: RCX, or EDX:EAX outside 64-bit mode. @returns {bigint} */
function controlWord(model) {
  const registers = model.rest.snapshot.registers ?? {};
  const of = name => word(registers[name] ?? '0x0', 8) ?? 0n;
  return longMode(model) ? of('rcx') : (of('rdx') & 0xffffffffn) << 32n | of('rax') & 0xffffffffn;
}

function setControlWord(model, value) {
  const registers = {...model.rest.snapshot.registers};
  if (longMode(model)) {
    registers.rcx = hex(value);
  } else {
    registers.rdx = hex(value >> 32n);
    registers.rax = hex(value & 0xffffffffn);
  }
  model.rest.snapshot.registers = registers;
}

function pageForEdit(model, name) {
  model.pages[name] ??= new Uint8Array(PAGE_BYTES);
  model.loaded[name] ??= new Uint8Array(PAGE_BYTES);
  return model.pages[name];
}

/**
 * The five conditions: the byte and bit behind each, and how to turn it over.
 * @param {any} context
 */
function conditions({state, showByte, showInput}) {
  const {model, decision} = state;
  const looked = new Map((decision?.explanation ?? []).map(it => [it.rule, it]));
  const missing = ['E1', 'E2', 'E3', 'E4', 'E5'].find(id => looked.get(id)?.met === false);
  const active = {E3: ['vpAssist', 0x30], E4: ['evmcs', 0], E5: ['evmcs', 0]}[missing ?? ''] ?? ['vpAssist', 0x28];
  const enlightenments = fieldNamed('evmcs', 'hv_enlightenments_control')?.offset ?? 0x344;
  const flip = (page, offset, bit) => () => {
    const bytes = pageForEdit(model, page);
    bytes[offset] ^= 1 << bit;
  };
  const control = longMode(model) ? 'reg-rcx' : 'reg-rax';
  return [
    {rule: 'F1', key: 'evmcsActive', title: 'eVMCS in use', where: `${PAGES[active[0]].title} 0x${active[1].toString(16)}`,
      detail: missing && looked.get(missing)?.evidence, go: () => showByte(active[0], active[1]), turn: () => {
        const vp = pageForEdit(model, 'vpAssist');
        if (decision?.l2TlbFlush?.conditions.evmcsActive) {
          vp[0x28] = 0;
          return;
        }
        vp[0x28] = vp[0x28] || 1;
        if (read(vp, 0x30, 8) >= (1n << 64n) - 2n) {
          write(vp, 0x30, 8, 0x1000n);
        }
        const evmcs = pageForEdit(model, 'evmcs');
        if (![1n, 0x11e57ed0n].includes(read(evmcs, 0, 4))) {
          write(evmcs, 0, 4, 1n);
        }
      }},
    {rule: 'F2', key: 'evmcsNestedFlushHypercall', title: 'Nested flush hypercall',
      where: `eVMCS 0x${enlightenments.toString(16)} bit 0`, go: () => showByte('evmcs', enlightenments),
      turn: flip('evmcs', enlightenments, 0)},
    {rule: 'F3', key: 'vpAssistDirectHypercall', title: 'Direct hypercall', where: 'VP assist 0x20 bit 0',
      go: () => showByte('vpAssist', 0x20), turn: flip('vpAssist', 0x20, 0)},
    {rule: 'F4', key: 'cpuidDirectFlush', title: 'CPUID direct flush', where: '0x4000000A EAX bit 17',
      go: () => showInput('cpuid-nestedEax-17'), turn: () => {
        const cpuid = model.rest.snapshot.cpuid ?? {};
        model.rest.snapshot.cpuid = {...cpuid, nestedEax: hex((word(cpuid.nestedEax ?? '0x0', 4) ?? 0n) ^ 1n << 17n)};
      }},
    {rule: 'F5', key: 'flushHypercall', title: 'Flush hypercall',
      where: Number(word(model.rest.exit?.reason ?? '0x0', 4) ?? 0n) % 65536 === 18
        ? `${longMode(model) ? 'RCX' : 'RAX'} bits 15:0` : 'exit reason',
      go: () => showInput(Number(word(model.rest.exit?.reason ?? '0x0', 4) ?? 0n) % 65536 === 18 ? control : 'exit-reason'),
      turn: () => {
        const on = decision?.l2TlbFlush?.conditions.flushHypercall;
        const value = controlWord(model);
        if (on) {
          setControlWord(model, value & ~0xffffn | 1n);
        } else {
          model.rest.exit = {...model.rest.exit, reason: '0x12'};
          setControlWord(model, CALLS[Number(value & 0xffffn)] ? value : value & ~0xffffn | 2n);
        }
      }},
  ].map(it => ({...it, evidence: it.detail ?? looked.get(it.rule)?.evidence}));
}

function lamps(context) {
  const {state, edit} = context;
  const held = state.decision.l2TlbFlush?.conditions;
  if (!held) {
    return nothing;
  }
  const all = conditions(context);
  const count = all.filter(it => held[it.key]).length;
  return html`<section aria-labelledby="lamps-title"><h2 id="lamps-title">L2 TLB flush: ${state.decision.l2TlbFlush.eligible
    ? 'eligible' : `not eligible, ${count} of 5 hold`}</h2>
    <ul class="lamps">${all.map(it => html`<li class=${held[it.key] ? 'lamp on' : 'lamp off'}>
      <button type="button" class="see" id=${'lamp-' + it.rule} title=${it.evidence ?? ''} @click=${it.go}>
        <span class="light" aria-hidden="true">${held[it.key] ? '✓' : '✗'}</span>
        <span class="lamp-title">${it.title}</span><span class="sr">: ${held[it.key] ? 'holds' : 'does not hold'},</span>
        <code>${it.where}</code></button>
      <button type="button" class="quiet turn" id=${'turn-' + it.rule} aria-label=${`What if: turn ${it.title} over`}
        @click=${() => edit(it.turn)}>turn ${held[it.key] ? 'off' : 'on'}</button></li>`)}</ul></section>`;
}

function verdict(state) {
  const {decision} = state;
  const name = decision.exitReason.name ?? decision.exitReason.kind;
  const by = decision.handledBy;
  const call = decision.hypercall;
  const then = call?.exception ? `The guest gets ${call.exception}.`
    : call ? `${call.name}: ${call.statusName}.` : '';
  const sees = decision.syntheticExit ? 'L1 gets the synthetic exit 0x10000031.'
    : decision.exitToL1 ? `L1 sees ${decision.exitToL1.reason}.` : 'L1 sees nothing.';
  return html`<p class="verdict" id="verdict"><strong class=${'by ' + by}>${by}</strong> <span>handles ${name}. ${then} ${sees}</span></p>`;
}

function hypercall(context) {
  const {state, edit} = context;
  const {model, decision} = state;
  if (!decision.hypercall && !decision.l2TlbFlush?.conditions.flushHypercall) {
    return nothing;
  }
  const value = controlWord(model);
  const parts = CONTROL.map((it, i) => {
    const width = BigInt(it.to - it.from + 1);
    return {...it, i, value: value >> BigInt(it.from) & (1n << width) - 1n};
  });
  const bits = Array.from({length: 64}, (_, k) => 63 - k);
  const meaning = it => it.name === 'call code' ? CALLS[Number(it.value)] ?? 'no flush call'
    : it.name === 'fast' ? it.value ? 'input in registers' : 'input in memory'
    : it.name === 'reserved' && it.value ? 'must be 0'
    : it.name === 'is nested' && it.value ? 'reserved in KVM' : '';
  return html`<section aria-labelledby="call-title"><h2 id="call-title">Hypercall, bit by bit</h2>
    <p class="note">Control word ${longMode(model) ? 'RCX' : 'EDX:EAX'} = <code>${hex(value)}</code>. A click turns a bit over.</p>
    <div class="scroll" tabindex="0" role="group" aria-label="Bits of the control word"><div class="bitrow">
      ${bits.map(bit => {
        const part = parts.find(it => bit >= it.from && bit <= it.to);
        const on = (value >> BigInt(bit) & 1n) === 1n;
        return html`<button type="button" class=${`bit p${part.i % 2}${part.name === 'reserved' ? ' hole' : ''}${on ? ' one' : ''}`}
          tabindex="-1" title=${`bit ${bit}: ${part.name}`} aria-label=${`Bit ${bit}, ${part.name}: ${on ? 1 : 0}`} aria-pressed=${on}
          @click=${() => edit(() => setControlWord(model, value ^ 1n << BigInt(bit)))}>${on ? 1 : 0}</button>`;
      })}</div></div>
    <table class="parts"><thead><tr><th>bits</th><th>part</th><th>value</th><th></th></tr></thead><tbody>
      ${parts.filter(it => it.name !== 'reserved' || it.value).map(it => html`<tr class=${it.name === 'reserved' ? 'bad' : ''}>
        <td>${it.to === it.from ? it.to : `${it.to}:${it.from}`}</td><td>${it.name}</td>
        <td><code>${hex(it.value)}</code></td><td>${meaning(it)}</td></tr>`)}</tbody></table>
    ${decision.hypercall ? html`<p>Result: ${decision.hypercall.exception ?? html`<code>${decision.hypercall.result}</code>
      ${decision.hypercall.statusName}, ${decision.hypercall.repsCompleted} repetitions completed`}.
      ${decision.registersAfter ? html`Then ${Object.entries(decision.registersAfter).map(([k, v]) => html`<code
        >${k.toUpperCase()} = ${v}</code> `)}` : nothing}</p>` : nothing}</section>`;
}

function slots(before, after) {
  return html`<div class="slots" role="img" aria-label=${`${after.length} of ${QUEUE} entries, ${after.length - before.length} new`}>
    ${Array.from({length: QUEUE}, (_, i) => html`<span class=${`slot ${i < before.length ? 'old' : i < after.length ? 'new' : ''}
      ${after[i] === FLUSH_ALL ? 'all' : ''}`} title=${after[i] ?? 'free'}></span>`)}</div>`;
}

function queues(state) {
  const mutations = state.decision.tlbMutations;
  if (!mutations) {
    return nothing;
  }
  const control = controlWord(state.model);
  const list = [3n, 0x14n].includes(control & 0xffffn) ? Number(control >> 32n & 0xfffn) : 0;
  return html`<section aria-labelledby="queues-title"><h2 id="queues-title">Queues of the targets</h2>
    ${mutations.length ? nothing : html`<p class="note">The flush reaches no vCPU.</p>`}
    ${mutations.slice(0, 64).map(it => {
      if (!it.fifo) { // a kernel without queues
        return html`<div class="queue"><h3>vCPU ${it.vcpu} <small>no queue</small></h3><p class="note">Everything is flushed.</p></div>`;
      }
      const added = it.pendingAfter.slice(it.pendingBefore.length);
      const overflow = list > 0 && list <= 15 && added[0] === FLUSH_ALL;
      const full = added.length === 0 && it.pendingBefore.length === QUEUE;
      return html`<div class="queue"><h3>vCPU ${it.vcpu} <small>${it.fifo} queue, ${it.pendingBefore.length} → ${it.pendingAfter.length}
        of ${QUEUE}</small>${overflow ? html` <span class="badge bad">overflow: ${list} entries do not fit, flush all</span>` : nothing}
        ${full ? html` <span class="badge bad">full: nothing is queued</span>` : nothing}</h3>
        ${slots(it.pendingBefore, it.pendingAfter)}
        <p class="note">${added.length ? html`New: ${added.map(e => html`<code>${e === FLUSH_ALL ? 'flush all' : e}</code> `)}` : nothing}
          When it next enters: ${it.effect.ranges.map(r => html`<code>${r.gva}</code> ${r.pages} page${r.pages === 1 ? '' : 's'}; `)}
          ${it.effect.flushAll ? 'everything is flushed.' : it.effect.ranges.length ? '' : 'nothing is flushed.'}</p></div>`;
    })}
    ${mutations.length > 64 ? html`<p class="note">${mutations.length - 64} more are not shown; the JSON has them.</p>` : nothing}</section>`;
}

function exitToL1({state, showField}) {
  const {exitToL1: exit, evmcsWrites: writes} = state.decision;
  if (!exit) {
    return nothing;
  }
  return html`<section aria-labelledby="sees-title"><h2 id="sees-title">What L1 sees</h2>
    <dl class="words">${Object.entries(exit).map(([k, v]) => html`<div><dt>${k}</dt><dd><code>${v}</code></dd></div>`)}</dl>
    ${writes ? html`<div class="scroll" tabindex="0" role="group" aria-label="eVMCS fields that change"><table class="diff">
      <thead><tr><th>eVMCS field</th><th>before</th><th>after</th></tr></thead><tbody>
      ${writes.map(it => html`<tr><td><button type="button" class="link" @click=${() => showField(it.field)}>${it.field}</button></td>
        <td><del><code>${it.before}</code></del></td><td><ins><code>${it.after}</code></ins></td></tr>`)}</tbody></table></div>
      ${writes.length ? nothing : html`<p class="note">No field of the eVMCS changes.</p>`}` : nothing}</section>`;
}

const GOALS = [['', 'any verdict'], ['handledBy', 'who handles it'], ['eligible', 'eligibility'],
  ['syntheticExit', 'the synthetic exit'], ['outcome', 'how the call ends']];

function whatIf({state, edit, draw, findCounterfactuals, applyChanges, problemBox}) {
  const {model} = state;
  const lock = model.pages.partitionAssist ? read(model.pages.partitionAssist, 0, 4) : 0n;
  return html`<section aria-labelledby="if-title"><h2 id="if-title">What if</h2>
    <p class="buttons"><button type="button" class="quiet" id="turn-lock" @click=${() => edit(() => {
      write(pageForEdit(model, 'partitionAssist'), 0, 4, lock ? 0n : 1n);
    })}>${lock ? 'No lock count' : 'Lock count 1'}</button>
    <button type="button" class="quiet" @click=${() => edit(() => {
      const registers = model.rest.snapshot.registers ?? {};
      model.rest.snapshot.registers = {...registers, cpl: registers.cpl ? 0 : 3};
    })}>${model.rest.snapshot.registers?.cpl ? 'CPL 0' : 'CPL 3'}</button></p>
    ${smallestChanges({id: 'counterfactuals', goals: GOALS, goal: state.goal, found: state.counterfactuals,
      find: findCounterfactuals, apply: applyChanges, problemBox,
      aim: goal => { state.goal = goal; state.counterfactuals = null; draw(); }})}</section>`;
}

function explanation({state, known}) {
  const looked = state.decision.explanation ?? [];
  return html`<section aria-labelledby="rules-title"><details><summary><h2 id="rules-title">All ${looked.length} rules that were looked at</h2></summary>
    <ol class="rules">${looked.map(it => html`<li class=${it.met ? 'met' : 'unmet'}><b><code>${it.rule}</code></b>
      <span class="badge">${it.met ? 'met' : 'not met'}</span> ${(state.decision.profile === 'tlfs' ? known.tlfsRules : known.rules).get(it.rule)?.text ?? ''}
      <p class="evidence">${it.evidence}</p><p class="note">${it.reference}</p></li>`)}</ol></details></section>`;
}

/** @param {any} context */
export function decisionView(context) {
  const {state, problemBox} = context;
  if (state.problem) {
    return problemBox(state.problem);
  }
  if (!state.decision || !state.model) {
    return html`<p class="note">${state.model?.rest.exit || state.raw ? 'Deciding…' : 'Choose an exit reason, and it is decided.'}</p>`;
  }
  const {decision} = state;
  if (decision.profile === 'tlfs') {
    return html`${textView(decision)}${explanation(context)}`;
  }
  const route = routeOf(decision, decision.exitReason.name ?? decision.exitReason.kind);
  return html`${verdict(state)}${lamps(context)}
    <section aria-labelledby="route-title"><h2 id="route-title">Route</h2>${drawing(route)}</section>
    ${whatIf(context)}${exitToL1(context)}${hypercall(context)}${queues(state)}${explanation(context)}`;
}
