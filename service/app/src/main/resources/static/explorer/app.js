// The explorer: the state, and what is shown of it.
import {html, nothing, render} from '/webjars/lit-html/lit-html.js';
import {live} from '/webjars/lit-html/directives/live.js';
import {ask, useToken} from './api.js';
import {PAGE_BYTES, hex, read, word, write} from './bytes.js';
import {EXAMPLES, catalogues} from './examples.js';
import {CPUID_BITS, PAGES, PAGE_NAMES, REGISTERS, fieldAt, fieldNamed, modelOf, requestOf} from './model.js';
import {pack, unpack} from './share.js';
import {compareView} from './compare.js';
import {withChanges} from './counterfactuals.js';
import {decisionView} from './decision.js';
import {isScenario, noScenario, openScenario, scenarioView, sharedScenario} from './scenario.js';
import {auditView, entryGoals, entryView, timelineMarks} from './views.js';
import './hexpage.js';
import './timeline.js';

/** @type {any} */
const state = {
  ready: false,
  model: /** @type {import('./model.js').Model|null} */ (null),
  raw: /** @type {any} */ (null), // a request whose pages cannot be read
  view: 'decision',
  page: /** @type {import('./model.js').PageName} */ ('evmcs'),
  selected: 0,
  decision: null,
  problem: null,
  faults: new Map(), // what an input holds that is no value yet, by its key
  undo: [],
  box: '',
  cards: null,
  found: null,
  entry: {instruction: 'VMLAUNCH', profile: 'kvm-6.12', capabilities: {}, snapshot: null, answer: null, problem: null,
    goal: 'ENTERS', counterfactuals: null},
  capabilities: null,
  audit: null,
  auditAt: -1,
  scenario: noScenario(),
  compare: {answer: null, problem: null},
  counterfactuals: null,
  goal: '', // the verdict that the smallest changes shall flip
  note: '',
  theme: localStorage.getItem('theme') ?? '',
};
/** @type {{fields: any[], reasons: any[], rules: Map<string, any>, tlfsRules: Map<string, any>}} */
let known = {fields: [], reasons: [], rules: new Map(), tlfsRules: new Map()};
const root = /** @type {HTMLElement} */ (document.getElementById('app'));

// ---- the state ----

const request = () => state.model ? requestOf(state.model) : state.raw;

/** Takes a request as the state. */
function open(given, {keepLoaded = false} = {}) {
  const loaded = state.model?.loaded;
  state.model = modelOf(given);
  state.raw = state.model ? null : given;
  if (state.model && keepLoaded && loaded) {
    state.model.loaded = loaded;
  }
  state.faults.clear();
  changed();
}

/** @param {() => void} act changes the state; can be undone */
function edit(act) {
  state.undo.push(JSON.stringify(request()));
  state.undo.splice(0, state.undo.length - 100);
  act();
  changed();
}

function undo() {
  const last = state.undo.pop();
  if (last) {
    open(JSON.parse(last), {keepLoaded: true});
  }
}

let asking = new AbortController();
let due = 0;

function changed() {
  state.counterfactuals = null;
  state.entry.counterfactuals = null;
  draw();
  clearTimeout(due);
  due = setTimeout(decide, 20);
}

async function decide() {
  asking.abort();
  asking = new AbortController();
  const signal = asking.signal;
  const asked = request();
  if (!asked) {
    return;
  }
  const fragment = pack({request: asked, view: state.view === 'audit' ? 'decision' : state.view, entry: entryState(),
    scenario: state.view === 'scenario' ? sharedScenario(state.scenario) : undefined});
  try {
    if (asked.exit !== undefined) {
      const answer = await ask('/v1/decisions?explain=true', {body: JSON.stringify(asked), signal});
      state.decision = answer.ok ? answer.body : null;
      state.problem = answer.ok ? null : answer.body;
      state.status = answer.status;
    } else {
      state.decision = null;
      state.problem = null;
    }
    if (state.view === 'entry') {
      await decideEntry(signal);
    }
    if (state.view === 'compare') {
      await compare(asked, signal);
    }
  } catch (error) {
    if (signal.aborted) {
      return;
    }
    throw error;
  }
  history.replaceState(null, '', '#' + await fragment);
  draw();
}

const entryState = () => ({instruction: state.entry.instruction, profile: state.entry.profile,
  capabilities: state.entry.capabilities, extra: state.entry.extra, snapshot: state.entry.snapshot ?? undefined});

function entryRequest() {
  const {instruction, profile, capabilities, snapshot, extra} = state.entry;
  const from = snapshot ?? request()?.snapshot ?? {};
  return {profile, snapshot: from, entry: {...extra, instruction},
    ...Object.keys(capabilities).length ? {capabilities} : {}};
}

async function decideEntry(signal) {
  const answer = await ask('/v1/vm-entries', {body: JSON.stringify(entryRequest()), signal});
  state.entry.answer = answer.ok ? answer.body : null;
  state.entry.problem = answer.ok ? null : answer.body;
  state.entry.served = answer.status !== 404;
  if (!state.capabilities) {
    const answer = await ask('/v1/capabilities', {signal});
    state.capabilities = answer.ok ? answer.body.capabilities : [];
  }
}

