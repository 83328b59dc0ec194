// The page: one column of input, one of answer. All of its state is in `state`, and so in the URL's fragment.
import {html, nothing, render} from '/webjars/lit-html/lit-html.js';
import {artefactCards} from './artefact-view.js';
import {Timeline, auditView} from './audit-view.js';
import {decisionView, inputWord} from './decision-view.js';
import {entryView} from './entry-view.js';
import {PAGES, fieldValue, setField} from './pages.js';
import {pageView} from './page-view.js';
import {get, postBody, postJson} from './service.js';
import {hex, pack, unpack, word} from './words.js';

const EMPTY = {snapshot: {}, exit: {reason: '0x12', instructionLength: 3}};
const REGISTERS = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip', 'rflags'];
const SECTIONS = [['exit', 'Exit'], ['pages', 'Pages'], ['registers', 'Registers'], ['vcpus', 'vCPUs'], ['cpuid', 'CPUID'], ['json', 'JSON']];
const VIEWS = [['decision', 'Decision'], ['whatif', 'What if'], ['entry', 'VM-entry'], ['audit', 'Audit']];

/** @type {any} */
const state = {
  request: structuredClone(EMPTY), original: structuredClone(EMPTY), examples: [], reasons: [],
  section: 'exit', view: 'decision', page: 'evmcs', selected: -1, showZero: false, fieldsOpen: true,
  pasted: '', artefacts: undefined, answer: undefined, problem: undefined, entry: undefined, audit: undefined,
  counterfactuals: undefined, said: '', jsonFault: '',
};
/** @type {Timeline | undefined} */
let timeline;
let turn = 0;

/** @param {any} part */
function set(part) {
  Object.assign(state, part);
  draw();
}

/** @param {(request: any) => void} change */
function edit(change) {
  change(state.request);
  decide();
}

function load(/** @type {any} */ request) {
  state.request = structuredClone(request);
  state.request.snapshot ??= {};
  state.original = structuredClone(state.request);
  state.selected = -1;
  decide();
}

/** Asks for the answer of what is on the page now; a later question overtakes an earlier one. */
async function decide() {
  const mine = ++turn;
  state.jsonFault = '';
  draw();
  remember();
  const entryRequest = {snapshot: state.request.snapshot, entry: state.request.entry ?? {instruction: 'VMLAUNCH'}};
  if (state.request.capabilities) {
    entryRequest.capabilities = state.request.capabilities;
  }
  const [decided, entered] = await Promise.all([
    state.request.exit ? postJson('/v1/decisions?explain=true', {snapshot: state.request.snapshot, exit: state.request.exit}) : undefined,
    state.view === 'entry' || !state.request.exit ? postJson('/v1/vm-entries', entryRequest) : undefined,
  ]);
  if (mine !== turn) {
    return;
  }
  set({
    answer: decided?.ok ? decided.body : undefined, problem: decided && !decided.ok ? decided.body : undefined,
    entry: entered, counterfactuals: undefined,
  });
  if (state.view === 'whatif') {
    whatIf();
  }
}

async function whatIf() {
  const mine = turn;
  const answer = await postJson('/v1/decisions/counterfactuals', {snapshot: state.request.snapshot, exit: state.request.exit});
  if (mine === turn) {
    set({counterfactuals: answer});
  }
}

async function remember() {
  const kept = {request: state.request, original: state.original, section: state.section, view: state.view, page: state.page};
  history.replaceState(null, '', '#' + await pack(kept));
}

