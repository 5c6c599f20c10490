/** The takes of each prompt, as far as this page knows them: those it made, and those that the server has. */

/**
 * @typedef {import("./recorder_view.js").Attempt} Attempt
 * @typedef {{id: string, sha256: string, qc: any, accepted: boolean, duration_ms: number, prompt: string | null, reported?: {interrupted?: string}}} ServerTake
 */

export class Attempts {
  /** By place, oldest first. @type {Map<string, Attempt[]>} */
  #made = new Map();
  /** Places whose takes on the server were read. @type {Set<string>} */
  #read = new Set();

  /** @param {(id: string) => string} soundOf address of a take on the server */
  constructor(soundOf) {
    this.soundOf = soundOf;
  }

  /** Newest first. @param {string} place @returns {Attempt[]} */
  of(place) {
    return [...(this.#made.get(place) ?? [])].reverse();
  }

  /** @param {string} place */
  isRead(place) {
    return this.#read.has(place);
  }

  /** A take was made here. @param {string} place @param {Attempt} attempt */
  add(place, attempt) {
    this.#made.set(place, [...(this.#made.get(place) ?? []), attempt]);
  }

  /**
   * The server has a take that was made here, and has judged it.
   * @param {string} place @param {string} id it had here @param {ServerTake} stored
   */
  stored(place, id, stored) {
    const known = this.of(place).find((one) => one.id === id);
    const now = { ...this.#fromServer(stored), interrupted: known?.interrupted ?? "", sound: known?.sound || this.soundOf(stored.id) };
    const others = this.of(place).reverse().filter((one) => one.id !== stored.id);
    const replaced = others.map((one) => (one.id === id ? now : chosenNow(one, stored)));
    this.#made.set(place, replaced.some((one) => one.id === now.id) ? replaced : [...replaced, now]);
  }

  /**
   * What the server had of a place when it was asked, oldest first: it may have taken more of what was made here since.
   * @param {string} place @param {ServerTake[]} takes
   */
  read(place, takes) {
    const known = this.#made.get(place) ?? [];
    const sounds = new Map(known.map((one) => [one.id, one.sound]));
    const told = takes.map((take) => ({ ...this.#fromServer(take), sound: sounds.get(take.id) || this.soundOf(take.id) }));
    const among = new Set(takes.map(({ id }) => id));
    this.#made.set(place, [...told, ...known.filter(({ id }) => !among.has(id))]);
    this.#read.add(place);
  }

  /** @param {ServerTake} take @returns {Attempt} */
  #fromServer({ id, qc, accepted, duration_ms, reported }) {
    const { verdict, reasons = [] } = qc;
    return { id, verdict, reasons, seconds: duration_ms / 1000, state: "stored", accepted, interrupted: reported?.interrupted ?? "", sound: this.soundOf(id) };
  }
}

/** One take of a prompt is chosen at most. @param {Attempt} one @param {ServerTake} stored @returns {Attempt} */
const chosenNow = (one, stored) => (stored.accepted ? { ...one, accepted: false } : one);