async function compare(asked, signal) {
  if (asked.exit === undefined) {
    state.compare = {answer: null, problem: null};
    return;
  }
  const {profile, ...rest} = asked; // each profile is asked
  const answer = await ask('/v1/decisions/compare', {body: JSON.stringify({request: rest}), signal});
  state.compare = {answer: answer.ok ? answer.body : null, problem: answer.ok ? null : answer.body};
}

async function findCounterfactuals() {
  const query = state.goal ? '?flips=' + state.goal : '';
  const answer = await ask('/v1/decisions/counterfactuals' + query, {body: JSON.stringify(request())});
  state.counterfactuals = answer.ok ? answer.body : {problem: answer.body};
  draw();
}

/** Makes the changes of a set in the snapshot in view. */
function applyChanges(changes) {
  const changed = withChanges(request(), changes);
  edit(() => open(changed, {keepLoaded: true}));
}

async function findEntryCounterfactuals() {
  const {goal} = entryGoals(state.entry);
  const query = goal ? '?outcome=' + goal : '';
  const answer = await ask('/v1/vm-entries/counterfactuals' + query, {body: JSON.stringify(entryRequest())});
  state.entry.counterfactuals = answer.ok ? answer.body : {problem: answer.body};
  draw();
}

/** Fields of the eVMCS change in the snapshot in view; what a decision has no place for, beside it. */
function applyEntryChanges(changes) {
  const {entry} = state;
  const {snapshot, capabilities, entry: {instruction, ...extra}} = withChanges(entryRequest(), changes);
  const ofPage = changes.every(it => !it.pointer.startsWith('/snapshot/') || it.pointer.startsWith('/snapshot/evmcsFields/'));
  edit(() => {
    entry.capabilities = capabilities ?? {};
    entry.extra = extra;
    if (entry.snapshot || !ofPage) {
      entry.snapshot = snapshot;
    } else {
      open({...request(), snapshot}, {keepLoaded: true});
    }
  });
}

// ---- what is pasted or dropped ----

/** @param {any} value JSON that was pasted */
function isRequest(value) {
  return typeof value === 'object' && value !== null && (value.snapshot || value.exit) !== undefined;
}

/** @param {Uint8Array|string} given */
async function take(given) {
  state.cards = null;
  state.found = null;
  const text = typeof given === 'string' ? given : new TextDecoder('utf-8', {fatal: false}).decode(given);
  const scenario = ownScenario(text);
  if (scenario) {
    state.view = 'scenario';
    openScenario(context, scenario);
    changed();
    return;
  }
  const own = ownRequest(text);
  if (own) {
    state.undo.push(JSON.stringify(request()));
    state.view = 'decision';
    open(own);
    return;
  }
  say('Reading…');
  const body = typeof given === 'string' ? new Blob([given]) : new Blob([/** @type {any} */ (given)]);
  const type = typeof given === 'string' || !text.includes('\0') ? 'text/plain' : 'application/octet-stream';
  const answer = await ask('/v1/artefacts', {body, type});
  state.note = '';
  if (answer.ok) {
    await takeArtefacts(answer.body, text);
  } else if (answer.status === 404) {
    await takeAlone(given, text);
  } else {
    state.found = {problem: answer.body};
  }
  draw();
}

/** A request of this API: a line of the recorded cases, a decision's or a VM-entry's request. */
function ownRequest(text) {
  if (!text.trimStart().startsWith('{')) {
    return null;
  }
  for (const one of [text, text.trimStart().split('\n', 1)[0]]) {
    try {
      const value = JSON.parse(one);
      const inner = value.request ?? value;
      return isRequest(inner) ? inner : null;
    } catch {
      // the first line may be JSON where the whole is not
    }
  }
  return null;
}

/** A scenario, or a line of the recorded ones. */
function ownScenario(text) {
  try {
    const value = JSON.parse(text);
    const inner = value?.request ?? value;
    return isScenario(inner) ? inner : null;
  } catch {
    return null;
  }
}

async function takeArtefacts(report, text) {
  state.found = report;
  state.cards = report.artefacts ?? [];
  const snapshot = {...report.snapshot};
  const vmcsFields = snapshot.vmcsFields;
  delete snapshot.vmcsFields;
  if (vmcsFields || report.entry) {
    const {instruction = 'VMLAUNCH', profile, ...extra} = report.entry ?? {};
    state.entry = {...state.entry, instruction, extra, profile: profile ?? 'sdm',
      snapshot: {...vmcsFields ? {vmcsFields} : snapshot}, capabilities: report.capabilities ?? {}};
    state.entry.answer = null;
    state.view = 'entry';
  }
  if (state.cards.some(it => it.kind === 'KVM_TRACE')) {
    await audit(text);
  }
  if (report.exit || Object.keys(snapshot).length) {
    state.undo.push(JSON.stringify(request()));
    const merged = {snapshot: {...state.cards.length === 1 && !report.exit ? request()?.snapshot : {}, ...snapshot},
      exit: report.exit ?? request()?.exit};
    for (const name of PAGE_NAMES) { // a page that was found replaces one by fields
      if (snapshot[PAGES[name].page]) {
        delete merged.snapshot[PAGES[name].values];
      }
    }
    open(merged);
  } else {
    clearTimeout(due);
    due = setTimeout(decide, 20);
  }
}

