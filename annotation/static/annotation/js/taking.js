/** One take after the other: from the microphone's blocks, through the capture, into the browser's store. */

import { BEFORE_S, Capture } from "./capture.js";
import { newKey } from "./outbox.js";
import { nextOrder } from "./take_order.js";
import { TakeWriter } from "./take_writer.js";

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {import("./microphone.js").Lost} Lost
 * @typedef {Pick<Take, "session" | "title" | "address" | "bits">} Session
 * @typedef {Pick<Take, "prompt" | "text" | "kind">} Subject
 * @typedef {{take: Take, samples: Float32Array<ArrayBuffer>, gaps: number, missing: number}} Done
 */

/** Less than this is a slip of the hand. */
const SHORTEST_S = 0.1;
/** The server takes ten minutes and 64 MiB at most; a take that somebody forgot to stop ends before that, and is kept. */
const LONGEST_MS = 9 * 60_000;
const MOST_BYTES = 60 * 1024 * 1024;

/** @param {number} rate_hz @param {number} bits @returns {number} after which a take ends by itself */
export const longestMs = (rate_hz, bits) => Math.min(LONGEST_MS, (1000 * MOST_BYTES) / (rate_hz * (bits / 8)));

/** Held by the page that records a take: another one must not take it for abandoned. @param {string} id */
const lockName = (id) => `speecheq.take.${id}`;

export class Taking {
  /** @type {Capture | null} */
  #capture = null;
  /** Of the take under way, even if its microphone is gone. @type {Capture | null} */
  #taken = null;
  /** @type {TakeWriter | null} */
  #writer = null;
  #letGo = () => {};
  /** @type {Record<string, unknown>} */
  #report = {};
  #interrupted = "";

  /** @param {import("./take_store.js").TakeStore} store @param {Session} session @param {LockManager | null} locks */
  constructor(store, session, locks) {
    this.store = store;
    this.session = session;
    this.locks = locks;
  }

  /** A microphone was opened. @param {number} rate_hz @param {Record<string, unknown>} report what it says of itself */
  connect(rate_hz, report) {
    this.#capture = new Capture(rate_hz);
    this.#report = report;
  }

  /** The microphone was closed, and another one may be opened. */
  disconnect() {
    if (!this.#capture?.isRecording) this.#capture = null;
  }

  get isSettled() {
    return this.#capture?.isSettled ?? false;
  }

  /** Of takes from the microphone that is open. */
  get format() {
    return { rate_hz: this.#capture?.rate_hz ?? 48_000, bits: this.session.bits };
  }

  /** @param {Float32Array} samples @param {number} first */
  push(samples, first) {
    this.#capture?.push(samples, first);
  }

  /** @param {Subject} subject what is spoken now */
  begin(subject) {
    const capture = this.#capture;
    if (!capture) throw new Error("No microphone is open.");
    const id = newKey();
    const started = new Date(Date.now() - 1000 * BEFORE_S).toISOString();
    this.#letGo = hold(this.locks, lockName(id));
    this.#interrupted = "";
    /** @type {Take} */
    const take = {
      ...this.session,
      ...subject,
      id,
      state: "recording",
      rate_hz: capture.rate_hz,
      frames: 0,
      recorded_at: started,
      reported: { ...this.#report, client_id: id, order: nextOrder() },
      interrupted: "",
      upload: "",
      refusal: null,
    };
    const writer = new TakeWriter(this.store, take, () => leftOut(capture));
    this.#writer = writer;
    this.#taken = capture;
    capture.begin((samples) => writer.push(samples.slice()));
  }

  /** The microphone is gone: what came is a take, and says so. @param {Lost | "browser" | "full"} reason */
  lost(reason) {
    this.#interrupted = reason;
    this.#capture?.cut();
    this.#capture = null;
  }

  /** The page may be gone in a moment: write down what came since the last piece. */
  hold() {
    this.#writer?.flush();
  }

  /** Resolves once the take is written down; null where nothing came. @returns {Promise<Done | null>} */
  async end() {
    const [writer, capture] = [this.#writer, this.#taken];
    this.#writer = null;
    if (!writer) return null;
    await capture?.end();
    const { missing, gaps } = capture?.figures ?? { missing: 0, gaps: 0 };
    const done = await writer.finish({ interrupted: this.#interrupted });
    // What this tab alone has is not left, even if others find the beginning of it: the lock ends with the tab.
    if (!this.store.isUnsaved(done.take.id)) this.#letGo();
    if (done.samples.length >= SHORTEST_S * done.take.rate_hz) return { ...done, gaps, missing };
    await writer.discard();
    return null;
  }
}

/** What the machine left out of the take, for its report. @param {Capture} capture */
function leftOut({ figures: { missing, gaps } }) {
  return gaps ? { missing_frames: missing, gaps } : {};
}

/** @param {LockManager | null} locks @param {string} name @returns {() => void} lets go */
function hold(locks, name) {
  let letGo = () => {};
  const held = new Promise((done) => (letGo = () => done(undefined)));
  void locks?.request(name, () => held);
  return letGo;
}

/**
 * Whether no page is recording this take now. Without locks a take counts as left when it has not grown for a while.
 * @param {LockManager | null} locks
 * @param {Take} take
 */
export async function isAbandoned(locks, take) {
  if (locks) return Boolean(await locks.request(lockName(take.id), { ifAvailable: true }, async (lock) => lock !== null));
  const grown_ms = Date.parse(take.recorded_at) + (1000 * take.frames) / take.rate_hz;
  return Date.now() - grown_ms > 10_000;
}
