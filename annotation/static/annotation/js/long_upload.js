/** Sends a file of gigabytes in pieces and goes on where it ended: after a pause, a lost network, or a page that was closed. */

import { Refused, Unreachable } from "./api.js";
import { hex, makeTus, sha256 } from "./tus.js";

const PIECE_BYTES = 8 << 20;
const HEAD_BYTES = 1 << 20;
const WAIT_MS = 3000;
const KEPT = "speecheq-long-uploads";

/** Which file it is: size, name and the hash of its first block. @param {File} file */
export async function identity(file) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return `${file.size}:${hex(await sha256(head))}:${file.name}`;
}

/** Addresses of uploads that were begun, by file. @param {Storage} [storage] */
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
    names: () => Object.keys(all()).map((id) => id.split(":").slice(2).join(":")),
    /** @param {string} id */
    get: (id) => all()[id] ?? null,
    /** @param {string} id @param {string | null} address */
    set(id, address) {
      const now = all();
      if (address) now[id] = address;
      else delete now[id];
      storage.setItem(KEPT, JSON.stringify(now));
    },
  };
}

/**
 * Send what is missing of a file. Resolves with the upload's address once all is there.
 * @param {File} file
 * @param {{tus: import("./tus.js").Tus, url: string, kept: ReturnType<typeof makeKept>, signal: AbortSignal, progress: (sent: number) => void, lost?: () => void, wait_ms?: number}} how
 */
export async function sendFile(file, { tus, url, kept, signal, progress, lost, wait_ms = WAIT_MS }) {
  const id = await identity(file);
  /** @type {number | null} */ let at = null;
  let address = kept.get(id);
  for (;;) {
    signal.throwIfAborted();
    try {
      if (address && at === null) at = await tus.offset(address, signal);
      if (!address || at === null) {
        address = await tus.create(url, file.size, { filename: file.name }, signal);
        kept.set(id, address);
        at = 0;
      }
      progress(at);
      if (at >= file.size) {
        kept.set(id, null);
        return address;
      }
      const piece = new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer());
      at = await tus.append(address, at, piece, signal);
    } catch (error) {
      if (signal.aborted || error instanceof Refused || !(error instanceof Unreachable)) throw error;
      lost?.();
      at = null;
      await new Promise((go) => setTimeout(go, wait_ms));
    }
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

  async function send() {
    const file = input.files?.[0];
    if (!file || !file.size) return void (status.textContent = words.textType ?? "");
    sending = new AbortController();
    start.hidden = true;
    pause.hidden = false;
    try {
      const address = await sendFile(file, {
        tus,
        url: words.uploads ?? "",
        kept,
        signal: AbortSignal.any([signal, sending.signal]),
        progress: (sent) => progress(sent, file),
        lost: () => (status.textContent = words.textLost ?? ""),
      });
      status.textContent = words.textDone ?? "";
      const upload = /** @type {HTMLInputElement} */ (root.elements.namedItem("upload"));
      upload.value = new URL(address, location.href).pathname.split("/").filter(Boolean).at(-1) ?? "";
      root.submit();
    } catch (error) {
      status.textContent = sending.signal.aborted ? (words.textPaused ?? "") : String(/** @type {Error} */ (error).message);
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
