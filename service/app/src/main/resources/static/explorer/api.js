// Asks the service that the page came from.

let token = '';

/** @param {string} value the bearer token to send from now on, held in this page alone */
export function useToken(value) {
  token = value;
}

/**
 * @param {string} path
 * @param {{body?: BodyInit, type?: string, accept?: string, signal?: AbortSignal}} [options] with a body: a POST
 * @returns {Promise<{status: number, ok: boolean, body: any}>} a problem (RFC 9457) where ok is false; status 0 if
 *     there was no answer
 */
export async function ask(path, {body, type = 'application/json', accept = 'application/json', signal} = {}) {
  /** @type {Record<string, string>} */
  const headers = {Accept: `${accept}, application/problem+json`};
  if (body !== undefined) {
    headers['Content-Type'] = type;
  }
  if (token) {
    headers.Authorization = 'Bearer ' + token;
  }
  let response;
  try {
    response = await fetch(path, {method: body === undefined ? 'GET' : 'POST', headers, body, signal});
    const isText = response.headers.get('Content-Type')?.startsWith('text/');
    const answer = isText ? await response.text() : await response.json();
    return {status: response.status, ok: response.ok, body: answer};
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    const title = response ? 'The answer cannot be read' : 'The service does not answer';
    return {status: response?.status ?? 0, ok: false, body: {title, detail: String(error.message ?? error)}};
  }
}