/** Without the endpoint for artefacts: pages and traces by their form. */
async function takeAlone(given, text) {
  if (typeof given !== 'string' && given.length === PAGE_BYTES) {
    edit(() => {
      state.model.pages[state.page] = given;
      state.model.loaded[state.page] = given.slice();
    });
  } else if (/kvm_nested_vmexit|kvm_exit/.test(text)) {
    await audit(text);
  } else {
    state.found = {problem: {title: 'Nothing was recognised', detail: 'Paste a request of this API, 4,096 bytes'
      + ' of a page, or a trace.'}};
  }
}

async function audit(text) {
  const answer = await ask('/v1/audits', {body: text, type: 'text/plain'});
  if (answer.status === 404) {
    return;
  }
  state.audit = answer.ok ? {...answer.body, ...timelineMarks(answer.body)} : {problem: answer.body};
  state.auditAt = -1;
  state.view = 'audit';
  draw();
}

async function drop(event) {
  event.preventDefault();
  root.classList.remove('over');
  const file = event.dataTransfer?.files[0];
  if (file) {
    await takeFile(file);
  } else {
    await take(event.dataTransfer?.getData('text/plain') ?? '');
  }
}

async function takeFile(file) {
  state.box = file.name;
  const bytes = new Uint8Array(await file.arrayBuffer());
  await take(bytes);
}

// ---- words to copy ----

function curl() {
  const body = JSON.stringify(request(), null, 1).replaceAll("'", "'\\''");
  return `curl -s '${location.origin}/v1/decisions?explain=true' -H 'Content-Type: application/json' -d '${body}'\n`;
}

function plainText() {
  const {decision} = state;
  if (!decision) {
    return state.problem ? `${state.problem.title}: ${state.problem.detail ?? ''}\n` : '';
  }
  const lines = [`Exit reason ${decision.exitReason.raw} (${decision.exitReason.name ?? decision.exitReason.kind}): `
    + `handled by ${decision.handledBy ?? 'whom, is not specified'}.`, ''];
  for (const it of decision.explanation ?? []) {
    lines.push(`${it.rule.padEnd(6)}${it.met ? 'met    ' : 'not met'} ${it.evidence}`, `      ${it.reference}`);
  }
  if (decision.exitToL1) {
    lines.push('', `L1 sees exit reason ${decision.exitToL1.reason}.`);
  }
  return lines.join('\n') + '\n';
}

/** As a line of the recorded cases. */
function testCase() {
  const {decisionId, explanation, id, ...expect} = state.decision ?? {};
  return JSON.stringify({id: id ?? 'from-the-explorer', request: request(), expect}) + '\n';
}

const COPIES = {
  link: ['Link', () => location.href],
  curl: ['curl', curl],
  json: ['JSON', () => JSON.stringify(request(), null, 2) + '\n'],
  text: ['Plain text', plainText],
  case: ['Test case', testCase],
};

async function copy(kind) {
  const [name, text] = COPIES[kind];
  try {
    await navigator.clipboard.writeText(text());
    say(`${name} copied.`);
  } catch {
    state.copied = text(); // without leave to write the clipboard: to select by hand
    draw();
  }
}

let saying = 0;

function say(text) {
  state.note = text;
  draw();
  clearTimeout(saying);
  saying = setTimeout(() => {
    state.note = '';
    draw();
  }, 4000);
}

// ---- jumps ----

/** @param {string} page @param {number} offset */
function showByte(page, offset) {
  state.page = page;
  state.selected = offset;
  if (state.model && !state.model.pages[page]) {
    draw();
    document.getElementById('pages')?.scrollIntoView({block: 'center'});
    return;
  }
  draw();
  /** @type {any} */ (document.querySelector('hex-page'))?.reveal(offset);
}

/** @param {string} id of an input */
function showInput(id) {
  for (let it = document.getElementById(id)?.parentElement; it; it = it.parentElement) {
    if (it instanceof HTMLDetailsElement) {
      it.open = true;
    }
  }
  const input = document.getElementById(id);
  input?.scrollIntoView({block: 'center'});
  input?.focus({preventScroll: true});
}

/** @param {string} name of a field of the eVMCS, or of a VMCS by its Linux name */
function showField(name) {
  const upper = name.toUpperCase();
  const field = fieldNamed('evmcs', name)
    ?? known.fields.find(it => it.vmcsName === upper || it.name.toUpperCase() === upper);
  if (field) {
    showByte('evmcs', field.offset);
  }
}

// ---- the input ----

/** The faults that a problem names below a pointer. */
function faultsAt(...pointers) {
  return (state.problem?.errors ?? []).filter(it => pointers.some(p => it.pointer === p || it.pointer?.startsWith(p + '/')));
}

function faultLines(...pointers) {
  const faults = faultsAt(...pointers);
  return faults.length === 0 ? nothing : html`<ul class="faults">${faults.map(it => html`<li><code
    >${it.pointer.split('/').slice(2).join('/')}</code> ${it.detail}</li>`)}</ul>`;
}

