/**
 * The clips ahead. Keeps the next assignments with their sound decoded and pictures loaded, so that
 * the step to the next clip needs no network; renews the leases of what it holds.
 */

/**
 * @typedef {import("./types.js").Assignment} Assignment
 * @typedef {{peaks: import("./types.js").Peaks | null, sound: any, picture: string}} Media
 * @typedef {{assignment: Assignment, media: Promise<Media>, loaded?: Media, failed?: boolean, lapsed?: boolean, draft?: Draft}} Ready
 *   `loaded` once it is there; `lapsed` where the server did not renew the lease; `draft` while another clip is shown
 * @typedef {{answer: import("./types.js").Answer, listened?: import("./player.js").Listened, again?: boolean}} Draft
 *   what was chosen and heard so far; `again`: it was refused, and labels may have changed since
 */

export const AHEAD = 3;
/** The most that the server hands out, less the one at hand. */
export const AHEAD_WHEN_SLOW = 4;
const MOST_AT_ONCE = 5;
/** A clip that took longer than this to load came over a slow connection. */
const SLOW_MS = 1_500;
const RENEW_SHARE = 0.5;
const RENEW_AT_LEAST_MS = 5_000;

export class ClipQueue {
  /** @type {Ready[]} */
  #held = [];
  /** Ids that were given out here: the server may list them again until their submit arrives. */
  #seen = new Set();
  /** @type {Promise<void> | null} */
  #filling = null;
  /** Somebody asked for more since the last request left: its answer may be older than what they know. */
  #more = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #closed = false;
  /** How long clips took to load of late, ms. */
  #loading_ms = 0;

  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {{next: string, renew: string}} parts.urls
   * @param {(assignment: Assignment) => Promise<Media>} parts.load
   * @param {() => number} [parts.now] ms
   * @param {() => boolean} [parts.attended] leases are renewed only while someone is there
   * @param {(assignment: string) => boolean} [parts.answered] that the server does not know of yet: it offers the clip again
   * @param {(assignment: string) => void} [parts.onClosed] is told of a clip held here that was answered or given back elsewhere
   * @param {() => number} [parts.unsent] answers that the server does not know of: it counts their clips as open
   */
  constructor({ api, urls, load, now = () => Date.now(), attended = () => true, answered = () => false, unsent = () => 0, onClosed = (id) => void this.drop(id) }) {
    this.api = api;
    this.urls = urls;
    this.load = load;
    this.now = now;
    this.attended = attended;
    this.answered = answered;
    this.onClosed = onClosed;
    this.unsent = unsent;
    /** True once the server had nothing more for this person; `reason` is then the server's. */
    this.exhausted = false;
    this.reason = "";
  }

  /** @returns {Ready | undefined} */
  get current() {
    return this.#held[0];
  }

  /** Those after the current one. @returns {Ready[]} */
  get ahead() {
    return this.#held.slice(1);
  }

  /** Take up assignments, such as those that came with the page. @param {Assignment[]} assignments */
  add(assignments) {
    for (const assignment of assignments) {
      if (!this.#isNew(assignment)) continue;
      this.#seen.add(assignment.id);
      this.#held.push(this.#ready(assignment));
    }
    this.#scheduleRenewal();
  }

  /** @param {Assignment} assignment */
  #isNew({ id }) {
    return !this.#seen.has(id) && !this.answered(id);
  }

