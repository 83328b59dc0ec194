// A page as Wireshark shows bytes: hex, fields by name, and the bits of the one that is selected.
import {html, nothing} from '/webjars/lit-html/lit-html.js';
import {PAGES, PAGE_BYTES, fieldAt, isGiven, pageBytes, setByte, setField} from './pages.js';
import {hex, read, word} from './words.js';

const ROW = 16;
const GROUPS = 8;

/**
 * @param {any} state `page`, `selected` (offset), `showZero`, `request`, `original`
 * @param {(change: (request: any) => void) => void} edit
 * @param {(part: any) => void} set
 */
export function pageView(state, edit, set) {
  /** @type {import('./pages.js').PageName} */
  const page = state.page;
  const snapshot = state.request.snapshot;
  const now = pageBytes(snapshot, page);
  const before = pageBytes(state.original.snapshot, page);
  const field = fieldAt(page, state.selected);
  return html`
    <div class="tabs" role="tablist" aria-label="Pages">
      ${Object.entries(PAGES).map(([name, one]) => html`
        <button role="tab" aria-selected=${name === page} @click=${() => set({page: name, selected: -1})}>
          ${one.title}</button>`)}
    </div>
    ${isGiven(snapshot, page) ? nothing
      : html`<p class="soft">This page is not given. An edit gives it, zero but for what you write.</p>`}
    ${field ? selectedField(page, field, now, edit) : html`<p class="soft">Select a byte or a field to see its bits.</p>`}
    <div class="scroll hex" role="group" aria-label="Bytes of the ${PAGES[page].title}" tabindex="0">
      ${rows(now, before, state.showZero).map((at) => html`
        <div><span class="off">${at.toString(16).padStart(3, '0')}</span>${
          bytesOf(at).map((offset) => byte(page, offset, now, before, field, edit, set))}</div>`)}
    </div>
    <p class="row"><label><input type="checkbox" .checked=${state.showZero}
        @change=${(/** @type {any} */ e) => set({showZero: e.target.checked})}> rows of zeros too</label>
      <span class="soft">Underlined by clean-field group; changed bytes are marked. Type two digits over a byte.</span></p>
    <details ?open=${state.fieldsOpen} @toggle=${(/** @type {any} */ e) => { state.fieldsOpen = e.target.open; }}>
      <summary>Fields by name</summary>
      <div class="scroll" tabindex="0" role="group" aria-label="Fields"><table class="fields"><thead><tr><th>Offset</th><th>Field</th><th>Value</th></tr></thead><tbody>
        ${PAGES[page].fields.map((one) => fieldRow(page, one, now, state, edit, set))}
      </tbody></table></div>
    </details>`;
}

/** @param {Uint8Array} now @param {Uint8Array} before @param {boolean} all */
function rows(now, before, all) {
  const shown = [];
  for (let at = 0; at < PAGE_BYTES; at += ROW) {
    if (all || at === 0 || bytesOf(at).some((i) => now[i] !== 0 || before[i] !== 0)) {
      shown.push(at);
    }
  }
  return shown;
}

const bytesOf = (/** @type {number} */ at) => Array.from({length: ROW}, (_, i) => at + i);

function byte(page, offset, now, before, selected, edit, set) {
  const of = fieldAt(page, offset);
  const classes = [
    of?.cleanBit === undefined ? '' : `g${of.cleanBit % GROUPS}`,
    now[offset] === 0 ? 'zero' : '',
    now[offset] === before[offset] ? '' : 'changed',
    selected && of === selected ? 'sel' : '',
  ].join(' ');
  const name = of ? `${of.name}, ` : '';
  return html`<button class=${classes} id=${`b${offset}`} title="${name}byte 0x${offset.toString(16)}${of?.cleanGroup ? ', ' + of.cleanGroup : ''}"
    @click=${() => set({selected: offset})}
    @keydown=${(/** @type {KeyboardEvent} */ e) => typed(e, page, offset, now, edit, set)}
    >${now[offset].toString(16).padStart(2, '0')}</button>${offset % 8 === 7 ? ' ' : ''}`;
}

/** A hexadecimal digit shifts into the byte; arrows move. */
function typed(event, page, offset, now, edit, set) {
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ROW, ArrowDown: ROW}[event.key];
  if (step !== undefined) {
    event.preventDefault();
    const next = offset + step;
    if (next >= 0 && next < PAGE_BYTES) {
      set({selected: next});
      document.getElementById(`b${next}`)?.focus();
    }
  } else if (/^[0-9a-fA-F]$/.test(event.key) && !event.ctrlKey && !event.metaKey) {
    edit((request) => setByte(request.snapshot, page, offset, ((now[offset] << 4) & 0xf0) | parseInt(event.key, 16)));
  }
}

function fieldRow(page, field, now, state, edit, set) {
  const value = read(now, field.offset, field.size);
  return html`<tr><td class="mono">0x${field.offset.toString(16).padStart(3, '0')}</td>
    <td><button class="mono" @click=${() => set({selected: field.offset})}>${field.name}</button></td>
    <td class="word"><input aria-label="${field.name}" .value=${hex(value)}
      @change=${(/** @type {any} */ e) => edit((request) => setField(request.snapshot, page, field, word(e.target.value)))}></td></tr>`;
}

function selectedField(page, field, now, edit) {
  const value = read(now, field.offset, field.size);
  const bits = Array.from({length: 8 * field.size}, (_, i) => 8 * field.size - 1 - i);
  const change = (/** @type {bigint} */ to) => edit((request) => setField(request.snapshot, page, field, to));
  return html`<div class="card" id="field">
    <div class="row"><b class="mono">${field.name}</b>
      <span class="soft">0x${field.offset.toString(16)}, ${field.size} bytes${field.cleanGroup
        ? `, clean bit ${field.cleanBit} (${field.cleanGroup})` : ''}${field.vmcsEncoding ? `, VMCS ${field.vmcsEncoding}` : ''}</span>
      <input aria-label="Value of ${field.name}" .value=${hex(value)}
        @change=${(/** @type {any} */ e) => change(word(e.target.value))}></div>
    <div class="bits">${bits.map((bit) => html`<label class=${(value >> BigInt(bit)) & 1n ? 'set' : ''}>
      <input type="checkbox" .checked=${Boolean((value >> BigInt(bit)) & 1n)}
        @change=${() => change(value ^ (1n << BigInt(bit)))}> ${bit}</label>`)}</div></div>`;
}
