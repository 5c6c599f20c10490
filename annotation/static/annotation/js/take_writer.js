/** Writes a take down while it is being spoken, a second at a time: a killed browser loses no more than the last one. */

import { encodePcm, joined } from "./wav_encode.js";

const PIECE_S = 1;

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {import("./take_store.js").TakeStore} TakeStore
 */

export class TakeWriter {
  /** Not yet in a piece. @type {Float32Array[]} */
  #loose = [];
  #looseFrames = 0;
  /** All of it, to be measured and heard. @type {Float32Array[]} */
  #all = [];
  #n = 0;
  /** What is being written, in order. */
  #writing = Promise.resolve();

  /**
   * @param {TakeStore} store @param {Take} take a new one
   * @param {() => Record<string, unknown>} [known] of it by now, to be reported: also of a take whose page does not live to end it
   */
  constructor(store, take, known = () => ({})) {
    this.store = store;
    this.take = take;
    this.known = known;
    this.#writing = store.write(take, []);
  }

  /** @param {Float32Array} samples */
  push(samples) {
    this.#all.push(samples);
    this.#loose.push(samples);
    this.#looseFrames += samples.length;
    if (this.#looseFrames >= PIECE_S * this.take.rate_hz) this.#write(false);
  }

  /**
   * The take is over.
   * @param {{interrupted?: string}} [end]
   * @returns {Promise<{take: Take, samples: Float32Array<ArrayBuffer>}>} once it is written down
   */
  async finish({ interrupted = "" } = {}) {
    const more = interrupted ? { interrupted } : {};
    /** @type {Take} */
    const finished = { ...this.take, state: "finished", interrupted, reported: { ...this.take.reported, ...more } };
    this.take = finished;
    const take = this.#write(true);
    await this.#writing;
    return { take, samples: joined(this.#all) };
  }

  /** Write down what is there, without waiting for a whole piece. */
  flush() {
    if (this.#looseFrames) this.#write(false);
  }

  /** Nothing was spoken: let go of it. */
  async discard() {
    await this.#writing;
    await this.store.remove(this.take.id);
  }

  /** @param {boolean} durable @returns {Take} as it is written */
  #write(durable) {
    const samples = joined(this.#loose);
    this.#loose = [];
    this.#looseFrames = 0;
    this.take = { ...this.take, frames: this.take.frames + samples.length };
    // What is known may be less later on: what came late was taken for missing.
    const take = { ...this.take, reported: { ...this.take.reported, ...this.known() } };
    const pieces = samples.length ? [{ take: take.id, n: this.#n++, bytes: encodePcm(samples, take.bits) }] : [];
    this.#writing = this.#writing.then(() => this.store.write(take, pieces, durable));
    return take;
  }
}
