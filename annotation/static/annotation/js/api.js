/** JSON over HTTP: the session's CSRF token, problem+json as errors, retries where they are safe. */

/** @typedef {import("./types.js").Problem} Problem */

/** The server understood and refused: sending the same again will not help. */
export class Refused extends Error {
  /** @param {number} status @param {Problem} problem */
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.code = problem.code;
  }
}

/** No answer, or one that says "later": the same request may be sent again. */
export class Unreachable extends Error {
  /** @param {string} [message] @param {number} [status] of the answer; 0 where there was none */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The token of the session as it is now: signing in again elsewhere changed it. @returns {string} */
export function cookieToken() {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(globalThis.document?.cookie ?? "")?.[1] ?? "";
}

/**
 * @param {{csrf: string, fetch?: typeof fetch, timeout_ms?: number}} options
 */
export function makeApi({ csrf, fetch: send = (...args) => fetch(...args), timeout_ms = 20_000 }) {
  /**
   * @param {"GET" | "POST" | "PUT" | "PATCH"} method
   * @param {string} url
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   * @param {AbortSignal} [signal] ends the attempt
   * @returns {Promise<any>}
   */
  async function call(method, url, body, headers = {}, signal) {
    const timeout = AbortSignal.timeout(timeout_ms);
    const answer = await attempt(() =>
      send(url, {
        method,
        credentials: "same-origin",
        headers: {
          Accept: "application/json",
          "X-CSRFToken": cookieToken() || csrf,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      }),
    );
    if (LATER.has(answer.status)) throw new Unreachable(`${answer.status}`, answer.status);
    const text = await attempt(() => answer.text());
    const data = parse(text);
    if (answer.ok) return data;
    throw new Refused(answer.status, data?.detail ? data : { code: "error", detail: `${answer.status}` });
  }
  return {
    /** @param {string} url */
    get: (url) => call("GET", url),
    /** @param {string} url @param {unknown} body @param {Record<string, string>} [headers] @param {AbortSignal} [signal] */
    post: (url, body, headers, signal) => call("POST", url, body, headers, signal),
    /** @param {string} url @param {unknown} body */
    put: (url, body) => call("PUT", url, body),
    /** @param {string} url @param {unknown} body */
    patch: (url, body) => call("PATCH", url, body),
  };
}

/** @typedef {ReturnType<typeof makeApi>} Api */

/**
 * @template T
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** An address of the configuration, with ID filled in. @param {string} template @param {string} id */
export function address(template, id) {
  return template.replace("ID", encodeURIComponent(id));
}
