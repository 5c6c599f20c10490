/**
 * Judgements on their way to the server. Each is written down before it is sent, under the key that
 * makes a second sending harmless, so a lost network, a closed tab or a reload loses nothing. One tab
 * sends at a time, oldest first. What the server refuses is kept beside them until somebody decides.
 */

import { Refused } from "./api.js";
import { Drawer } from "./drawer.js";

/**
 * @typedef {{key: string, url: string, body: import("./types.js").Judgement, assignment?: string,
 *   target?: import("./types.js").Assignment, at?: number}} Entry `assignment`: of a first answer; `target`: what is answered
 * @typedef {Entry & {status: number, code: string, detail: string}} RefusedEntry
 * @typedef {{waiting: number, unsaved: number, refused: number, online: boolean, signedOut: boolean}} OutboxState
 * @typedef {{entry: Entry, resolve: (stored: any) => void, reject: (error: unknown) => void}} Waiter
 * @typedef {{request: (name: string, action: () => Promise<void>) => Promise<unknown>}} Locks
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const NO_ROOM = 507; // it goes once the operator has made room
// Answers that somebody else's session would get as well.
const PERHAPS_SIGNED_OUT = new Set([401, 403, 404]);

export class Outbox {
  /** @type {Map<string, Waiter>} */
  #waiters = new Map();
  /** @type {Promise<void> | null} */
  #sending = null;
  /** Something was added since the last round began. */
  #more = false;
  #wait_ms = FIRST_WAIT_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | undefined} */
  #attempt;
  #online = true;
  #signedOut = false;
  #closed = false;

  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {import("./drawer.js").Store} parts.store
   * @param {string} parts.name storage key: one per person, so that nobody sends another's labels
   * @param {() => Promise<boolean>} [parts.isSelf] whether the session is still that of this person
   * @param {Locks | null} [parts.locks] those of the browser; null where there are none
   * @param {(state: OutboxState) => void} [parts.onState]
   * @param {(error: Refused, entry: Entry) => void} [parts.onRefused]
   * @param {(assignment: string) => void} [parts.onAnswer] is told what was answered, as soon as that is written down
   */
  constructor({ api, store, name, isSelf = async () => true, locks = null, onState = () => {}, onRefused = () => {}, onAnswer = () => {} }) {
    this.api = api;
    this.name = name;
    this.isSelf = isSelf;
    this.locks = locks;
    this.onState = onState;
    this.onRefused = onRefused;
    this.onAnswer = onAnswer;
    /** @type {Drawer<Entry>} */
    this.waiting = new Drawer(store, `${name}.waiting`);
    /** @type {Drawer<RefusedEntry>} */
    this.refused = new Drawer(store, `${name}.refused`);
  }

  /** What waits, oldest first. */
  entries() {
    return this.waiting.all();
  }

  /** @returns {OutboxState} */
  get state() {
    return {
      waiting: this.entries().length,
      unsaved: this.waiting.unsaved + this.refused.unsaved,
      refused: this.refused.all().length,
      online: this.#online,
      signedOut: this.#signedOut,
    };
  }

  /**
   * Write the entry down and send it. Resolves with the server's answer, however long that takes.
   * @param {Entry} entry
   * @returns {Promise<import("./types.js").Stored>}
   */
  send(entry) {
    this.#write(entry);
    const answer = new Promise((resolve, reject) => this.#waiters.set(entry.key, { entry, resolve, reject }));
    this.tell();
    void this.flush();
    return answer;
  }

  /** @param {Entry} entry */
  #write(entry) {
    this.waiting.put(entry);
    if (entry.assignment) this.onAnswer(entry.assignment);
  }

  /** Whether an answer to it waits here, perhaps since before the page was loaded. @param {string} assignment */
  holds(assignment) {
    return this.entries().some((entry) => entry.assignment === assignment);
  }

  /** Send what waits, oldest first. */
  flush() {
    this.#more = true;
    this.#sending ??= this.#run();
    return this.#sending;
  }

  async #run() {
    try {
      while (this.#more) {
        this.#more = false;
        await this.#alone(() => this.#sendAll());
      }
    } finally {
      // Here and not in a callback of the promise: what is written down in between would lie there.
      this.#sending = null;
    }
  }

  /** The network is back, or somebody signed in again: do not wait for an attempt that hangs. */
  async reconnect() {
    this.#wait_ms = FIRST_WAIT_MS;
    this.#attempt?.abort();
    await this.#sending;
    await this.flush();
  }

  /** Send again what was refused. @param {string} key @param {Partial<import("./types.js").Judgement>} [change] of its body */
  retry(key, change = {}) {
    const entry = this.refused.all().find((one) => one.key === key);
    if (!entry) return;
    const { status: _status, code: _code, detail: _detail, ...sent } = entry;
    this.#write({ ...sent, body: { ...sent.body, ...change } });
    this.refused.remove(key);
    this.tell();
    void this.flush();
  }

  /** Let go of what was refused. @param {string} key */
  discard(key) {
    this.refused.remove(key);
    this.tell();
  }

  /** The latest answer to this assignment that was refused. @param {string} assignment */
  refusedFor(assignment) {
    return this.refused.all().findLast((one) => one.assignment === assignment);
  }

  /** Stop trying; what waits stays written down. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Report the state, also after another tab changed it. */
  tell() {
    this.onState(this.state);
  }

  /** Another request was told that nobody is signed in. */
  foundSignedOut() {
    this.#signedOut = true;
    this.tell();
  }

  /** @param {() => Promise<void>} action */
  async #alone(action) {
    if (!this.locks) return action();
    await this.locks.request(this.name, action);
  }

  async #sendAll() {
    clearTimeout(this.#timer);
    for (let entry = this.#next(); entry && !this.#closed; entry = this.#next()) {
      if (!(await this.#deliver(entry))) return this.#tryLater();
      this.#wait_ms = FIRST_WAIT_MS;
    }
    this.#online = true;
    this.#signedOut = false;
    this.tell();
  }

  /**
   * The oldest that waits; else one of ours that another tab sent: the same key gets the same answer,
   * which is how this tab learns it.
   * @returns {Entry | undefined}
   */
  #next() {
    return this.entries()[0] ?? this.#waiters.values().next().value?.entry;
  }

  /** True once the server has decided on the entry. @param {Entry} entry */
  async #deliver(entry) {
    this.#attempt = new AbortController();
    try {
      const headers = { "Idempotency-Key": entry.key };
      const stored = await this.api.post(entry.url, entry.body, headers, this.#attempt.signal);
      this.#forgetRefusals(entry);
      this.#settle(entry, (waiter) => waiter.resolve(stored));
    } catch (error) {
      this.#online = error instanceof Refused && error.status !== NO_ROOM;
      if (!(error instanceof Refused) || !this.#online) return false;
      this.#signedOut = await this.#isSignedOut(error);
      if (this.#signedOut) return false;
      const { status, code, message: detail } = error;
      this.refused.put({ ...entry, status, code, detail });
      this.#settle(entry, (waiter) => waiter.reject(error));
      this.onRefused(error, entry);
    }
    return true;
  }

  /** @param {Refused} error */
  async #isSignedOut(error) {
    if (error.status === 401) return true;
    if (!PERHAPS_SIGNED_OUT.has(error.status)) return false;
    return !(await this.isSelf().catch(() => false));
  }

  /** @param {Entry} entry that was stored after all */
  #forgetRefusals({ assignment, url }) {
    for (const old of this.refused.all()) {
      if (old.url === url || (assignment && old.assignment === assignment)) this.refused.remove(old.key);
    }
  }

  /** @param {Entry} entry @param {(waiter: Waiter) => void} settle */
  #settle(entry, settle) {
    this.waiting.remove(entry.key);
    const waiter = this.#waiters.get(entry.key);
    this.#waiters.delete(entry.key);
    this.tell();
    if (waiter) settle(waiter);
  }

  #tryLater() {
    this.tell();
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.flush(), this.#wait_ms);
    this.#wait_ms = Math.min(LONGEST_WAIT_MS, this.#wait_ms * 2);
  }
}

/** A fresh idempotency key. `randomUUID` exists in secure contexts only; a server in a laboratory may be plain HTTP. */
export function newKey() {
  const source = /** @type {{randomUUID?: () => string}} */ (crypto);
  if (source.randomUUID) return source.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
