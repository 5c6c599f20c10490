/**
 * The clips ahead. Keeps the next assignments with their sound decoded and pictures loaded, so that
 * the step to the next clip needs no network; renews the leases of what it holds.
 */

/**
 * @typedef {import("./types.js").Assignment} Assignment
 * @typedef {{peaks: import("./types.js").Peaks | null, sound: any, picture: string}} Media
 * @typedef {{assignment: Assignment, media: Promise<Media>, loaded?: Media}} Ready `loaded` once it is there
 */

export const AHEAD = 3;
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

  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {{next: string, renew: string}} parts.urls
   * @param {(assignment: Assignment) => Promise<Media>} parts.load
   * @param {() => number} [parts.now] ms
   * @param {() => boolean} [parts.attended] leases are renewed only while someone is there
   */
  constructor({ api, urls, load, now = () => Date.now(), attended = () => true }) {
    this.api = api;
    this.urls = urls;
    this.load = load;
    this.now = now;
    this.attended = attended;
    /** True once the server had nothing more for this person. */
    this.exhausted = false;
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
    const media = this.load(assignment);
    /** @type {Ready} */
    const ready = { assignment, media };
    media.then(
      (loaded) => (ready.loaded = loaded),
      () => {},
    );
    return ready;
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

  /** Fill up to AHEAD clips behind the current one. Rejects when the server cannot be reached. */
  fill() {
    this.#filling ??= this.#ask().finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #ask() {
    if (this.#held.length > AHEAD) return;
    const answer = await this.api.post(this.urls.next, { count: AHEAD + 1 });
    if (this.#closed) return;
    const fresh = answer.assignments.filter((/** @type {Assignment} */ one) => !this.#seen.has(one.id));
    this.exhausted = fresh.length === 0;
    this.add(fresh.slice(0, AHEAD + 1 - this.#held.length));
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
