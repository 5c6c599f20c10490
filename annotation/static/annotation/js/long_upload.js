/** Sends a file of gigabytes in pieces and goes on where it ended: after a pause, a lost network, or a page that was closed. */

import { Refused, Unreachable } from "./api.js";
import { makePace } from "./long_pace.js";
import { DAMAGED, hex, makeTus, sha256 } from "./tus.js";

const HEAD_BYTES = 1 << 20;
const WAIT_MS = 3000;
const KEPT = "speecheq-long-uploads";
const MOST_KEPT = 50;
const SENT = "#sent";
const TOO_LARGE = 413;
/** Of a server that is starting, or of one before it. */
const NOT_NOW = new Set([429, 502, 503, 504]);

/** Which file it is: size, when it was written, the hash of its first block, name. @param {File} file */
export async function identity(file) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return `${file.size}:${file.lastModified}:${hex(await sha256(head))}:${file.name}`;
}

/**
 * Addresses of uploads, by file. One that is whole is kept too: for another channel or another speaker the same file need
 * not be sent again.
 * @param {Storage} [storage]
 */
export function makeKept(storage = localStorage) {
  /** @returns {Record<string, string>} */
  const all = () => {
    try {
      return JSON.parse(storage.getItem(KEPT) ?? "{}") ?? {};
    } catch {
      return {};
    }
  };
  return {
    /** Of what was broken off. */
    names: () => Object.entries(all()).filter(([, to]) => !to.endsWith(SENT)).map(([id]) => id.split(":").slice(3).join(":")),
    /** @param {string} id */
    get: (id) => all()[id]?.replace(SENT, "") ?? null,
    /** @param {string} id @param {string} address @param {boolean} [whole] nothing of it is missing */
    set(id, address, whole = false) {
      const { [id]: _before, ...others } = all();
      const now = [...Object.entries(others), [id, whole ? address + SENT : address]];
      storage.setItem(KEPT, JSON.stringify(Object.fromEntries(now.slice(-MOST_KEPT))));
    },
  };
}

/**
 * Send what is missing of a file. Resolves with the upload's address once all is there.
 * @param {File} file
 * @param {{tus: import("./tus.js").Tus, url: string, kept: ReturnType<typeof makeKept>, signal: AbortSignal, metadata?: Record<string, string>, progress: (sent: number) => void, lost?: (why: Unreachable) => void, wait_ms?: number}} how
 */
export async function sendFile(file, { tus, url, kept, signal, metadata = {}, progress, lost, wait_ms = WAIT_MS }) {
  const id = await identity(file);
  const pace = makePace();
  /** @type {number | null} */ let at = null;
  let address = kept.get(id);
  for (;;) {
    signal.throwIfAborted();
    try {
      if (address && at === null) at = await tus.offset(address, signal);
      if (!address || at === null) {
        address = await tus.create(url, file.size, { filename: file.name, ...metadata }, signal);
        kept.set(id, address);
        at = 0;
      }
      progress(at);
      if (at >= file.size) {
        kept.set(id, address, true);
        return address;
      }
      at = await sendPiece(file, at, address, { tus, pace, signal });
    } catch (error) {
      if (signal.aborted || !(error instanceof Unreachable)) throw error;
      lost?.(error);
      at = null;
      await new Promise((go) => setTimeout(go, wait_ms));
    }
  }
}

/**
 * @param {File} file @param {number} at @param {string} address
 * @param {{tus: import("./tus.js").Tus, pace: ReturnType<typeof makePace>, signal: AbortSignal}} how
 * @returns {Promise<number | null>} bytes that are there now; null: ask
 */
async function sendPiece(file, at, address, { tus, pace, signal }) {
  const piece = new Uint8Array(await file.slice(at, at + pace.size).arrayBuffer());
  const begun = performance.now();
  try {
    const there = await tus.append(address, at, piece, signal);
    if (there !== null) pace.arrived(performance.now() - begun);
    return there;
  } catch (error) {
    const smaller = pace.failed();
    // A server in between may take less at a time than ours.
    if (error instanceof Refused && error.status === TOO_LARGE && smaller) return null;
    throw error;
  }
}

