// The three shared pages of a snapshot, as bytes and by field.
import {base64, bytes, hex, read, word, write} from './words.js';

/**
 * @typedef {{name: string, offset: number, size: number, cleanBit?: number, cleanGroup?: string}} Field
 * @typedef {'evmcs' | 'vpAssist' | 'partitionAssist'} PageName
 */

export const PAGE_BYTES = 4096;
const DIRECT_HYPERCALL = 1n;

/** @type {Record<PageName, {title: string, bytes: string, fields: Field[]}>} */
export const PAGES = {
  evmcs: {title: 'eVMCS', bytes: 'evmcs', fields: []},
  vpAssist: {
    title: 'VP assist page',
    bytes: 'vpAssistPage',
    fields: [
      {name: 'nested_control.features', offset: 0x20, size: 4},
      {name: 'enlighten_vmentry', offset: 0x28, size: 1},
      {name: 'current_nested_vmcs', offset: 0x30, size: 8},
    ],
  },
  partitionAssist: {
    title: 'Partition assist page',
    bytes: 'partitionAssistPage',
    fields: [{name: 'tlb_lock_count', offset: 0, size: 4}],
  },
};

/** @param {any} snapshot @param {PageName} page */
export function isGiven(snapshot, page) {
  return page === 'evmcs'
    ? Boolean(snapshot.evmcs || snapshot.evmcsFields)
    : Boolean(snapshot[PAGES[page].bytes] || snapshot[page]);
}

/** The bytes of a page, with the fields of the request laid over. @param {any} snapshot @param {PageName} page */
export function pageBytes(snapshot, page) {
  const all = bytes(snapshot[PAGES[page].bytes], PAGE_BYTES);
  if (page === 'evmcs') {
    for (const [name, value] of Object.entries(snapshot.evmcsFields ?? {})) {
      const field = PAGES.evmcs.fields.find((one) => one.name === name);
      if (field) {
        write(all, field.offset, field.size, word(/** @type {string} */ (value)));
      }
    }
  } else if (page === 'vpAssist' && snapshot.vpAssist) {
    const given = snapshot.vpAssist;
    if (given.directHypercall !== undefined) {
      const features = read(all, 0x20, 4) & ~DIRECT_HYPERCALL;
      write(all, 0x20, 4, given.directHypercall ? features | DIRECT_HYPERCALL : features);
    }
    if (given.enlightenVmentry !== undefined) {
      all[0x28] = given.enlightenVmentry ? 1 : 0;
    }
    if (given.currentNestedVmcs !== undefined) {
      write(all, 0x30, 8, word(given.currentNestedVmcs));
    }
  } else if (page === 'partitionAssist' && snapshot.partitionAssist?.tlbLockCount !== undefined) {
    write(all, 0, 4, BigInt(snapshot.partitionAssist.tlbLockCount));
  }
  return all;
}

/** @param {PageName} page @param {number} offset */
export const fieldAt = (page, offset) =>
  PAGES[page].fields.find((field) => offset >= field.offset && offset < field.offset + field.size);

/** @param {any} snapshot @param {PageName} page @param {Field} field */
export const fieldValue = (snapshot, page, field) =>
  read(pageBytes(snapshot, page), field.offset, field.size);

/** Writes a field: the eVMCS by name, so that the request stays short; the others as a page. */
export function setField(/** @type {any} */ snapshot, /** @type {PageName} */ page,
    /** @type {Field} */ field, /** @type {bigint} */ value) {
  const fitting = BigInt.asUintN(8 * field.size, value);
  if (page === 'evmcs') {
    snapshot.evmcsFields = {...snapshot.evmcsFields, [field.name]: hex(fitting)};
    return;
  }
  const all = pageBytes(snapshot, page);
  write(all, field.offset, field.size, fitting);
  snapshot[PAGES[page].bytes] = base64(all);
  delete snapshot[page];
}

/** Writes one byte, wherever it is. */
export function setByte(/** @type {any} */ snapshot, /** @type {PageName} */ page,
    /** @type {number} */ offset, /** @type {number} */ value) {
  const all = pageBytes(snapshot, page);
  all[offset] = value;
  const field = fieldAt(page, offset);
  if (page === 'evmcs' && field) {
    setField(snapshot, page, field, read(all, field.offset, field.size));
    return;
  }
  snapshot[PAGES[page].bytes] = base64(all);
  if (page === 'evmcs') {
    delete snapshot.evmcsFields;
  } else {
    delete snapshot[page];
  }
}
