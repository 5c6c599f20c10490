/** The level meter: what comes from the microphone now, block by block, and how loud the room is. */

import { dbOfPower, FRAME_MS, FULL_SCALE, FULL_SCALE_RUN, linePower, noisePower } from "./qc_sound.js";

/** How long the room is remembered: longer than a sentence, so that some of its pauses count. */
const NOISE_S = 6;

/** @typedef {{level_dbfs: number, peak_dbfs: number, clipped: boolean, noise_dbfs: number | null}} Reading */

export class Meter {
  /** @param {number} rateHz of the samples that will come */
  constructor(rateHz) {
    this.rateHz = rateHz;
    this.size = Math.max(1, Math.round((rateHz * FRAME_MS) / 1000));
    this.frame = new Float64Array(this.size);
    this.filled = 0;
    this.heard = 0;
    this.atLimit = 0;
    this.power = 0;
    /** @type {number[]} powers of the latest frames, oldest first */
    this.powers = [];
  }

  /** Forget what was heard: another device, another room. */
  reset() {
    Object.assign(this, new Meter(this.rateHz));
  }

  /**
   * Take the next samples, of whatever number.
   * @param {Float32Array} block
   * @returns {Reading} level (as of a take: without DC and rumble) of the frames of 20 ms that the block filled,
   *   or of the latest one; peak and clipping of the block; the noise floor of the last seconds, null during the
   *   first half second
   */
  push(block) {
    let peak = 0;
    let clipped = false;
    /** @type {number[]} */
    const filled = [];
    for (const value of block) {
      peak = Math.max(peak, Math.abs(value));
      this.atLimit = Math.abs(value) >= FULL_SCALE ? this.atLimit + 1 : 0;
      clipped ||= this.atLimit >= FULL_SCALE_RUN;
      if (this.#fills(value)) filled.push(linePower(this.frame, 0, this.size));
    }
    this.#remember(filled);
    return {
      level_dbfs: dbOfPower(this.power),
      peak_dbfs: dbOfPower(peak * peak),
      clipped,
      noise_dbfs: this.heard < 0.5 * this.rateHz ? null : dbOfPower(noisePower(Float64Array.from(this.powers))),
    };
  }

  /** Take one sample; true when it was the last of its frame. @param {number} value */
  #fills(value) {
    this.heard += 1;
    this.frame[this.filled] = value;
    this.filled = (this.filled + 1) % this.size;
    return this.filled === 0;
  }

  /** @param {number[]} filled powers of new frames */
  #remember(filled) {
    if (filled.length === 0) return;
    this.power = filled.reduce((sum, power) => sum + power, 0) / filled.length;
    this.powers.push(...filled);
    this.powers.splice(0, Math.max(0, this.powers.length - (NOISE_S * 1000) / FRAME_MS));
  }
}
