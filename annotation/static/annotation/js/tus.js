/** Sends a file in pieces that can be taken up again where they ended: the core of tus 1.0.0, with a checksum for each piece. */

import { Refused, Unreachable } from "./api.js";

const VERSION = "1.0.0";
const GONE = new Set([404, 410]);
/** The server has another offset than we believed. */
const OTHER_OFFSET = 409;
/** What arrived is not what was sent. */
export const DAMAGED = 460;
/** Pieces in a row that the server had no use for, and which were asked for anew at once. */
const PATIENCE = 3;
const LATER = new Set([408, 423, 425, 429, 500, 502, 503, 504]);

/** @typedef {{csrf: () => string, fetch?: typeof fetch, timeout_ms?: number}} Options */

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<Uint8Array>} */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** @param {Uint8Array} bytes */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
/** @param {string} text */
const encoded = (text) => base64(new TextEncoder().encode(text));

/** @param {Options} options */
export function makeTus({ csrf, fetch: send = (...args) => fetch(...args), timeout_ms = 60_000 }) {
  let inVain = 0;

  /**
   * @param {string} method @param {string} url @param {Record<string, string>} headers
   * @param {AbortSignal | undefined} signal @param {Uint8Array<ArrayBuffer>} [body]
   */
  async function call(method, url, headers, signal, body) {
    const timeout = AbortSignal.timeout(timeout_ms);
    try {
      return await send(url, {
        method,
        credentials: "same-origin",
        headers: { "Tus-Resumable": VERSION, Accept: "application/json", "X-CSRFToken": csrf(), ...headers },
        body,
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      });
    } catch (error) {
      throw new Unreachable(String(error));
    }
  }

  return {
    /**
     * Announce a file.
     * @param {string} url @param {number} length bytes @param {Record<string, string>} metadata @param {AbortSignal} [signal]
     * @returns {Promise<string>} the address of its pieces
     */
    async create(url, length, metadata, signal) {
      const described = Object.entries(metadata).map(([name, value]) => `${name} ${encoded(value)}`);
      const answer = await call("POST", url, { "Upload-Length": String(length), "Upload-Metadata": described.join(",") }, signal);
      if (!answer.ok) throw await refusal(answer);
      const address = answer.headers.get("Location");
      if (!address) throw new Unreachable("The server named no address for the upload.");
      return address;
    },
    /**
     * @param {string} address @param {AbortSignal} [signal]
     * @returns {Promise<number | null>} bytes that are there; null where the upload is no more
     */
    async offset(address, signal) {
      const answer = await call("HEAD", address, {}, signal);
      if (GONE.has(answer.status)) return null;
      if (!answer.ok) throw await refusal(answer);
      return offsetOf(answer);
    },
    /**
     * @param {string} address @param {number} at bytes that are there @param {Uint8Array<ArrayBuffer>} piece @param {AbortSignal} [signal]
     * @returns {Promise<number | null>} bytes that are there now; null: ask for the offset. Throws Unreachable, with the
     * status DAMAGED where the piece came damaged, and where asking for the offset has not helped: wait, and try again
     */
    async append(address, at, piece, signal) {
      const headers = {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": String(at),
        "Upload-Checksum": `sha256 ${base64(await sha256(piece))}`,
      };
      const answer = await call("PATCH", address, headers, signal, piece);
      if (answer.status === DAMAGED) throw new Unreachable("The piece did not arrive as it was sent.", DAMAGED);
      if (answer.status === OTHER_OFFSET || GONE.has(answer.status)) {
        if (++inVain < PATIENCE) return null;
        inVain = 0;
        throw new Unreachable("The server has another offset each time.", answer.status);
      }
      if (!answer.ok) throw await refusal(answer);
      inVain = 0;
      return offsetOf(answer);
    },
    /**
     * Let the server forget what it has of an upload. Throws Unreachable; what it answers changes nothing here.
     * @param {string} address @param {AbortSignal} [signal]
     */
    async end(address, signal) {
      await call("DELETE", address, {}, signal);
    },
  };
}

/** @typedef {ReturnType<typeof makeTus>} Tus */

/** @param {Response} answer */
function offsetOf(answer) {
  const offset = Number.parseInt(answer.headers.get("Upload-Offset") ?? "", 10);
  if (Number.isNaN(offset)) throw new Unreachable("The server named no offset.");
  return offset;
}

/** @param {Response} answer @returns {Promise<Refused | Unreachable>} */
async function refusal(answer) {
  if (LATER.has(answer.status)) return new Unreachable(`${answer.status}`, answer.status);
  const problem = await answer.json().catch(() => null);
  return new Refused(answer.status, problem?.detail ? problem : { code: "error", detail: `${answer.status}` });
}
