// Words, pages and base64. Words are BigInt where they may have 64 bits.

export const PAGE_BYTES = 4096;

/** @param {Uint8Array} bytes @returns {string} base64, RFC 4648, padded */
export function toBase64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}

/** @param {string} text @returns {Uint8Array} @throws {DOMException} if it is no base64 */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), c => c.charCodeAt(0));
}

/** @param {bigint|number} value @returns {string} as the API writes it */
export function hex(value) {
  return '0x' + value.toString(16);
}

/**
 * @param {string} text hexadecimal with 0x, or decimal
 * @param {number} bytes how many the word may have: 1, 2, 4 or 8
 * @returns {bigint|null} null if it is no such word
 */
export function word(text, bytes) {
  const plain = text.trim();
  if (!/^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(plain)) {
    return null;
  }
  const value = BigInt(plain);
  return value < 1n << BigInt(8 * bytes) ? value : null;
}

/** @param {Uint8Array} page @param {number} offset @param {number} size @returns {bigint} little-endian */
export function read(page, offset, size) {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) {
    value = value << 8n | BigInt(page[offset + i]);
  }
  return value;
}

/** @param {Uint8Array} page @param {number} offset @param {number} size @param {bigint} value */
export function write(page, offset, size, value) {
  for (let i = 0; i < size; i++) {
    page[offset + i] = Number(value >> BigInt(8 * i) & 0xffn);
  }
}