/** Takes whatever it is: JSON of this page, else an artefact. @param {string | Blob} input */
async function take(input) {
  const text = typeof input === 'string' ? input : '';
  if (text.trimStart().startsWith('{')) {
    try {
      const json = JSON.parse(text);
      if (json.snapshot || json.request?.snapshot) {
        state.artefacts = undefined;
        load(json.request ?? json);
        return;
      }
    } catch {
      // Not JSON after all: the service says what it is.
    }
  }
  const type = typeof input === 'string' ? 'text/plain' : 'application/octet-stream';
  const answer = await postBody('/v1/artefacts', input, type);
  if (!answer.ok) {
    set({artefacts: undefined, problem: answer.body});
    return;
  }
  state.artefacts = answer.body;
  if (answer.body.artefacts.some((/** @type {any} */ one) => one.kind === 'KVM_TRACE')) {
    const audit = await postBody('/v1/audits', input, 'text/plain');
    if (audit.ok) {
      state.audit = audit.body;
      state.view = 'audit';
      timeline = undefined;
    }
  }
  const {snapshot, exit, entry} = answer.body;
  if (snapshot || exit || entry) {
    if (!exit) {
      state.view = state.view === 'audit' ? 'audit' : 'entry';
    }
    load({snapshot: snapshot ?? {}, ...(exit ? {exit} : {}), ...(entry ? {entry} : {})});
  } else {
    draw();
  }
}

/** Leads to the byte or the section behind a condition. @param {any} lamp */
function goTo(lamp) {
  if (lamp.section) {
    set({section: lamp.section});
    focus(`section-${lamp.section}`);
  } else {
    set({section: 'pages', page: lamp.page, selected: lamp.offset, showZero: true});
    focus(`b${lamp.offset}`);
  }
}

function goToField(/** @type {string} */ name) {
  const field = PAGES.evmcs.fields.find((one) => one.name === name);
  if (field) {
    goTo({page: 'evmcs', offset: field.offset});
  }
}

const focus = (/** @type {string} */ id) => {
  const there = document.getElementById(id);
  there?.focus();
  there?.scrollIntoView({block: 'nearest'});
};

const input = (/** @type {string} */ label, /** @type {string} */ value, /** @type {(value: string) => void} */ change, hidden = false) =>
  html`<label class="soft"><span class=${hidden ? 'hidden' : ''}>${label}</span> <input .value=${value ?? ''} @change=${(/** @type {any} */ e) => change(e.target.value.trim())}></label>`;

/** Sets or removes a property. */
function put(/** @type {any} */ object, /** @type {string} */ name, /** @type {any} */ value) {
  if (value === '' || value === undefined) {
    delete object[name];
  } else {
    object[name] = value;
  }
}

function exitSection() {
  const exit = state.request.exit ?? {};
  const known = state.reasons.some((/** @type {any} */ one) => one.raw === exit.reason);
  const change = (/** @type {string} */ name) => (/** @type {string} */ value) =>
    edit((request) => { request.exit ??= {reason: '0x12'}; put(request.exit, name, name === 'instructionLength' && value !== '' ? Number(value) : value); });
  return html`<div class="row">
    <label class="soft">Reason <select @change=${(/** @type {any} */ e) => change('reason')(e.target.value)}>
      ${known ? nothing : html`<option selected>${exit.reason ?? ''}</option>`}
      ${state.reasons.map((/** @type {any} */ one) => html`<option value=${one.raw} ?selected=${one.raw === exit.reason}>${one.name} (${one.raw})</option>`)}
    </select></label>
    <label class="soft">from <select @change=${(/** @type {any} */ e) => change('from')(e.target.value)}>
      ${['L2', 'L1'].map((level) => html`<option ?selected=${(exit.from ?? 'L2') === level}>${level}</option>`)}</select></label>
    ${input('reason', exit.reason, change('reason'))}
    ${input('qualification', exit.qualification, change('qualification'))}
    ${input('interruption info', exit.interruptionInfo, change('interruptionInfo'))}
    ${input('instruction length', exit.instructionLength, change('instructionLength'))}
    ${input('instruction info', exit.instructionInfo, change('instructionInfo'))}
    ${input('IDT-vectoring info', exit.idtVectoringInfo, change('idtVectoringInfo'))}</div>`;
}

