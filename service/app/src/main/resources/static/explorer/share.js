// The state as the fragment of the address: browsers do not send it, so no server logs a guest's memory.

/** @param {ReadableStream} stream @returns {Promise<Uint8Array>} */
async function all(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** How large a state may become when it is unpacked, in bytes: a link may come from anybody. */
const MOST = 64 * 1024 * 1024;

/** @param {object} state @returns {Promise<string>} base64url of the compressed JSON */
export async function pack(state) {
  const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = await all(stream);
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @param {string} text what pack returned @returns {Promise<object>} @throws if it is anything else */
export async function unpack(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0));
  let size = 0;
  const bounded = new TransformStream({
    transform(chunk, out) {
      size += chunk.length;
      if (size > MOST) {
        throw new RangeError('The link holds more than 64 MiB.');
      }
      out.enqueue(chunk);
    },
  });
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).pipeThrough(bounded);
  return JSON.parse(new TextDecoder().decode(await all(stream)));
}