/**
 * An input for a word.
 * @param {{id: string, label: any, value: string, size: number, pointer?: string, hint?: string,
 *     set: (value: bigint) => void}} it
 */
function wordInput({id, label, value, size, pointer, hint, set}) {
  const local = state.faults.get(id);
  const remote = pointer ? faultsAt(pointer)[0]?.detail : undefined;
  const fault = local?.detail ?? remote;
  return html`<div class="word"><label for=${id}>${label}</label>
    <input id=${id} spellcheck="false" autocomplete="off" placeholder=${hint ?? ''}
      .value=${live(local?.text ?? value)} aria-invalid=${fault ? 'true' : 'false'}
      aria-describedby=${fault ? id + '-fault' : nothing}
      @change=${event => {
        const text = event.target.value;
        const parsed = word(text, size);
        if (parsed === null) {
          state.faults.set(id, {text, detail: `A word of ${8 * size} bits, such as 0x1f.`});
          draw();
        } else {
          state.faults.delete(id);
          edit(() => set(parsed));
        }
      }}>
    ${fault ? html`<span class="fault" id=${id + '-fault'}>${fault}</span>` : nothing}</div>`;
}

function exitInput() {
  const exit = state.model.rest.exit ?? {};
  const basic = Number(BigInt(word(exit.reason ?? '0x0', 4) ?? 0n) & 0xffffn);
  const set = (key, value) => {
    state.model.rest.exit = {...state.model.rest.exit, [key]: value};
  };
  const rest = ['interruptionErrorCode', 'instructionInfo', 'idtVectoringInfo', 'idtVectoringErrorCode'];
  const titles = {interruptionErrorCode: 'Interruption error code', instructionInfo: 'Instruction information',
    idtVectoringInfo: 'IDT-vectoring information', idtVectoringErrorCode: 'IDT-vectoring error code'};
  const one = (key, label, size) => wordInput({id: 'exit-' + key, label, value: exit[key] ?? '', size, hint: '0x0',
    pointer: '/exit/' + key, set: value => set(key, hex(value))});
  return html`<section aria-labelledby="exit-title"><h2 id="exit-title">Exit</h2>
    <div class="grid">
      <div class="word"><label for="exit-name">Basic reason</label>
        <select id="exit-name" @change=${event => edit(() => set('reason', event.target.value))}>
          ${known.reasons.some(it => Number(it.basic) === basic) ? nothing
            : html`<option selected value=${exit.reason ?? ''}>${exit.reason ?? 'choose'}</option>`}
          ${known.reasons.map(it => html`<option value=${it.raw} .selected=${Number(it.basic) === basic}
            >${it.name} (${Number(it.basic)})</option>`)}
        </select></div>
      ${one('reason', 'Reason, 32 bits', 4)}
      <div class="word"><label for="exit-from">From</label>
        <select id="exit-from" @change=${event => edit(() => set('from', event.target.value))}>
          ${['L2', 'L1'].map(it => html`<option .selected=${(exit.from ?? 'L2') === it}>${it}</option>`)}
        </select></div>
      ${one('qualification', 'Qualification', 8)}
      ${one('interruptionInfo', 'Interruption information', 4)}
      ${wordInput({id: 'exit-length', label: 'Instruction length', value: String(exit.instructionLength ?? 0), size: 4,
        pointer: '/exit/instructionLength', set: value => set('instructionLength', Number(value))})}
    </div>
    <details><summary>More of the exit</summary><div class="grid">
      ${rest.map(key => one(key, titles[key], 4))}
      ${one('guestLinearAddress', 'Guest-linear address', 8)}</div></details>
    ${faultLines('/exit')}</section>`;
}

function registersInput() {
  const snapshot = state.model.rest.snapshot;
  const registers = snapshot.registers ?? {};
  const set = (key, value) => {
    snapshot.registers = {...snapshot.registers, [key]: value};
  };
  const check = (key, label, otherwise) => html`<label class="check"><input type="checkbox" id=${'reg-' + key}
    .checked=${live(registers[key] ?? otherwise)} @change=${event => edit(() => set(key, event.target.checked))}
    > ${label}</label>`;
  const one = name => wordInput({id: 'reg-' + name, label: name.toUpperCase(), value: registers[name] ?? '',
    size: 8, hint: ['rsp', 'rip', 'rflags'].includes(name) ? 'eVMCS' : '0x0',
    pointer: '/snapshot/registers/' + name, set: value => set(name, hex(value))});
  const first = ['rcx', 'rdx', 'r8', 'rax', 'rip'];
  const xmm = registers.xmm ?? [];
  const setXmm = (i, half, value) => {
    const next = Array.from({length: Math.max(xmm.length, i + 1)}, (_, k) => ({lo: '0x0', hi: '0x0', ...xmm[k]}));
    next[i][half] = value;
    set('xmm', next);
  };
  return html`<section aria-labelledby="registers-title"><h2 id="registers-title">Registers</h2>
    <div class="grid">${first.map(one)}
      <div class="word"><label for="reg-cpl">CPL</label><select id="reg-cpl"
        @change=${event => edit(() => set('cpl', Number(event.target.value)))}>
        ${[0, 1, 2, 3].map(it => html`<option .selected=${(registers.cpl ?? 0) === it}>${it}</option>`)}</select></div>
    </div>
    <details><summary>More registers and XMM</summary>
      <div class="grid">${REGISTERS.filter(it => !first.includes(it)).map(one)}
        ${Array.from({length: 6}, (_, i) => ['lo', 'hi'].map(half => wordInput({id: `xmm${i}-${half}`,
          label: `XMM${i} ${half === 'lo' ? '63:0' : '127:64'}`, value: xmm[i]?.[half] ?? '', size: 8, hint: '0x0',
          set: value => setXmm(i, half, hex(value))})))}</div>
      ${check('longMode', '64-bit mode', true)} ${check('protectedMode', 'protected mode', true)}</details>
    ${faultLines('/snapshot/registers')}</section>`;
}