function registerSection() {
  const registers = state.request.snapshot.registers ?? {};
  const change = (/** @type {string} */ name) => (/** @type {string} */ value) =>
    edit((request) => { request.snapshot.registers ??= {}; put(request.snapshot.registers, name, value); });
  return html`<div class="row">${REGISTERS.map((name) => input(name, registers[name], change(name)))}</div>
    <h3>RCX as hypercall input</h3>${inputWord(registers.rcx)}`;
}

function cpuidSection() {
  const cpuid = state.request.snapshot.cpuid ?? {};
  const change = (/** @type {string} */ name) => (/** @type {any} */ value) =>
    edit((request) => { request.snapshot.cpuid ??= {}; put(request.snapshot.cpuid, name, value); });
  const nested = word(cpuid.nestedEax);
  return html`<div class="row">
      ${input('0x4000000A EAX (nested features)', cpuid.nestedEax, change('nestedEax'))}
      ${input('0x40000004 EAX (recommendations)', cpuid.enlightenmentsEax, change('enlightenmentsEax'))}
      ${input('0x40000003 EDX (features)', cpuid.featuresEdx, change('featuresEdx'))}
      <label><input type="checkbox" .checked=${Boolean(cpuid.enforced)} @change=${(/** @type {any} */ e) => change('enforced')(e.target.checked || undefined)}> enforced</label></div>
    <p><label><input type="checkbox" .checked=${Boolean((nested >> 17n) & 1n)}
      @change=${() => change('nestedEax')(hex(nested ^ (1n << 17n)))}> bit 17: direct virtual flush hypercalls</label></p>
    <p class="soft">eVMCS versions: ${Number(nested & 0xffn)} to ${Number((nested >> 8n) & 0xffn)}.</p>`;
}

function vcpuSection() {
  const vcpus = state.request.snapshot.vcpus ?? [{vpIndex: 0}];
  const change = (/** @type {number} */ i, /** @type {(vcpu: any) => void} */ to) =>
    edit((request) => { request.snapshot.vcpus = structuredClone(vcpus); to(request.snapshot.vcpus[i]); });
  const list = (/** @type {string} */ text) => text.split(/[\s,]+/).filter(Boolean);
  return html`<table><thead><tr><th>vCPU</th><th>VP index</th><th>Nested context (VM id, VP id)</th><th>Pending L2 flushes</th></tr></thead><tbody>
    ${vcpus.map((/** @type {any} */ vcpu, /** @type {number} */ i) => html`<tr><td>${i}${(state.request.snapshot.vcpu ?? 0) === i ? ' (exits)' : ''}</td>
      <td>${input(`VP index of vCPU ${i}`, vcpu.vpIndex, (v) => change(i, (one) => { one.vpIndex = Number(v); }), true)}</td>
      <td class="mono">${vcpu.l2 ? `${vcpu.l2.vmId}, ${vcpu.l2.vpId}` : '—'}</td>
      <td>${input(`Pending L2 flushes of vCPU ${i}`, (vcpu.pendingFlush?.l2 ?? []).join(' '), (v) => change(i, (one) => { one.pendingFlush = {...one.pendingFlush, l2: list(v)}; }), true)}</td></tr>`)}
    </tbody></table>
    <p><button @click=${() => edit((request) => { request.snapshot.vcpus = [...structuredClone(vcpus), {vpIndex: vcpus.length, l2: {vmId: '0x1', vpId: hex(BigInt(vcpus.length + 1))}}]; })}>Add a vCPU</button></p>`;
}

function jsonSection() {
  return html`<label class="soft" for="json">The request, as POST /v1/decisions takes it</label>
    <textarea id="json" class="paste" rows="22" spellcheck="false" .value=${JSON.stringify(state.request, null, 1)}
      @change=${(/** @type {any} */ e) => {
        try {
          const request = JSON.parse(e.target.value);
          request.snapshot ??= {};
          state.request = request;
          decide();
        } catch (fault) {
          set({jsonFault: String(fault)});
        }
      }}></textarea>${state.jsonFault ? html`<p class="problem">${state.jsonFault}</p>` : nothing}`;
}

