/**
 * Takes on their way to the server, oldest first, one page of this browser at a time. What the server cannot take now is
 * tried again, more and more seldom; what it refuses stays in the browser with the reason until somebody decides.
 */

import { Refused, Unreachable } from "./api.js";
import { isWithheld } from "./take_store.js";
import { askOf, uploadTake, whyUnsaid } from "./take_upload.js";
import { DAMAGED } from "./tus.js";

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {import("./take_upload.js").StoredTake} StoredTake
 * @typedef {{request: (name: string, action: () => Promise<void>) => Promise<unknown>}} Locks
 * @typedef {{online: boolean, signedOut: boolean, damaged: boolean, sending: string, share: number}} QueueState `sending`: id of the take,
 * or ""; `damaged`: what arrives is not what is sent
 * @typedef {object} Told
 * @property {(state: QueueState) => void} [onState]
 * @property {(take: Take, stored: StoredTake) => void} [onStored]
 * @property {(take: Take, error: Refused) => void} [onRefused]
 */

export const LOCK = "speecheq.takes.sending";
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Refusals that pass by themselves: no room on the server, or too much of ours there. */
const PASSING = new Set(["storage_full", "too_many_uploads"]);
const NO_ROOM = 507;
/** Answers about one take's upload, such as that a request which was cut off still holds it. */
const OF_ONE = new Set([404, 409, 410, 422, 423]);
const FAULT = 500;

export class TakeQueue {
  /** @type {Promise<void> | null} */
  #sending = null;
  #more = false;
  #wait_ms = FIRST_WAIT_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #closing = new AbortController();
  /** @type {QueueState} */
  #state = { online: true, signedOut: false, damaged: false, sending: "", share: 0 };
  /** Dealt with in this round. @type {Set<string>} */
  #tried = new Set();
  /** Sessions whose speaker has not agreed, as far as this page knows. @type {Set<string>} */
  #withheld = new Set();
  /** What is being sent, and how to end that. @type {{session: string, stop: AbortController} | null} */
  #delivering = null;

  /**
   * @param {object} parts
   * @param {import("./take_store.js").TakeStore} parts.store
   * @param {import("./take_upload.js").Parts} parts.parts of an upload
   * @param {Locks | null} [parts.locks]
   * @param {typeof uploadTake} [parts.upload]
   * @param {Told} [told]
   */
  constructor({ store, parts, locks = null, upload = uploadTake }, { onState = () => {}, onStored = () => {}, onRefused = () => {} } = {}) {
    this.store = store;
    this.parts = parts;
    this.locks = locks;
    this.upload = upload;
    this.told = { onState, onStored, onRefused };
  }

  get state() {
    return this.#state;
  }

  /** Send what waits. Resolves when nothing more can be sent now. */
  flush() {
    this.#more = true;
    this.#sending ??= this.#run();
    return this.#sending;
  }

  /** The network is back, or somebody signed in again. */
  reconnect() {
    this.#wait_ms = FIRST_WAIT_MS;
    return this.flush();
  }

  /** Send again what was refused. @param {string} id */
  async retry(id) {
    await this.store.change(id, { refusal: null });
    return this.flush();
  }

  /**
   * The consent was taken back: what is here of this session is not sent any more, also what is on its way. Of what the server
   * may have stored before it is asked once.
   * @param {string} session
   */
  withhold(session) {
    this.#withheld.add(session);
    if (this.#delivering?.session === session) this.#delivering.stop.abort();
    return this.flush();
  }

  /** Whether it waits for a consent. @param {string} session */
  isWithheld(session) {
    return this.#withheld.has(session);
  }

  /**
   * Whatever was refused of this session is tried once more: its reason may be gone. Only while a consent is in force.
   * @param {string} session
   */
  async retryAll(session) {
    this.#withheld.delete(session);
    for (const take of await this.store.finished()) {
      if (take.session === session && take.refusal) await this.store.change(take.id, { refusal: null });
    }
    return this.flush();
  }

  close() {
    this.#closing.abort();
    clearTimeout(this.#timer);
  }

  async #run() {
    try {
      while (this.#more && !this.#closing.signal.aborted) {
        this.#more = false;
        await this.#alone(() => this.#sendAll());
      }
    } finally {
      this.#sending = null;
    }
  }

  /** @param {() => Promise<void>} action */
  async #alone(action) {
    if (!this.locks) return action();
    await this.locks.request(LOCK, action);
  }

