/** What becomes of the takes in this browser as the speaker's consent is taken back and signed again. */

import { isWithheld } from "./take_store.js";

/**
 * @typedef {object} Parts
 * @property {string} session the one at hand
 * @property {Pick<import("./take_store.js").TakeStore, "takes">} store
 * @property {Pick<import("./take_queue.js").TakeQueue, "withhold" | "retryAll" | "isWithheld">} queue
 * @property {() => void} reload the page
 * @property {() => void} onMissing
 * @property {() => number} [now] ms
 */

/** As often as the page looks by itself: should the server refuse what it says is agreed to, it is not asked without end. */
const RETRY_MS = 15_000;

export class ConsentFollower {
  #isForgotten = false;
  /** Counts news: what was told before may no longer be so. */
  #turn = 0;
  /** The session is open again, and nothing was tried once more yet. */
  #isOpenAgain = false;
  #retried_ms = -Infinity;

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = { now: () => performance.now(), ...parts };
  }

  /** What was withheld is deleted: the prompts it was of are open again. */
  deleted() {
    this.#isForgotten = true;
  }

  /**
   * What is here is sent only while the speaker agrees to it. What was refused meanwhile may come once there is a consent
   * again, also where this page never saw it missing, or the session is open again.
   * @param {{consent: {in_force: boolean}}} news of the session @param {boolean} isOpenAgain
   */
  async follow({ consent }, isOpenAgain) {
    const { session, queue, onMissing } = this.parts;
    const mine = ++this.#turn;
    this.#isOpenAgain = consent.in_force && (this.#isOpenAgain || isOpenAgain);
    if (!consent.in_force) {
      onMissing();
      return queue.withhold(session);
    }
    const takes = (await this.parts.store.takes()).filter((take) => take.session === session);
    if (mine !== this.#turn) return;
    if (this.#isForgotten) {
      this.#isForgotten = false;
      // A page that holds takes may be the only one that has them.
      if (!takes.length) return this.parts.reload();
    }
    if (!this.#isOpenAgain && !queue.isWithheld(session) && !(takes.some(isWithheld) && this.#isTime())) return;
    this.#isOpenAgain = false;
    await queue.retryAll(session);
  }

  #isTime() {
    const now = this.parts.now();
    if (now - this.#retried_ms < RETRY_MS) return false;
    this.#retried_ms = now;
    return true;
  }
}
