/**
 * The takes of this browser, from their first second until the server has them. What the browser has no room for is
 * held in memory, counted and told, and never thrown away.
 */

import { memoryShelf } from "./shelf.js";
import { decodePcm, wavFile } from "./wav_encode.js";

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {import("./shelf.js").Shelf} Shelf
 * @typedef {{count: number, bytes: number, unsaved: number, refused: number}} Waiting
 */

/** The server's word for a speaker who has not agreed, or took it back. */
export const NO_CONSENT = "consent_missing";

/**
 * Whether it stays here for want of a consent: it is not sent before there is one.
 * @param {Pick<Take, "refusal">} take
 */
export const isWithheld = ({ refusal }) => refusal?.code === NO_CONSENT;

/** Shorter than this is no attempt: a browser that was killed as somebody pressed the key. */
const SHORTEST_S = 0.2;
/** What ended a take when nobody is left to say it. */
export const KILLED = "browser";

export class TakeStore {
  /** What the browser did not take. */
  #inMemory = memoryShelf();
  /** Takes of which some is in memory only. @type {Set<string>} */
  #unsaved = new Set();
  #isBlind = false;

  /** @param {Shelf} shelf @param {{onFull?: () => void, onChange?: () => void}} [tell] */
  constructor(shelf, { onFull = () => {}, onChange = () => {} } = {}) {
    this.shelf = shelf;
    this.onFull = onFull;
    this.onChange = onChange;
  }

  /** How many takes only this tab has. */
  get unsaved() {
    return this.#unsaved.size;
  }

  /** Whether the browser did not say, when it was asked last, which takes it has: none may be taken for "no take". */
  get isBlind() {
    return this.#isBlind;
  }

  /** Whether some of it is in this tab only. @param {string} id */
  isUnsaved(id) {
    return this.#unsaved.has(id);
  }

  /**
   * Write down what has come of a take, and what the browser had no room for before: what lies there never has a hole.
   * `durable` waits for the disk.
   * @param {Take} take as it is now
   * @param {import("./shelf.js").Piece[]} pieces further ones
   */
  async write(take, pieces, durable = false) {
    const held = this.#unsaved.has(take.id) ? await this.#inMemory.pieces(take.id) : [];
    try {
      await this.shelf.write({ take, pieces: [...held, ...pieces], durable });
      if (this.#unsaved.delete(take.id)) await this.#inMemory.remove(take.id);
    } catch {
      await this.#inMemory.write({ take, pieces });
      const first = !this.#unsaved.has(take.id);
      this.#unsaved.add(take.id);
      if (first) this.onFull();
    }
    if (durable) this.onChange();
  }

  /** @param {string} id @param {Partial<Take>} change */
  async change(id, change) {
    await this.shelf.change(id, change).catch(() => this.#hold(id));
    await this.#inMemory.change(id, change);
    this.onChange();
  }

  /** The browser does not write down what becomes of it: this tab knows it meanwhile. @param {string} id */
  async #hold(id) {
    const take = (await this.takes()).find((one) => one.id === id);
    if (take) await this.#inMemory.write({ take });
  }

  /** All of them, oldest first. @returns {Promise<Take[]>} */
  async takes() {
    const kept = await this.#kept();
    const held = await this.#inMemory.takes();
    const newer = new Set(held.map(({ id }) => id));
    return [...kept.filter(({ id }) => !newer.has(id)), ...held].sort((a, b) => (a.recorded_at < b.recorded_at ? -1 : 1));
  }

  async #kept() {
    try {
      const kept = await this.shelf.takes();
      this.#isBlind = false;
      return kept;
    } catch {
      this.#isBlind = true;
      return [];
    }
  }

  /** Those that may be sent. */
  async finished() {
    return (await this.takes()).filter(({ state }) => state === "finished");
  }

  /** The take as the file that the server gets. @param {Take} take */
  async file(take) {
    return wavFile(await this.#pieces(take.id), take);
  }

  /** The take as samples. @param {Take} take */
  async samples(take) {
    return decodePcm(joinedBytes(await this.#pieces(take.id)), take.bits);
  }

  /**
   * Up to the first that is missing: sound with a hole is none. Rejects where the browser does not give them out: a part
   * must not be taken for the whole.
   * @param {string} id @returns {Promise<Uint8Array<ArrayBuffer>[]>}
   */
  async #pieces(id) {
    const held = await this.#inMemory.pieces(id);
    const kept = held[0]?.n === 0 ? [] : await this.shelf.pieces(id);
    const pieces = [...kept, ...held].sort((a, b) => a.n - b.n);
    const whole = pieces.findIndex(({ n }, place) => n !== place);
    return (whole < 0 ? pieces : pieces.slice(0, whole)).map(({ bytes }) => bytes);
  }

  /** The server has it, or somebody decided so. @param {string} id */
  async remove(id) {
    await this.shelf.remove(id).catch(() => undefined);
    await this.#inMemory.remove(id);
    this.#unsaved.delete(id);
    this.onChange();
  }

  /**
   * What is to be sent, or was refused. What is withheld of `session` is told apart, as it waits for nothing.
   * @param {string} [session]
   * @returns {Promise<Waiting>}
   */
  async waiting(session) {
    const takes = (await this.finished()).filter((take) => take.session !== session || !isWithheld(take));
    const bytes = takes.reduce((sum, take) => sum + (take.frames * take.bits) / 8, 0);
    const refused = takes.filter(({ refusal }) => refusal && !refusal.later).length;
    return { count: takes.length, bytes, unsaved: this.unsaved, refused };
  }

  /** The consent is missing: this take stays here until there is one, without asking the server. @param {string} id */
  async withhold(id) {
    await this.change(id, { refusal: { status: 403, code: NO_CONSENT, detail: "", later: false } });
  }

  /**
   * Finish what another page left unfinished: its browser was killed or crashed.
   * @param {(take: Take) => Promise<boolean>} isAbandoned whether no page is recording it now
   * @returns {Promise<Take[]>} those that were found
   */
  async recover(isAbandoned) {
    const found = [];
    for (const { id } of await this.takes()) {
      const take = await this.#left(id, isAbandoned);
      if (!take) continue;
      if (take.frames < SHORTEST_S * take.rate_hz) {
        await this.remove(take.id);
        continue;
      }
      const reported = { ...take.reported, interrupted: KILLED };
      await this.change(take.id, { state: "finished", interrupted: KILLED, reported });
      found.push({ ...take, interrupted: KILLED });
    }
    return found;
  }

  /**
   * The take as it is now, if its page left it unfinished. A page that ends its take lets go of it only then: what was read
   * before may be a whole take meanwhile.
   * @param {string} id @param {(take: Take) => Promise<boolean>} isAbandoned
   * @returns {Promise<Take | undefined>}
   */
  async #left(id, isAbandoned) {
    const unfinished = async () => (await this.takes()).find((take) => take.id === id && take.state === "recording");
    const take = await unfinished();
    return take && (await isAbandoned(take)) ? unfinished() : undefined;
  }
}

/** @param {Uint8Array[]} pieces */
function joinedBytes(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

