// <hex-page>: a page as bytes, each with its field; arrow keys move, hexadecimal digits write.
import {html, nothing, render} from '/webjars/lit-html/lit-html.js';
import {PAGE_BYTES} from './bytes.js';
import {PAGES, fieldAt} from './model.js';

const ROW = 16;

/** Where the last field ends, as whole rows. */
function fieldsEnd(page) {
  const end = Math.max(...PAGES[page].fields.map(it => it.offset + it.size));
  return Math.ceil(end / ROW) * ROW;
}

class HexPage extends HTMLElement {
  /** @type {import('./model.js').PageName} */
  #page = 'evmcs';
  #bytes = new Uint8Array(PAGE_BYTES);
  #loaded = new Uint8Array(PAGE_BYTES);
  #selected = 0;
  #all = false;
  #high = -1; // the first digit of a byte that is being typed

  connectedCallback() {
    this.addEventListener('click', event => this.#click(event));
    this.addEventListener('keydown', event => this.#key(event));
  }

  /**
   * @param {{page: import('./model.js').PageName, bytes: Uint8Array, loaded: Uint8Array|null, selected: number}} view
   */
  set view({page, bytes, loaded, selected}) {
    if (page !== this.#page) {
      this.#all = false;
    }
    if (page !== this.#page || selected !== this.#selected) {
      this.#high = -1;
    }
    this.#page = page;
    this.#bytes = bytes;
    this.#loaded = loaded ?? bytes;
    this.#selected = selected;
    if (selected >= fieldsEnd(page)) {
      this.#all = true;
    }
    this.#draw();
  }

  /** @param {number} offset moves there, with the focus */
  reveal(offset) {
    const cell = /** @type {HTMLElement|null} */ (this.querySelector(`[data-offset="${offset}"]`));
    cell?.scrollIntoView({block: 'center'});
    cell?.focus({preventScroll: true});
  }

  /** @param {Event} event */
  #click(event) {
    const cell = /** @type {HTMLElement} */ (event.target).closest('[data-offset]');
    if (cell) {
      this.#select(Number(/** @type {HTMLElement} */ (cell).dataset.offset));
    }
  }

  #select(offset) {
    this.dispatchEvent(new CustomEvent('byte', {detail: {offset}}));
    const cell = /** @type {HTMLElement|null} */ (this.querySelector(`[data-offset="${offset}"]`));
    cell?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const cell = /** @type {HTMLElement} */ (event.target).closest('[data-offset]');
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const at = Number(/** @type {HTMLElement} */ (cell).dataset.offset);
    const limit = this.#all ? PAGE_BYTES : fieldsEnd(this.#page);
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ROW, ArrowDown: ROW, Home: -(at % ROW),
      End: ROW - 1 - at % ROW, PageUp: -8 * ROW, PageDown: 8 * ROW}[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const to = at + step;
      if (to >= 0 && to < limit) {
        this.#select(to);
      }
    } else if (/^[0-9a-fA-F]$/.test(event.key)) {
      event.preventDefault();
      const digit = parseInt(event.key, 16);
      const second = this.#high >= 0;
      const value = second ? this.#high << 4 | digit : this.#bytes[at] & 0x0f | digit << 4;
      this.dispatchEvent(new CustomEvent('edit', {detail: {offset: at, value}}));
      this.#high = second ? -1 : digit;
      if (second && at + 1 < limit) {
        this.#select(at + 1);
      }
    }
  }

  #cell(offset, field) {
    const byte = this.#bytes[offset];
    const here = fieldAt(this.#page, offset);
    const changed = byte !== this.#loaded[offset];
    const names = ['byte', here?.cleanBit !== undefined ? 'g' + here.cleanBit : here ? 'g-none' : 'g-hole',
      byte ? '' : 'zero', changed ? 'changed' : '', here && here === field ? 'field' : '',
      offset === this.#selected ? 'selected' : ''].join(' ');
    const label = `0x${offset.toString(16)} ${here?.name ?? 'no field'}${changed ? ', changed' : ''}: `
      + byte.toString(16).padStart(2, '0');
    return html`<span role="gridcell" class=${names} data-offset=${offset} title=${label} aria-label=${label}
      aria-selected=${offset === this.#selected} tabindex=${offset === this.#selected ? 0 : -1}
      >${byte.toString(16).padStart(2, '0')}</span>`;
  }

  #draw() {
    const field = fieldAt(this.#page, this.#selected);
    const end = this.#all ? PAGE_BYTES : fieldsEnd(this.#page);
    const rows = [];
    for (let row = 0; row < end; row += ROW) {
      rows.push(html`<div role="row" class="row"><span role="rowheader" class="offset"
        >${row.toString(16).padStart(3, '0')}</span>${Array.from({length: ROW}, (_, i) => this.#cell(row + i, field))
      }</div>`);
    }
    render(html`<div class="hex" role="grid" aria-label=${PAGES[this.#page].title + ' page, bytes'}>${rows}</div>
      ${fieldsEnd(this.#page) === PAGE_BYTES ? nothing : html`<button class="quiet" type="button"
        @click=${() => { this.#all = !this.#all; this.#draw(); }}>${this.#all ? 'Only bytes with fields'
          : 'All 4,096 bytes'}</button>`}`, this);
  }
}

customElements.define('hex-page', HexPage);