/**
 * Why a piece goes once more: nobody answered, it came damaged, or the server could not take it.
 * @param {DOMStringMap} words of the page @param {number} status of the answer; 0 where there was none
 */
export function reasonInWords({ textLost = "", textDamaged = "", textBusy = "" }, status) {
  if (status === DAMAGED) return textDamaged;
  return status ? textBusy.replace("%s", String(status)) : textLost;
}

/**
 * An answer of the server itself: where nobody answers, or it cannot just now, it is asked again.
 * @param {() => Promise<Response>} ask
 * @param {{signal: AbortSignal, lost: (status: number) => void, wait_ms?: number}} how `status`: 0 where nobody answered
 */
export async function untilAnswered(ask, { signal, lost, wait_ms = WAIT_MS }) {
  for (;;) {
    const answer = await ask().catch(() => null);
    signal.throwIfAborted();
    if (answer && !NOT_NOW.has(answer.status)) return answer;
    lost(answer?.status ?? 0);
    await new Promise((go) => setTimeout(go, wait_ms));
    signal.throwIfAborted();
  }
}

/** @param {HTMLFormElement} root */
export function mount(root) {
  const off = new AbortController();
  const signal = off.signal;
  const kept = makeKept();
  const tus = makeTus({ csrf: () => /** @type {HTMLInputElement} */ (root.elements.namedItem("csrfmiddlewaretoken")).value });
  const input = /** @type {HTMLInputElement} */ (root.querySelector("input[type=file]"));
  const start = /** @type {HTMLButtonElement} */ (root.querySelector("[data-part=start]"));
  const pause = /** @type {HTMLButtonElement} */ (root.querySelector("[data-part=pause]"));
  const status = /** @type {HTMLElement} */ (root.querySelector("[data-part=status]"));
  const bar = /** @type {HTMLProgressElement} */ (root.querySelector("progress"));
  const words = root.dataset;
  /** @type {AbortController | null} */ let sending = null;
  const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(0);

  /** @param {number} sent @param {File} file */
  function progress(sent, file) {
    bar.hidden = false;
    bar.value = sent / file.size;
    status.textContent = (words.textProgress ?? "").replace("%s", mb(sent)).replace("%s", mb(file.size));
  }

  /** Ask for a long recording of what was sent. @param {AbortSignal} until */
  async function use(until) {
    const ask = () => fetch(location.href, { method: "POST", body: new FormData(root), signal: until });
    const lost = (/** @type {number} */ code) => void (status.textContent = reasonInWords(words, code));
    const answer = await untilAnswered(ask, { signal: until, lost });
    if (!answer.redirected) return root.submit();  // refused: the page says why
    sending = null;
    location.assign(answer.url);
  }

  async function send() {
    const file = input.files?.[0];
    if (!file || !file.size) return void (status.textContent = words.textType ?? "");
    sending = new AbortController();
    const until = AbortSignal.any([signal, sending.signal]);
    start.hidden = true;
    pause.hidden = false;
    try {
      const address = await sendFile(file, {
        tus,
        url: words.uploads ?? "",
        kept,
        signal: until,
        metadata: { session: words.session ?? "" },
        progress: (sent) => progress(sent, file),
        lost: (why) => (status.textContent = reasonInWords(words, why.status)),
      });
      status.textContent = words.textDone ?? "";
      const upload = /** @type {HTMLInputElement} */ (root.elements.namedItem("upload"));
      upload.value = new URL(address, location.href).pathname.split("/").filter(Boolean).at(-1) ?? "";
      await use(until);
    } catch (error) {
      status.textContent = sending?.signal.aborted ? (words.textPaused ?? "") : String(/** @type {Error} */ (error).message);
    } finally {
      sending = null;
      start.hidden = false;
      pause.hidden = true;
    }
  }

  start.hidden = false;
  const broken = kept.names();
  if (broken.length) status.textContent = (words.textAgain ?? "").replace("%s", broken.at(-1) ?? "");
  start.addEventListener("click", () => void send(), { signal });
  pause.addEventListener("click", () => sending?.abort(), { signal });
  window.addEventListener("beforeunload", (event) => sending && event.preventDefault(), { signal });
  return () => off.abort();
}
