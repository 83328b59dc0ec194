// What the page asks the service for. Every answer is an Answer; nothing throws on a refusal.

/**
 * @typedef {{ok: boolean, status: number, body: any}} Answer
 *   `body` is the parsed answer, or a problem (RFC 9457) when not `ok`.
 */

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Answer>}
 */
async function ask(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (fault) {
    return {ok: false, status: 0, body: {title: 'The service does not answer', detail: String(fault)}};
  }
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = response.ok ? text : {title: `HTTP ${response.status}`, detail: text.slice(0, 500)};
  }
  return {ok: response.ok, status: response.status, body};
}

/** @param {string} path */
export const get = (path) => ask(path, {headers: {Accept: 'application/json'}});

/**
 * @param {string} path
 * @param {any} body
 */
export const postJson = (path, body) =>
  ask(path, {
    method: 'POST',
    headers: {'Content-Type': 'application/json', Accept: 'application/json'},
    body: JSON.stringify(body),
  });

/**
 * @param {string} path
 * @param {BodyInit} body
 * @param {string} type
 */
export const postBody = (path, body, type) =>
  ask(path, {method: 'POST', headers: {'Content-Type': type, Accept: 'application/json'}, body});