const sections = {exit: exitSection, registers: registerSection, cpuid: cpuidSection, vcpus: vcpuSection, json: jsonSection,
  pages: () => pageView(state, edit, set)};

function problem(/** @type {any} */ of) {
  return html`<div class="problem" role="alert"><b>${of.title ?? 'This cannot be answered'}</b><div>${of.detail ?? ''}</div>
    ${(of.errors ?? []).map((/** @type {any} */ one) => html`<div><button class="mono" @click=${() => toPointer(one.pointer)}>${one.pointer || '/'}</button> ${one.detail}</div>`)}</div>`;
}

/** Shows the part of the input that a JSON Pointer is about. */
function toPointer(/** @type {string} */ pointer) {
  const [, first, second, third] = (pointer ?? '').split('/');
  if (first === 'exit') {
    set({section: 'exit'});
  } else if (second === 'evmcsFields' && third) {
    goToField(third);
  } else if (second === 'registers' || second === 'cpuid' || second === 'vcpus') {
    set({section: second});
  } else {
    set({section: 'json'});
  }
}

function whatIfView() {
  const answer = state.counterfactuals;
  const toggle = (/** @type {string} */ label, /** @type {(request: any) => void} */ change) => html`<button @click=${() => edit(change)}>${label}</button>`;
  const flip = (/** @type {any} */ page, /** @type {number} */ offset, /** @type {bigint} */ mask) => (/** @type {any} */ request) => {
    const field = PAGES[page].fields.find((one) => one.offset === offset);
    if (field) {
      setField(request.snapshot, page, field, fieldValue(request.snapshot, page, field) ^ mask);
    }
  };
  return html`<p class="soft">Turn a condition, and see the answer change.</p><div class="row">
      ${toggle('nested flush hypercall', flip('evmcs', 0x344, 1n))}
      ${toggle('direct hypercall', flip('vpAssist', 0x20, 1n))}
      ${toggle('enlighten VM-entry', flip('vpAssist', 0x28, 1n))}
      ${toggle('TLB lock', flip('partitionAssist', 0, 1n))}
      ${toggle('CPUID bit 17', (request) => { request.snapshot.cpuid ??= {}; request.snapshot.cpuid.nestedEax = hex(word(request.snapshot.cpuid.nestedEax) ^ (1n << 17n)); })}
    </div>
    ${state.answer ? decisionView({...state.answer, explanation: undefined}, goTo) : nothing}
    <h3>The smallest changes that would change the answer</h3>
    ${answer === undefined ? html`<p class="soft">Looking.</p>` : answer.ok ? (answer.body.sets ?? answer.body.counterfactuals ?? []).map((/** @type {any} */ one) => html`<div class="card">
        ${one.changes.map((/** @type {any} */ change) => html`<div class="mono">${change.field ?? change.pointer}${change.bit === undefined ? '' : ` bit ${change.bit}`}: ${change.from} → ${change.to}</div>`)}
        <div class="soft">${JSON.stringify(one.becomes ?? one.answer ?? {})}</div></div>`)
      : html`<p class="soft">${answer.status === 404 ? 'This service does not look for them.' : answer.body.detail ?? answer.body.title}</p>`}`;
}

const views = {
  decision: () => state.problem ? problem(state.problem)
    : state.answer ? decisionView(state.answer, goTo) : html`<p class="soft">Give an exit, and its decision is here.</p>`,
  whatif: () => state.problem ? problem(state.problem) : whatIfView(),
  entry: () => state.entry === undefined ? html`<p class="soft">Looking.</p>`
    : state.entry.ok ? entryView(state.entry.body, goToField) : problem(state.entry.body),
  audit: () => state.audit ? auditView(state, (part) => { set(part); timeline?.select(state.chosenExit); })
    : html`<p class="soft">Drop a trace of trace-cmd, perf or ftrace: its exits are shown over time.</p>`,
};

