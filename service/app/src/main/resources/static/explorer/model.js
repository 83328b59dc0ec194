// The snapshot as bytes, and its way to the request and back.
import {PAGE_BYTES, fromBase64, hex, read, toBase64, word, write} from './bytes.js';

/**
 * @typedef {{name: string, tlfsName?: string, offset: number, size: number, vmcsEncoding?: string,
 *   cleanGroup?: string, cleanBit?: number, bits?: {bit: number, name: string}[], l0ReadsOnEntry?: boolean,
 *   l0WritesOnExit?: boolean}} Field
 * @typedef {'evmcs'|'vpAssist'|'partitionAssist'} PageName
 * @typedef {{rest: any, pages: Record<PageName, Uint8Array|null>, loaded: Record<PageName, Uint8Array|null>}} Model
 */

/** @type {Field[]} what L0 reads of a VP assist page; TLFS, HV_VP_ASSIST_PAGE */
const VP_ASSIST = [
  {name: 'nested_control.features', offset: 0x20, size: 4, bits: [{bit: 0, name: 'DirectHypercall'}]},
  {name: 'enlighten_vmentry', offset: 0x28, size: 1},
  {name: 'current_nested_vmcs', offset: 0x30, size: 8},
];

/** @type {Field[]} TLFS, HV_VMX_ENLIGHTENED_VMCS: partition assist page */
const PARTITION_ASSIST = [{name: 'TlbLockCount', offset: 0, size: 4}];

/** What each page is called, which fields it has, and where it stands in a request. */
export const PAGES = {
  evmcs: {title: 'eVMCS', fields: /** @type {Field[]} */ ([]), page: 'evmcs', values: 'evmcsFields'},
  vpAssist: {title: 'VP assist', fields: VP_ASSIST, page: 'vpAssistPage', values: 'vpAssist'},
  partitionAssist: {title: 'Partition assist', fields: PARTITION_ASSIST, page: 'partitionAssistPage',
    values: 'partitionAssist'},
};

/** @type {PageName[]} */
export const PAGE_NAMES = ['evmcs', 'vpAssist', 'partitionAssist'];

/** CPUID leaf 0x4000000A EAX and its neighbours, bits that decisions look at. */
export const CPUID_BITS = [
  {word: 'nestedEax', bit: 17, name: 'direct virtual flush', leaf: '0x4000000A EAX'},
  {word: 'enlightenmentsEax', bit: 2, name: 'remote TLB flush', leaf: '0x40000004 EAX'},
  {word: 'enlightenmentsEax', bit: 11, name: 'Ex processor masks', leaf: '0x40000004 EAX'},
  {word: 'featuresEdx', bit: 4, name: 'XMM hypercall input', leaf: '0x40000003 EDX'},
];

export const REGISTERS = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12',
  'r13', 'r14', 'r15', 'rip', 'rflags'];

/** @param {PageName} page @param {number} offset @returns {Field|undefined} */
export function fieldAt(page, offset) {
  return PAGES[page].fields.find(it => offset >= it.offset && offset < it.offset + it.size);
}

/** @param {PageName} page @param {string} name @returns {Field|undefined} */
export function fieldNamed(page, name) {
  return PAGES[page].fields.find(it => it.name === name);
}

/** Words with a sign or of a wrong form stay for the service to refuse, which says where. */
class Unreadable extends Error {}

/** @param {any} text @param {number} size @returns {bigint} */
function wordOf(text, size) {
  const value = typeof text === 'string' ? word(text, size) : null;
  if (value === null) {
    throw new Unreadable();
  }
  return value;
}

/** @param {any} snapshot @param {PageName} name @returns {Uint8Array|null} */
function pageOf(snapshot, name) {
  const {page, values} = PAGES[name];
  if (snapshot[page] === undefined && snapshot[values] === undefined) {
    return null;
  }
  const bytes = new Uint8Array(PAGE_BYTES);
  if (snapshot[page] !== undefined) {
    const given = fromBase64(snapshot[page]);
    if (given.length !== PAGE_BYTES) {
      throw new Unreadable();
    }
    bytes.set(given);
  }
  for (const [key, value] of Object.entries(snapshot[values] ?? {})) {
    if (name === 'evmcs') {
      const field = fieldNamed(name, key);
      if (!field) {
        throw new Unreadable();
      }
      write(bytes, field.offset, field.size, wordOf(value, field.size));
    } else if (key === 'currentNestedVmcs') {
      write(bytes, 0x30, 8, wordOf(value, 8));
    } else if (key === 'enlightenVmentry' && typeof value === 'boolean') {
      bytes[0x28] = value ? 1 : 0;
    } else if (key === 'directHypercall' && typeof value === 'boolean') {
      bytes[0x20] = bytes[0x20] & ~1 | (value ? 1 : 0);
    } else if (key === 'tlbLockCount' && Number.isInteger(value) && value >= 0 && value < 2 ** 32) {
      write(bytes, 0, 4, BigInt(value));
    } else {
      throw new Unreadable();
    }
  }
  return bytes;
}

/**
 * @param {any} request of POST /v1/decisions
 * @returns {Model|null} null if its pages cannot be read: the service says why
 */
export function modelOf(request) {
  const rest = structuredClone(request);
  if (typeof rest !== 'object' || rest === null || typeof (rest.snapshot ?? {}) !== 'object') {
    return null;
  }
  rest.snapshot ??= {};
  /** @type {any} */
  const pages = {};
  try {
    for (const name of PAGE_NAMES) {
      pages[name] = pageOf(rest.snapshot, name);
      delete rest.snapshot[PAGES[name].page];
      delete rest.snapshot[PAGES[name].values];
    }
  } catch {
    return null;
  }
  const loaded = Object.fromEntries(PAGE_NAMES.map(name => [name, pages[name]?.slice() ?? null]));
  return {rest, pages, loaded: /** @type {any} */ (loaded)};
}

/** By name where that says all of the page, else as a page. @param {PageName} name @param {Uint8Array} bytes */
function valuesOf(name, bytes) {
  /** @type {Record<string, any>} */
  let values = {};
  if (name === 'evmcs') {
    for (const field of PAGES.evmcs.fields) {
      const value = read(bytes, field.offset, field.size);
      if (value || field.name === 'revision_id') {
        values[field.name] = hex(value);
      }
    }
  } else if (name === 'vpAssist') {
    values = {enlightenVmentry: bytes[0x28] !== 0, currentNestedVmcs: hex(read(bytes, 0x30, 8)),
      directHypercall: (bytes[0x20] & 1) !== 0};
  } else {
    values = {tlbLockCount: Number(read(bytes, 0, 4))};
  }
  const {page, values: key} = PAGES[name];
  const again = pageOf({[key]: values}, name);
  return again.every((byte, i) => byte === bytes[i]) ? {[key]: values} : {[page]: toBase64(bytes)};
}

/** @param {Model} model @returns {any} the request of POST /v1/decisions */
export function requestOf(model) {
  const request = structuredClone(model.rest);
  const parts = {};
  for (const name of PAGE_NAMES) {
    if (model.pages[name]) {
      Object.assign(parts, valuesOf(name, model.pages[name]));
    }
  }
  request.snapshot = {...parts, ...request.snapshot};
  return request;
}