  /** @param {Assignment} assignment @returns {Ready} */
  #ready(assignment) {
    const began_ms = this.now();
    const media = this.load(assignment);
    /** @type {Ready} */
    const ready = { assignment, media };
    media.then(
      (loaded) => {
        ready.loaded = loaded;
        this.#loading_ms = (this.#loading_ms + this.now() - began_ms) / 2;
      },
      () => (ready.failed = true),
    );
    return ready;
  }

  /** @param {Ready} failed @returns {Ready} */
  #again({ assignment, draft, lapsed }) {
    return Object.assign(this.#ready(assignment), { draft, lapsed });
  }

  /** How many clips to keep behind the current one. */
  get ahead_wanted() {
    return this.#loading_ms > SLOW_MS ? AHEAD_WHEN_SLOW : AHEAD;
  }

  /** Load again all that could not be loaded. */
  reloadFailed() {
    this.#held = this.#held.map((ready) => (ready.failed ? this.#again(ready) : ready));
  }

  /** An answer was refused: its clip comes again, after the current one. @param {Ready} ready */
  bringBack(ready) {
    if (this.#held.some((one) => one.assignment.id === ready.assignment.id)) return;
    this.#held.splice(1, 0, ready);
    this.#scheduleRenewal();
  }

  /** Show this one next, if it is held. @param {string} id @returns {Ready | undefined} */
  toFront(id) {
    const ready = this.#held.find((one) => one.assignment.id === id);
    if (ready) this.#held = [ready, ...this.#held.filter((one) => one !== ready)];
    return ready;
  }

  /** It was answered elsewhere. @param {string} id @returns {boolean} whether it was the current one */
  drop(id) {
    const current = this.current?.assignment.id === id;
    this.#seen.add(id);
    this.#held = this.#held.filter((ready) => ready.assignment.id !== id);
    return current;
  }

  /** Load again what could not be loaded. */
  reloadCurrent() {
    if (this.#held.length) this.#held[0] = this.#again(this.#held[0]);
    return this.#held[0];
  }

  /** It is not ours any more, but may be offered to us again. @param {string} id */
  forget(id) {
    this.#seen.delete(id);
  }

  /** Let the current clip go and ask for more behind it. @returns {Ready | undefined} */
  advance() {
    this.#held.shift();
    return this.#held[0];
  }

  /** Fill up to the clips wanted behind the current one. Rejects when the server cannot be reached. */
  fill() {
    this.#more = true;
    this.#filling ??= this.#askAll();
    return this.#filling;
  }

  async #askAll() {
    try {
      while (this.#more) {
        this.#more = false;
        await this.#ask();
      }
    } finally {
      // Here and not in a callback of the promise: who asks in between would ask nobody.
      this.#filling = null;
    }
  }

  async #ask() {
    const wanted = this.ahead_wanted + 1;
    if (this.#held.length >= wanted) return;
    const count = Math.min(MOST_AT_ONCE, wanted + this.unsent());
    const answer = await this.api.post(this.urls.next, { count });
    if (this.#closed) return;
    const fresh = answer.assignments.filter((/** @type {Assignment} */ one) => this.#isNew(one));
    this.exhausted = fresh.length === 0;
    this.reason = answer.reason ?? "";
    this.add(fresh.slice(0, wanted - this.#held.length));
    for (const one of answer.assignments) {
      const held = this.#held.find((ready) => ready.assignment.id === one.id);
      if (!held) continue;
      held.assignment.expires_at = one.expires_at;
      held.lapsed = false;
    }
    this.#scheduleRenewal();
  }

  #scheduleRenewal() {
    clearTimeout(this.#timer);
    const leased = this.#held.filter((ready) => !ready.lapsed);
    if (this.#closed || !leased.length) return;
    const ends = Math.min(...leased.map((ready) => Date.parse(ready.assignment.expires_at)));
    const wait_ms = Math.max(RENEW_AT_LEAST_MS, (ends - this.now()) * RENEW_SHARE);
    this.#timer = setTimeout(() => void this.renew(), Math.min(wait_ms, 2 ** 31 - 1));
  }

  /**
   * Renew the leases of everything held. What the server did not renew is no longer ours; it is asked for
   * others at once, and may offer the same again.
   */
  async renew() {
    const ids = this.#held.filter((ready) => !ready.lapsed).map((ready) => ready.assignment.id);
    if (!ids.length) return;
    try {
      if (this.attended() && this.#applyRenewal(await this.api.post(this.urls.renew, { ids }))) await this.fill();
    } catch {
      // Unreachable: the clips stay, and a late answer is still kept by the server.
    }
    this.#scheduleRenewal();
  }

  /** @param {{renewed: {id: string, expires_at: string}[], lost: string[], closed?: string[]}} answer @returns {boolean} whether any was lost */
  #applyRenewal({ renewed, lost, closed = [] }) {
    const ends = new Map(renewed.map((one) => [one.id, one.expires_at]));
    const current = this.current;
    for (const ready of this.#held) {
      ready.lapsed = lost.includes(ready.assignment.id);
      ready.assignment.expires_at = ends.get(ready.assignment.id) ?? ready.assignment.expires_at;
      if (ready.lapsed && ready !== current) this.forget(ready.assignment.id);
    }
    // The current clip stays even so: a late answer is kept.
    this.#held = this.#held.filter((ready) => ready === current || !ready.lapsed);
    for (const id of closed) this.onClosed(id);
    return lost.length > 0;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
