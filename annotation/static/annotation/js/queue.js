/**
 * The clips ahead. Keeps the next assignments with their sound decoded and pictures loaded, so that
 * the step to the next clip needs no network; renews the leases of what it holds.
 */

/**
 * @typedef {import("./types.js").Assignment} Assignment
 * @typedef {{peaks: import("./types.js").Peaks | null, sound: any, picture: string}} Media
 * @typedef {{assignment: Assignment, media: Promise<Media>, loaded?: Media, failed?: boolean}} Ready `loaded` once it is there
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
   * @param {() => number} [parts.unsent] answers that the server does not know of: it counts their clips as open
   */
  constructor({ api, urls, load, now = () => Date.now(), attended = () => true, unsent = () => 0 }) {
    this.api = api;
    this.urls = urls;
    this.load = load;
    this.now = now;
    this.attended = attended;
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
      if (this.#seen.has(assignment.id)) continue;
      this.#seen.add(assignment.id);
      this.#held.push(this.#ready(assignment));
    }
    this.#scheduleRenewal();
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

  /** How many clips to keep behind the current one. */
  get ahead_wanted() {
    return this.#loading_ms > SLOW_MS ? AHEAD_WHEN_SLOW : AHEAD;
  }

  /** Load again what could not be loaded. True when the current clip was among it. */
  reloadFailed() {
    const current = this.current?.failed ?? false;
    this.#held = this.#held.map((ready) => (ready.failed ? this.#ready(ready.assignment) : ready));
    return current;
  }

  /** An answer was refused: its clip comes again, after the current one. @param {Ready} ready */
  bringBack(ready) {
    if (this.#held.some((one) => one.assignment.id === ready.assignment.id)) return;
    this.#held.splice(1, 0, ready);
    this.#scheduleRenewal();
  }

  /** Load again what could not be loaded. */
  reloadCurrent() {
    if (this.#held.length) this.#held[0] = this.#ready(this.#held[0].assignment);
    return this.#held[0];
  }

  /** Let the current clip go and ask for more behind it. @returns {Ready | undefined} */
  advance() {
    this.#held.shift();
    return this.#held[0];
  }

  /** Fill up to the clips wanted behind the current one. Rejects when the server cannot be reached. */
  fill() {
    this.#filling ??= this.#ask().finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #ask() {
    const wanted = this.ahead_wanted + 1;
    if (this.#held.length >= wanted) return;
    const count = Math.min(MOST_AT_ONCE, wanted + this.unsent());
    const answer = await this.api.post(this.urls.next, { count });
    if (this.#closed) return;
    const fresh = answer.assignments.filter((/** @type {Assignment} */ one) => !this.#seen.has(one.id));
    this.exhausted = fresh.length === 0;
    this.reason = answer.reason ?? "";
    this.add(fresh.slice(0, wanted - this.#held.length));
    for (const one of answer.assignments) {
      const held = this.#held.find((ready) => ready.assignment.id === one.id);
      if (held) held.assignment.expires_at = one.expires_at;
    }
    this.#scheduleRenewal();
  }

  #scheduleRenewal() {
    clearTimeout(this.#timer);
    if (this.#closed || !this.#held.length) return;
    const ends = Math.min(...this.#held.map((ready) => Date.parse(ready.assignment.expires_at)));
    const wait_ms = Math.max(RENEW_AT_LEAST_MS, (ends - this.now()) * RENEW_SHARE);
    this.#timer = setTimeout(() => void this.renew(), Math.min(wait_ms, 2 ** 31 - 1));
  }

  /** Renew the leases of everything held. What the server did not renew is no longer ours. */
  async renew() {
    const ids = this.#held.map((ready) => ready.assignment.id);
    if (!ids.length) return;
    try {
      if (this.attended()) this.#applyRenewal(await this.api.post(this.urls.renew, { ids }));
    } catch {
      // Unreachable: the clips stay, and a late answer is still kept by the server.
    }
    this.#scheduleRenewal();
  }

  /** @param {{renewed: {id: string, expires_at: string}[], lost: string[]}} answer */
  #applyRenewal({ renewed, lost }) {
    const ends = new Map(renewed.map((one) => [one.id, one.expires_at]));
    // The current clip stays even so: a late answer is kept.
    this.#held = this.#held.filter((ready, place) => place === 0 || !lost.includes(ready.assignment.id));
    for (const ready of this.#held) {
      ready.assignment.expires_at = ends.get(ready.assignment.id) ?? ready.assignment.expires_at;
    }
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
