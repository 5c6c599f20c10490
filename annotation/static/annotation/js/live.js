/**
 * Tells the server a few times a second what this page is doing, and learns in the answer whether the session changed:
 * somebody paused it, or wants a prompt once more.
 */

import { Refused } from "./api.js";
import { Repeater } from "./repeater.js";

/**
 * @typedef {{state: string, prompt: string | null, level_dbfs: number | null, peak_dbfs: number | null, waiting: number}} Report
 * @typedef {{revision: number, session_state: string}} LiveAnswer
 * @typedef {object} Parts
 * @property {Pick<import("./api.js").Api, "get" | "put">} api
 * @property {{live: string, session: string}} urls
 * @property {() => Report} report
 * @property {(session: any) => void} onNews
 * @property {(error: Refused) => void} [onRefused]
 */

/** While somebody speaks the operator watches the level. */
const BUSY_MS = 330;
const IDLE_MS = 1_000;
const BUSY = new Set(["countdown", "recording", "saving"]);
/** Not all that matters raises the revision: a consent that was taken back is seen after this at the latest. */
const LOOK_MS = 15_000;

export class Live {
  #revision = -1;
  #looked_ms = -Infinity;
  #turns = new Repeater(() => this.exchange(), () => (BUSY.has(this.parts.report().state) ? BUSY_MS : IDLE_MS));
  #closed = false;
  /** Counts what the server has stored of this page's takes. */
  #stored = 0;
  /** Counts questions about the session; and the latest one whose answer was told. */
  #asked = 0;
  #told = 0;

  /** @param {Parts} parts @param {number} revision of the session as the page has it */
  constructor({ api, urls, report, onNews, onRefused = () => {} }, revision) {
    this.parts = { api, urls, report, onNews, onRefused };
    this.#revision = revision;
    this.#looked_ms = performance.now();
  }

  start() {
    void this.#turns.start();
  }

  close() {
    this.#closed = true;
    this.#turns.close();
  }

  /** Tell and learn, once. @returns {Promise<boolean>} whether the server took it */
  async exchange() {
    const { api, urls, report, onRefused } = this.parts;
    try {
      const { revision } = await api.put(urls.live, report());
      if (revision !== this.#revision || performance.now() - this.#looked_ms > LOOK_MS) await this.look();
      return true;
    } catch (error) {
      // Without a network recording goes on; what is new is learnt later.
      if (error instanceof Refused) onRefused(error);
      return false;
    }
  }

  /** The server has a take: what was asked for before may be told without it. */
  stored() {
    this.#stored += 1;
  }

  /** Read the session anew, and once more where it may be older than what the page knows by now. */
  async look() {
    let session;
    let mine = 0;
    for (let known = -1; known !== this.#stored && !this.#closed; ) {
      known = this.#stored;
      mine = ++this.#asked;
      session = await this.parts.api.get(this.parts.urls.session);
    }
    // Two may look at once, and the older answer come last.
    if (!session || mine < this.#told) return;
    this.#told = mine;
    this.#looked_ms = performance.now();
    this.#revision = session.revision;
    if (!this.#closed) this.parts.onNews(session);
  }
}