function cpuidInput() {
  const snapshot = state.model.rest.snapshot;
  const cpuid = snapshot.cpuid ?? {};
  const set = (key, value) => {
    snapshot.cpuid = {...snapshot.cpuid, [key]: value};
  };
  return html`<section aria-labelledby="cpuid-title"><h2 id="cpuid-title">CPUID as L1 sees it</h2>
    <div class="checks">${CPUID_BITS.map(it => {
      const value = word(cpuid[it.word] ?? '0x0', 4) ?? 0n;
      const mask = 1n << BigInt(it.bit);
      return html`<label class="check"><input type="checkbox" id=${`cpuid-${it.word}-${it.bit}`}
        .checked=${live((value & mask) !== 0n)} @change=${() => edit(() => set(it.word, hex(value ^ mask)))}>
        <span>${it.name} <small>${it.leaf} bit ${it.bit}</small></span></label>`;
    })}
    <label class="check"><input type="checkbox" id="cpuid-enforced" .checked=${live(cpuid.enforced ?? false)}
      @change=${event => edit(() => set('enforced', event.target.checked))}>
      <span>enforced <small>KVM_CAP_HYPERV_ENFORCE_CPUID</small></span></label></div>
    <details><summary>Whole words</summary><div class="grid">
      ${['nestedEax', 'enlightenmentsEax', 'featuresEdx'].map(key => wordInput({id: 'cpuid-' + key, label: key,
        value: cpuid[key] ?? '', size: 4, hint: '0x0', pointer: '/snapshot/cpuid/' + key,
        set: value => set(key, hex(value))}))}</div></details>
    ${faultLines('/snapshot/cpuid')}</section>`;
}

/** Words as people write lists: separated by blanks or commas. */
function wordList(text) {
  const words = text.split(/[\s,]+/).filter(Boolean).map(it => word(it, 8));
  return words.includes(null) ? null : words.map(it => hex(/** @type {bigint} */ (it)));
}

function vcpusInput() {
  const snapshot = state.model.rest.snapshot;
  const vcpus = snapshot.vcpus ?? [{vpIndex: 0}];
  const shown = vcpus.slice(0, 64);
  const set = (i, change) => {
    snapshot.vcpus = vcpus.map((it, k) => k === i ? change(it) : it);
  };
  const cell = (i, key, label, value, parse, change) => {
    const id = `vcpu-${i}-${key}`;
    const local = state.faults.get(id);
    return html`<td><input id=${id} aria-label=${`vCPU ${i}, ${label}`} spellcheck="false" .value=${live(local?.text ?? value)}
      aria-invalid=${local ? 'true' : 'false'} title=${local?.detail ?? ''} @change=${event => {
        const parsed = parse(event.target.value);
        if (parsed === null) {
          state.faults.set(id, {text: event.target.value, detail: 'Words such as 0x1f.'});
          draw();
        } else {
          state.faults.delete(id);
          edit(() => set(i, it => change(it, parsed)));
        }
      }}></td>`;
  };
  const one = text => {
    const value = word(text, 8);
    return value === null ? null : hex(value);
  };
  return html`<section aria-labelledby="vcpus-title"><h2 id="vcpus-title">vCPUs and their queues</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="vCPUs, table"><table class="vcpus"><thead><tr><th>exits</th>
      <th>VP index</th><th>VmId</th><th>VpId</th><th>L2 queue</th><th>L1 queue</th></tr></thead>
    <tbody>${shown.map((it, i) => html`<tr>
      <td><input type="radio" name="vcpu" aria-label=${`vCPU ${i} takes the exit`} .checked=${live((snapshot.vcpu ?? 0) === i)}
        @change=${() => edit(() => { snapshot.vcpu = i; })}></td>
      ${cell(i, 'vpIndex', 'VP index', String(it.vpIndex ?? i), text => /^\d{1,9}$/.test(text.trim()) ? Number(text) : null,
        (v, n) => ({...v, vpIndex: n}))}
      ${cell(i, 'vmId', 'VmId', it.l2?.vmId ?? '', one, (v, w) => ({...v, l2: {vpId: '0x0', ...v.l2, vmId: w}}))}
      ${cell(i, 'vpId', 'VpId', it.l2?.vpId ?? '', one, (v, w) => ({...v, l2: {vmId: '0x0', ...v.l2, vpId: w}}))}
      ${['l2', 'l1'].map(level => cell(i, level, `pending flushes of ${level.toUpperCase()}`,
        (it.pendingFlush?.[level] ?? []).join(' '), wordList,
        (v, words) => ({...v, pendingFlush: {...v.pendingFlush, [level]: words}})))}</tr>`)}</tbody></table></div>
    ${vcpus.length > shown.length ? html`<p class="note">${vcpus.length - shown.length} more are not shown.</p>` : nothing}
    <p class="buttons"><button type="button" class="quiet" @click=${() => edit(() => {
      snapshot.vcpus = [...vcpus, {vpIndex: vcpus.length, l2: {vmId: '0x1', vpId: hex(vcpus.length + 1)}}];
    })}>Add a vCPU</button>${vcpus.length > 1 ? html`<button type="button" class="quiet" @click=${() => edit(() => {
      snapshot.vcpus = vcpus.slice(0, -1);
      snapshot.vcpu = Math.min(snapshot.vcpu ?? 0, vcpus.length - 2);
    })}>Remove the last</button>` : nothing}</p>
    ${faultLines('/snapshot/vcpus', '/snapshot/vcpu')}</section>`;
}

