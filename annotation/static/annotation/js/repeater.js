/**
 * Does something again and again: at its usual pace while the server answers, more and more seldom while it does not, and
 * at once when the network is back or somebody looks.
 */

/** Nobody waits longer than this for a server that is back without the network having told. */
const LONGEST_MS = 15_000;
/** Of attempts that failed: beyond it the longest wait is reached at any pace. */
const MOST_FAILED = 10;

/** @typedef {Pick<EventTarget, "addEventListener">} Listened */

export class Repeater {
  /** Counts attempts: only the latest says when the next one is. */
  #n = 0;
  #failed = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #off = new AbortController();

  /**
   * @param {() => Promise<boolean>} attempt resolves to whether it was answered; never throws
   * @param {() => number} pace_ms between attempts that are answered
   * @param {Listened} [target] that tells of the network: the window
   */
  constructor(attempt, pace_ms, target = globalThis) {
    this.attempt = attempt;
    this.pace_ms = pace_ms;
    this.target = target;
  }

  start() {
    const { signal } = this.#off;
    this.target.addEventListener("online", () => void this.#turn(), { signal });
    this.target.addEventListener("focus", () => void (this.#failed && this.#turn()), { signal });
    return this.#turn();
  }

  close() {
    this.#off.abort();
    clearTimeout(this.#timer);
  }

  async #turn() {
    const mine = ++this.#n;
    clearTimeout(this.#timer);
    const isAnswered = await this.attempt();
    if (mine !== this.#n || this.#off.signal.aborted) return;
    this.#failed = isAnswered ? 0 : Math.min(MOST_FAILED, this.#failed + 1);
    this.#timer = setTimeout(() => void this.#turn(), waitOf(this.pace_ms(), this.#failed));
  }
}

/** @param {number} pace_ms @param {number} failed attempts since the last answer @returns {number} ms until the next one */
export const waitOf = (pace_ms, failed) => (failed ? Math.min(LONGEST_MS, pace_ms * 2 ** failed) : pace_ms);