function tabs(/** @type {string[][]} */ all, /** @type {string} */ of, /** @type {string} */ label, /** @type {string} */ prefix) {
  const current = all.findIndex(([name]) => name === state[of]);
  const show = (/** @type {number} */ i) => {
    const next = all[(i + all.length) % all.length][0];
    state[of] = next;
    decide();
    document.getElementById(`${prefix}-${next}`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label}
      @keydown=${(/** @type {KeyboardEvent} */ e) => {
        if (e.key === 'ArrowRight' || e.key === 'ArrowLeft') {
          show(current + (e.key === 'ArrowRight' ? 1 : -1));
        }
      }}>${all.map(([name, title], i) => html`<button role="tab" id=${`${prefix}-${name}`} aria-selected=${i === current}
        tabindex=${i === current ? 0 : -1} @click=${() => show(i)}>${title}</button>`)}</div>`;
}

const copies = {
  'as curl': () => `curl -s '${location.origin}/v1/decisions?explain=true' -H 'Content-Type: application/json' -d '\n${
    JSON.stringify(state.request, null, 1).replaceAll("'", "'\\''")}'`,
  'as JSON': () => JSON.stringify(state.request, null, 1),
  'as text': () => plain(),
  'as a test case': () => JSON.stringify({id: 'from-the-explorer', request: state.request, expect: state.answer}),
  'a link': () => location.href,
};

/** For a mailing list: at most 78 columns. */
function plain() {
  const answer = state.answer;
  if (!answer) {
    return JSON.stringify(state.problem ?? state.entry?.body ?? {}, null, 1);
  }
  const lines = [`Exit ${answer.exitReason.name ?? ''} (${answer.exitReason.raw}): ${answer.handledBy} handles it.`];
  for (const [name, holds] of Object.entries(answer.l2TlbFlush?.conditions ?? {})) {
    lines.push(`  ${holds ? 'holds' : 'FAILS'}  ${name}`);
  }
  if (answer.exitToL1) {
    lines.push(`L1 gets exit ${answer.exitToL1.reason}, qualification ${answer.exitToL1.qualification}.`);
  }
  for (const one of answer.explanation ?? []) {
    lines.push(`  ${one.rule} ${one.met ? 'met' : 'not met'}: ${one.evidence}`);
  }
  return lines.flatMap((line) => line.match(/.{1,78}(?:\s|$)|.{1,78}/g) ?? []).join('\n');
}

async function copy(/** @type {keyof typeof copies} */ how) {
  try {
    await navigator.clipboard.writeText(copies[how]());
    set({said: `Copied ${how}.`});
  } catch {
    set({said: 'The browser does not let this page copy.'});
  }
}

function theme(/** @type {string} */ name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem('theme', name);
  timeline?.soon();
}