function bitsOf(field) {
  if (field.name === 'hv_enlightenments_control') {
    return [{bit: 0, name: 'NestedFlushVirtualHypercall'}, {bit: 1, name: 'MsrBitmap'}]; // TLFS; others reserved
  }
  if (field.name === 'hv_clean_fields') {
    const groups = new Map(known.fields.filter(it => it.cleanBit !== undefined).map(it => [it.cleanBit, it.cleanGroup]));
    return [...groups].sort((a, b) => a[0] - b[0]).map(([bit, name]) => ({bit, name}));
  }
  return field.bits ?? [];
}

function fieldDetail() {
  const page = /** @type {import('./model.js').PageName} */ (state.page);
  const bytes = state.model.pages[page];
  const field = fieldAt(page, state.selected);
  if (!field) {
    return html`<p class="note">0x${state.selected.toString(16)} belongs to no field.</p>`;
  }
  const value = read(bytes, field.offset, field.size);
  const before = read(state.model.loaded[page] ?? bytes, field.offset, field.size);
  const set = next => edit(() => write(bytes, field.offset, field.size, next));
  const named = bitsOf(field);
  const others = [];
  for (let bit = 0; bit < 8 * field.size; bit++) {
    if (value >> BigInt(bit) & 1n && !named.some(it => it.bit === bit) && named.length) {
      others.push({bit, name: 'no name'});
    }
  }
  const bits = [...named, ...others].sort((a, b) => a.bit - b.bit);
  return html`<div class="detail" aria-live="polite"><h3><code>${field.name}</code></h3>
    <p class="note">${[field.tlfsName, `offset 0x${field.offset.toString(16)}, ${8 * field.size} bits`,
      field.vmcsEncoding && `encoding ${field.vmcsEncoding}`,
      field.cleanGroup && `clean-field group ${field.cleanGroup}${field.cleanBit === undefined ? '' : ` (bit ${field.cleanBit})`}`,
      field.l0WritesOnExit && 'L0 writes it at VM-exit'].filter(Boolean).join(' · ')}</p>
    ${wordInput({id: 'field-value', label: before === value ? 'Value' : html`Value <span class="was">was ${hex(before)}</span>`,
      value: hex(value), size: field.size, pointer: '/snapshot/evmcsFields/' + field.name, set})}
    ${bits.length ? html`<div class="bits">${bits.map(it => html`<label class="check"><input type="checkbox"
      id=${`bit-${it.bit}`} .checked=${live((value >> BigInt(it.bit) & 1n) === 1n)}
      @change=${() => set(value ^ 1n << BigInt(it.bit))}> <span><small>${it.bit}</small> ${it.name}</span></label>`)}</div>`
      : nothing}</div>`;
}

function pagesInput() {
  const page = /** @type {import('./model.js').PageName} */ (state.page);
  const bytes = state.model.pages[page];
  const named = {evmcs: ['/snapshot/evmcs', '/snapshot/evmcsFields'],
    vpAssist: ['/snapshot/vpAssistPage', '/snapshot/vpAssist'],
    partitionAssist: ['/snapshot/partitionAssistPage', '/snapshot/partitionAssist']};
  return html`<section id="pages" aria-labelledby="pages-title"><h2 id="pages-title">Pages</h2>
    <div class="tabs" role="tablist" aria-label="Page">${PAGE_NAMES.map(name => html`<button type="button" role="tab"
      id=${'tab-' + name} aria-selected=${name === page} @click=${() => { state.page = name; state.selected = 0; draw(); }}
      >${PAGES[name].title}${state.model.pages[name] ? nothing : html` <small>none</small>`}</button>`)}</div>
    ${faultLines(...named[page])}
    ${bytes ? html`<div class="find"><label for="find">Field</label><select id="find"
        @change=${event => showByte(page, Number(event.target.value))}>
        ${fieldAt(page, state.selected) ? nothing : html`<option selected>none</option>`}
        ${PAGES[page].fields.map(it => html`<option value=${it.offset} .selected=${fieldAt(page, state.selected) === it}
          >${it.name}${read(bytes, it.offset, it.size) ? ' = ' + hex(read(bytes, it.offset, it.size)) : ''}</option>`)}
      </select></div>
      ${fieldDetail()}
      <hex-page .view=${{page, bytes, loaded: state.model.loaded[page], selected: state.selected}}
        @byte=${event => { state.selected = event.detail.offset; draw(); }}
        @edit=${event => edit(() => { bytes[event.detail.offset] = event.detail.value; })}></hex-page>
      ${page === 'evmcs' ? legend() : nothing}
      <p><button type="button" class="quiet" @click=${() => edit(() => { state.model.pages[page] = null; })}>
        Take the page away</button></p>`
      : html`<p class="note">No such page in the snapshot.</p><p><button type="button" class="quiet"
        @click=${() => edit(() => {
          state.model.pages[page] = new Uint8Array(PAGE_BYTES);
          state.model.loaded[page] = new Uint8Array(PAGE_BYTES);
        })}>Begin with a zero page</button></p>`}</section>`;
}

