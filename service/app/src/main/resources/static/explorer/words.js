// Words, bytes and base64.

/** @param {string | undefined} text @returns {bigint} 0 for what is no number */
export function word(text) {
  try {
    return text === undefined || text === '' ? 0n : BigInt(text);
  } catch {
    return 0n;
  }
}

/** @param {bigint} value */
export const hex = (value) => '0x' + value.toString(16);

/** @param {string | undefined} base64 @param {number} size @returns {Uint8Array} */
export function bytes(base64, size) {
  const all = new Uint8Array(size);
  if (base64) {
    const text = atob(base64);
    for (let i = 0; i < Math.min(size, text.length); i++) {
      all[i] = text.charCodeAt(i);
    }
  }
  return all;
}

/** @param {Uint8Array} array */
export function base64(array) {
  let text = '';
  for (const one of array) {
    text += String.fromCharCode(one);
  }
  return btoa(text);
}

/** @param {Uint8Array} array @param {number} offset @param {number} size little-endian */
export function read(array, offset, size) {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) {
    value = (value << 8n) | BigInt(array[offset + i]);
  }
  return value;
}

/** @param {Uint8Array} array @param {number} offset @param {number} size @param {bigint} value */
export function write(array, offset, size, value) {
  for (let i = 0; i < size; i++) {
    array[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}

/** The state of the page as text that fits a URL's fragment. @param {any} state */
export async function pack(state) {
  const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  return base64(packed).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const MOST_STATE = 4 << 20;

/** @param {string} text @returns {Promise<any>} null for what {@link pack} has not made */
export async function unpack(text) {
  try {
    const packed = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    const parts = [];
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > MOST_STATE) { // a link from outside may be a bomb
        return null;
      }
      parts.push(part.value);
    }
    return JSON.parse(await new Blob(parts).text());
  } catch {
    return null;
  }
}