  async #sendAll() {
    clearTimeout(this.#timer);
    this.#tried.clear();
    await this.#keepWithheld();
    const { isSettled, signedOut } = await this.#settleAll();
    let [postponed, failed, damaged] = [!isSettled, !isSettled && !signedOut, false];
    for (let take = await this.#next(); take; take = await this.#next()) {
      this.#tried.add(take.id);
      const sent = await this.#deliver(take);
      if (sent === "unreachable") return this.#tryLater();
      postponed ||= sent !== "stored" && sent !== "refused";
      failed ||= sent === "failed";
      damaged ||= sent === "damaged";
      if (sent === "stored") this.#wait_ms = FIRST_WAIT_MS;
    }
    this.#tell({ online: !failed, signedOut, damaged, sending: "" });
    if (postponed) this.#tryLater();
  }

  /** What is here of sessions without a consent and is not withheld yet, also what was just recorded. */
  async #unsettled() {
    if (!this.#withheld.size) return [];
    return (await this.store.finished()).filter((take) => this.#withheld.has(take.session) && !isWithheld(take));
  }

  async #keepWithheld() {
    for (const { id, placing } of await this.#unsettled()) if (!placing) await this.store.withhold(id);
  }

  /** Nobody is told of a take that the server has that it was not accepted. */
  async #settleAll() {
    let [isSettled, signedOut] = [true, false];
    for (const take of await this.#unsettled()) {
      await this.#settle(take).catch((error) => {
        isSettled = false;
        signedOut ||= whyUnsaid(error) === "signed_out";
      });
    }
    return { isSettled, signedOut };
  }

  /** @param {Take} take */
  async #settle(take) {
    const stored = await askOf(take, () => this.store.file(take), this.parts, this.#closing.signal);
    if (!stored) return this.store.withhold(take.id);
    await this.store.remove(take.id);
    this.told.onStored(take, stored);
  }

  /** @returns {Promise<Take | undefined>} */
  async #next() {
    if (this.#closing.signal.aborted) return undefined;
    const waiting = await this.store.finished();
    const mayGo = waiting.filter(({ session, refusal }) => !this.#withheld.has(session) && (!refusal || refusal.later));
    return mayGo.find(({ id }) => !this.#tried.has(id));
  }

  /** @param {Take} take @returns {Promise<"stored" | "refused" | "later" | "failed" | "damaged" | "unreachable">} */
  async #deliver(take) {
    const file = await this.store.file(take).catch(() => null);
    if (!file) return "later"; // the browser does not give it out now
    this.#tell({ sending: take.id, share: 0 });
    const stop = new AbortController();
    this.#delivering = { session: take.session, stop };
    const how = {
      signal: AbortSignal.any([this.#closing.signal, stop.signal]),
      onProgress: (/** @type {number} */ sent, /** @type {number} */ total) => this.#tell({ online: true, share: sent / total }),
    };
    try {
      const stored = await this.upload(take, file, this.parts, how);
      // From here on the server has it, byte for byte.
      await this.store.remove(take.id);
      this.#tell({ online: true, signedOut: false, sending: "", share: 1 });
      this.told.onStored(take, stored);
      return "stored";
    } catch (error) {
      this.#tell({ sending: "" });
      if (error instanceof Refused) return this.#refused(take, error);
      return stop.signal.aborted ? "later" : this.#notReached(error);
    } finally {
      this.#delivering = null;
    }
  }

  /** @param {unknown} error @returns {"failed" | "damaged" | "later" | "unreachable"} */
  #notReached(error) {
    const status = error instanceof Unreachable ? error.status : 0;
    // What came damaged, and a fault of the server, may be with this take alone: the others are not kept here by it.
    if (status === DAMAGED) return "damaged";
    if (OF_ONE.has(status)) return "later";
    this.#tell({ online: false });
    return status === FAULT ? "failed" : "unreachable";
  }

  /** @param {Take} take @param {Refused} error @returns {Promise<"refused" | "later" | "unreachable">} */
  async #refused(take, error) {
    if (error.status === 401) {
      this.#tell({ online: true, signedOut: true });
      return "unreachable";
    }
    const later = error.status === NO_ROOM || PASSING.has(error.code);
    await this.store.change(take.id, { refusal: { status: error.status, code: error.code, detail: error.message, later } });
    this.told.onRefused(take, error);
    return later ? "later" : "refused";
  }

  #tryLater() {
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => {
      // Only what was waited for in vain makes the next wait longer: a new take brings an attempt of its own.
      this.#wait_ms = Math.min(LONGEST_WAIT_MS, this.#wait_ms * 2);
      void this.flush();
    }, this.#wait_ms);
  }

  /** @param {Partial<QueueState>} change */
  #tell(change) {
    this.#state = { ...this.#state, ...change };
    this.told.onState(this.#state);
  }
}