function legend() {
  const groups = new Map(known.fields.filter(it => it.cleanBit !== undefined).map(it => [it.cleanBit, it.cleanGroup]));
  return html`<details class="legend"><summary>Colours: clean-field groups</summary><ul>${[...groups]
    .sort((a, b) => a[0] - b[0]).map(([bit, name]) => html`<li><span class=${'swatch g' + bit}></span>${name}</li>`)}
    </ul></details>`;
}

/** A request whose pages cannot be read, as JSON to mend. */
function rawInput() {
  return html`<section aria-labelledby="raw-title"><h2 id="raw-title">Request</h2>
    <p class="note">Its pages cannot be read. Mend it here.</p>
    ${faultLines('', '/snapshot', '/exit')}
    <label for="raw" class="sr">Request, JSON</label>
    <textarea id="raw" rows="18" spellcheck="false" .value=${live(JSON.stringify(state.raw, null, 2))}
      @change=${event => {
        try {
          open(JSON.parse(event.target.value));
        } catch (error) {
          state.problem = {title: 'This is no JSON', detail: String(error.message)};
          draw();
        }
      }}></textarea></section>`;
}

function card(it) {
  const at = it.at ?? {};
  const place = at.line !== undefined ? `line ${at.line}${at.lines > 1 ? `, ${at.lines} lines` : ''}`
    : at.offset !== undefined ? `offset ${hex(at.offset)}, ${at.bytes} bytes` : '';
  return html`<article class="card"><h3>${it.kind} <small>${place}</small></h3><p>${it.summary}</p>
    ${it.findings?.length ? html`<ul class="findings">${it.findings.map(f => html`<li class=${'s-' + f.severity}>
      <code>${f.id}</code> ${f.detail} ${(f.fields ?? []).map(name => html`<button type="button" class="link"
        @click=${() => showField(name)}>${name}</button> `)}</li>`)}</ul>` : nothing}
    ${it.decoded?.length ? html`<details><summary>${it.decoded.length} decoded</summary><ul class="decoded">${it.decoded
      .slice(0, 200).map(d => html`<li>${typeof d === 'string' ? d : Object.entries(d)
        .filter(([, v]) => typeof v !== 'object').map(([k, v]) => html`<span class="pair"><small>${k}</small> ${v}</span> `)}</li>`)}
      </ul></details>` : nothing}</article>`;
}

function pasteInput() {
  return html`<section aria-labelledby="box-title"><h2 id="box-title">Paste or drop anything</h2>
    <label for="box" class="sr">Dump, log, trace, page or request</label>
    <textarea id="box" rows="3" spellcheck="false" .value=${live(state.box)}
      placeholder="dmesg, dump_vmcs, a KVM trace, a page as hex, libvirt XML, a number, a request as JSON"
      @input=${event => { state.box = event.target.value; }}
      @paste=${event => {
        const text = event.clipboardData?.getData('text/plain');
        if (text && !event.target.value) {
          event.preventDefault();
          state.box = text.length > 20000 ? text.slice(0, 20000) + '\n…' : text;
          take(text);
        }
      }}></textarea>
    <p class="buttons"><button type="button" @click=${() => state.box && take(state.box)}>Read it</button>
      <label class="button quiet" for="file">Open a file</label><input id="file" type="file" class="sr"
        @change=${event => event.target.files[0] && takeFile(event.target.files[0])}>
      <label class="sr" for="examples">Examples</label><select id="examples" @change=${async event => {
        const one = EXAMPLES.find(it => it.id === event.target.value);
        if (one) {
          await example(one);
        }
      }}><option value="">Examples…</option>${EXAMPLES.map(it => html`<option value=${it.id}
        .selected=${live(it.id === state.example)}>${it.title}</option>`)}</select></p>
    ${state.found?.problem ? problemBox(state.found.problem) : nothing}
    ${state.cards?.length === 0 ? html`<p class="note">Nothing was recognised.</p>` : nothing}
    <div class="cards">${state.cards?.map(card)}</div>
    ${state.found?.missing?.length ? html`<details open><summary>What would decide more</summary><ul>${state.found.missing
      .map(it => html`<li><b>${it.what}</b>: ${it.why} ${it.how}</li>`)}</ul></details>` : nothing}
    ${state.found?.unrecognised?.lines ? html`<details><summary>${state.found.unrecognised.lines} lines not recognised
      </summary><pre>${state.found.unrecognised.first?.join('\n')}</pre></details>` : nothing}</section>`;
}