function draw() {
  render(html`
    <header><h1>VMX Decision Explorer</h1>
      <label class="soft">Example <select id="examples" @change=${(/** @type {any} */ e) => { state.artefacts = undefined; load(state.examples[e.target.value].request); }}>
        <option value="" disabled selected>choose one</option>
        ${state.examples.map((/** @type {any} */ one, /** @type {number} */ i) => html`<option value=${i}>${one.name}</option>`)}</select></label>
      <label class="soft">Copy <select id="copy" @change=${(/** @type {any} */ e) => { copy(e.target.value); e.target.selectedIndex = 0; }}>
        <option disabled selected>…</option>${Object.keys(copies).map((how) => html`<option>${how}</option>`)}</select></label>
      <span role="status" class="soft">${state.said}</span><span class="grow"></span>
      <a href="/swagger-ui.html">API page</a>
      <button @click=${() => theme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark')}>Light or dark</button></header>
    <main>
      <section aria-label="Input">
        <div class="panel"><label for="paste"><b>Paste or drop anything</b> <span class="soft">a dump, a trace, a number, a libvirt file, a request</span></label>
          <textarea id="paste" class="paste" spellcheck="false" .value=${state.pasted}
            @input=${(/** @type {any} */ e) => { state.pasted = e.target.value; }}
            @paste=${(/** @type {any} */ e) => { state.pasted = e.clipboardData.getData('text'); if (state.pasted) { e.preventDefault(); e.target.value = state.pasted; take(state.pasted); } }}
            @dragover=${(/** @type {any} */ e) => { e.preventDefault(); e.target.classList.add('drop'); }}
            @dragleave=${(/** @type {any} */ e) => e.target.classList.remove('drop')}
            @drop=${async (/** @type {any} */ e) => { e.preventDefault(); e.target.classList.remove('drop'); dropped(e.dataTransfer); }}></textarea>
          <div class="row"><button class="primary" id="take" @click=${() => take(state.pasted)}>Read it</button>
            <label class="soft">or a file <input type="file" id="file" @change=${(/** @type {any} */ e) => e.target.files[0] && file(e.target.files[0])}></label></div>
          ${state.artefacts ? artefactCards(state.artefacts) : nothing}</div>
        <div class="panel">${tabs(SECTIONS, 'section', 'Parts of the input', 'section')}
          <div role="tabpanel" aria-labelledby=${`section-${state.section}`}>${sections[/** @type {keyof typeof sections} */ (state.section)]()}</div></div>
      </section>
      <section aria-label="Answer" id="answer" tabindex="-1"><div class="panel">
        ${tabs(VIEWS, 'view', 'Answers', 'view')}
        <div role="tabpanel" aria-labelledby=${`view-${state.view}`}>${views[/** @type {keyof typeof views} */ (state.view)]()}</div></div></section>
    </main>`, /** @type {HTMLElement} */ (document.getElementById('app')));
  const canvas = /** @type {HTMLCanvasElement | null} */ (document.getElementById('timeline'));
  if (canvas && timeline?.canvas !== canvas) {
    timeline = new Timeline(canvas, state.audit.exits, (index) => set({chosenExit: index}));
    /** @type {any} */ (globalThis).timeline = timeline; // for the browser test
  }
}

/** Text as text, so that it can be read here too; what is not UTF-8 as bytes. @param {File} one */
async function file(one) {
  const bytes = new Uint8Array(await one.arrayBuffer());
  try {
    const text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
    if (!text.includes('\0')) {
      state.pasted = text.length < 100_000 ? text : text.slice(0, 100_000);
      await take(text);
      return;
    }
  } catch {
    // Bytes.
  }
  await take(one);
}

function dropped(/** @type {DataTransfer} */ data) {
  if (data.files.length) {
    return file(data.files[0]);
  }
  state.pasted = data.getData('text');
  return take(state.pasted);
}

const stored = localStorage.getItem('theme');
document.getElementById('app')?.replaceChildren();
theme(stored === 'dark' || stored === 'light' ? stored : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
draw();
const [fields, reasons, examples, kept] = await Promise.all([
  get('/v1/evmcs/fields'), get('/v1/exit-reasons'), get('/explorer/examples.json'), unpack(location.hash.slice(1))]);
PAGES.evmcs.fields = fields.ok ? fields.body.fields : [];
state.reasons = reasons.ok ? reasons.body.exitReasons : [];
state.examples = examples.ok ? examples.body : [];
if (kept?.request?.snapshot) {
  Object.assign(state, {request: kept.request, original: kept.original?.snapshot ? kept.original : structuredClone(kept.request)});
  for (const [all, of] of /** @type {[any, string][]} */ ([[SECTIONS.map(([n]) => n), 'section'], [VIEWS.map(([n]) => n), 'view'], [Object.keys(PAGES), 'page']])) {
    state[of] = all.includes(kept[of]) ? kept[of] : state[of];
  }
  decide();
} else if (state.examples.length) {
  load(state.examples[0].request);
}
