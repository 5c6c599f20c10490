/**
 * Judgements on their way to the server. Each is written down before it is sent, under the key that
 * makes a second sending harmless, so a lost network, a closed tab or a reload loses nothing.
 */

import { Refused } from "./api.js";

/**
 * @typedef {{key: string, url: string, body: import("./types.js").Judgement}} Entry
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store
 * @typedef {{waiting: number, online: boolean}} OutboxState
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export class Outbox {
  /** @type {Map<string, {resolve: (stored: any) => void, reject: (error: unknown) => void}>} */
  #waiters = new Map();
  /** @type {Promise<void> | null} */
  #sending = null;
  #wait_ms = FIRST_WAIT_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #online = true;

  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {Store} parts.store
   * @param {string} parts.name storage key: one per person, so that nobody sends another's labels
   * @param {(state: OutboxState) => void} [parts.onState]
   * @param {(error: Refused, entry: Entry) => void} [parts.onRefused] for an entry of an earlier page
   */
  constructor({ api, store, name, onState = () => {}, onRefused = () => {} }) {
    this.api = api;
    this.store = store;
    this.name = name;
    this.onState = onState;
    this.onRefused = onRefused;
  }

  /** @returns {Entry[]} */
  entries() {
    try {
      const kept = JSON.parse(this.store.getItem(this.name) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  /**
   * Write the entry down and send it. Resolves with the server's answer, however long that takes.
   * @param {Entry} entry
   * @returns {Promise<import("./types.js").Stored>}
   */
  send(entry) {
    this.#save([...this.entries(), entry]);
    const answer = new Promise((resolve, reject) => this.#waiters.set(entry.key, { resolve, reject }));
    void this.flush();
    return answer;
  }

  /** Send what waits, oldest first. */
  flush() {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
    return this.#sending;
  }

  /** Stop trying; what waits stays written down. */
  close() {
    clearTimeout(this.#timer);
  }

  async #sendAll() {
    clearTimeout(this.#timer);
    for (let entry = this.entries()[0]; entry; entry = this.entries()[0]) {
      try {
        const stored = await this.api.post(entry.url, entry.body, { "Idempotency-Key": entry.key });
        this.#settle(entry, (waiter) => waiter.resolve(stored));
      } catch (error) {
        if (!(error instanceof Refused)) return this.#tryLater();
        if (!this.#waiters.has(entry.key)) this.onRefused(error, entry);
        this.#settle(entry, (waiter) => waiter.reject(error));
      }
      this.#wait_ms = FIRST_WAIT_MS;
    }
    this.#tell(true);
  }

  /** @param {Entry} entry @param {(waiter: {resolve: (stored: any) => void, reject: (error: unknown) => void}) => void} settle */
  #settle(entry, settle) {
    this.#save(this.entries().filter((other) => other.key !== entry.key));
    const waiter = this.#waiters.get(entry.key);
    this.#waiters.delete(entry.key);
    if (waiter) settle(waiter);
  }

  #tryLater() {
    this.#tell(false);
    this.#timer = setTimeout(() => void this.flush(), this.#wait_ms);
    this.#wait_ms = Math.min(LONGEST_WAIT_MS, this.#wait_ms * 2);
  }

  /** @param {Entry[]} entries */
  #save(entries) {
    if (entries.length) this.store.setItem(this.name, JSON.stringify(entries));
    else this.store.removeItem(this.name);
    this.#tell(this.#online);
  }

  /** @param {boolean} online */
  #tell(online) {
    this.#online = online;
    this.onState({ waiting: this.entries().length, online });
  }
}

/** A fresh idempotency key. `randomUUID` exists in secure contexts only; a server in a laboratory may be plain HTTP. */
export function newKey() {
  const source = /** @type {{randomUUID?: () => string}} */ (crypto);
  if (source.randomUUID) return source.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Local storage, or memory where the browser forbids it.
 * @returns {Store}
 */
export function openStore() {
  try {
    localStorage.setItem("speecheq.probe", "1");
    localStorage.removeItem("speecheq.probe");
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    };
  }
}