async function example(one) {
  state.example = one.id;
  state.cards = null;
  state.found = null;
  state.box = '';
  state.view = 'decision';
  state.page = 'evmcs';
  state.selected = 0;
  open(await one.load());
}

function problemBox(problem) {
  return html`<div class="problem" role="alert"><h3>${problem.title}</h3><p>${problem.detail}</p>
    ${problem.errors?.length ? html`<ul>${problem.errors.map(it => html`<li><code>${it.pointer}</code> ${it.detail}</li>`)}
      </ul>` : nothing}
    ${problem.status === 401 ? html`<label for="token">Bearer token</label><input id="token" type="password"
      autocomplete="off" @change=${event => { useToken(event.target.value); location.hash ? decide() : start(); }}>` : nothing}
    </div>`;
}

// ---- the page ----

const context = {state, get known() { return known; }, edit, draw: () => draw(), showByte, showInput, showField,
  findCounterfactuals, applyChanges, findEntryCounterfactuals, applyEntryChanges, problemBox, decideAgain: () => changed(), open, changed: () => changed()};

const VIEWS = {decision: ['Decision', decisionView], entry: ['VM-entry', entryView], audit: ['Audit', auditView],
  scenario: ['Scenario', scenarioView], compare: ['Profiles', compareView]};

function page() {
  if (!state.ready) {
    return html`<main class="alone">${state.problem ? problemBox(state.problem) : html`<p>Loading…</p>`}</main>`;
  }
  const [, shown] = VIEWS[state.view];
  return html`<header><h1>VMX decision explorer</h1>
    <nav aria-label="Tools">
      <button type="button" class="quiet" ?disabled=${!state.undo.length} @click=${undo}>Undo</button>
      <span class="menu" role="group" aria-label="Copy"><span aria-hidden="true">Copy</span>${Object.entries(COPIES)
        .map(([kind, [name]]) => html`<button type="button" class="quiet" aria-label=${`Copy as ${name}`}
          @click=${() => copy(kind)}>${name}</button>`)}</span>
      <button type="button" class="quiet" @click=${toggleTheme}>${isDark() ? 'Light' : 'Dark'}</button>
      <a href="/swagger-ui.html">API</a></nav></header>
    <p class="status" role="status">${state.note}</p>
    <main>
      <div class="column input">${pasteInput()}
        ${state.model ? html`${exitInput()}${registersInput()}${pagesInput()}${cpuidInput()}${vcpusInput()}`
          : state.raw ? rawInput() : nothing}</div>
      <div class="column answer">
        <div class="tabs" role="tablist" aria-label="Answer">${Object.entries(VIEWS).map(([name, [title]]) =>
          html`<button type="button" role="tab" id=${'view-' + name} aria-selected=${name === state.view}
            @click=${() => { state.view = name; changed(); }}>${title}</button>`)}</div>
        ${shown(context)}</div>
    </main>
    ${state.copied ? html`<dialog open aria-label="To copy"><textarea rows="12" readonly .value=${state.copied}></textarea>
      <button type="button" @click=${() => { state.copied = ''; draw(); }}>Close</button></dialog>` : nothing}`;
}

const isDark = () => state.theme ? state.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;

function toggleTheme() {
  state.theme = isDark() ? 'light' : 'dark';
  localStorage.setItem('theme', state.theme);
  applyTheme();
  draw();
}

function applyTheme() {
  if (state.theme) {
    document.documentElement.dataset.theme = state.theme;
  }
  for (const it of document.querySelectorAll('exit-timeline')) {
    /** @type {any} */ (it).zoom(1);
  }
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  applyTheme();
  draw();
});

function draw() {
  render(page(), root);
}

async function openLink() {
  const fragment = location.hash.slice(1);
  if (!fragment) {
    return false;
  }
  try {
    const shared = await unpack(fragment);
    if (!isRequest(shared.request)) {
      return false;
    }
    if (shared.entry) {
      Object.assign(state.entry, shared.entry);
    }
    state.view = VIEWS[shared.view] ? shared.view : 'decision';
    if (isScenario(shared.scenario?.request)) {
      openScenario(context, shared.scenario.request, shared.scenario.at);
    }
    open(shared.request);
    return true;
  } catch (error) {
    say('The link cannot be read: ' + error.message);
    return false;
  }
}

async function start() {
  applyTheme();
  draw();
  const got = await catalogues();
  if (got.problem) {
    state.problem = {status: got.problem.status, ...got.problem.body};
    draw();
    return;
  }
  known = /** @type {any} */ (got);
  PAGES.evmcs.fields = known.fields;
  state.ready = true;
  if (!await openLink()) {
    await example(EXAMPLES[0]);
  }
}

addEventListener('dragover', event => {
  event.preventDefault();
  root.classList.add('over');
});
addEventListener('dragleave', event => event.relatedTarget || root.classList.remove('over'));
addEventListener('drop', drop);
addEventListener('hashchange', openLink);
await start();

