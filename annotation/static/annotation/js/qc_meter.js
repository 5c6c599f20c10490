/** The level meter: what comes from the microphone now, block by block, and how loud the room is. */

import { dbOfPower, FRAME_MS, FULL_SCALE, FULL_SCALE_RUN, noisePower } from "./qc_sound.js";

/** How long the room is remembered: longer than a sentence, so that some of its pauses count. */
const NOISE_S = 6;
/** The slow mean that DC is told from sound by. */
const DC_S = 0.5;

/** @typedef {{level_dbfs: number, peak_dbfs: number, clipped: boolean, noise_dbfs: number | null}} Reading */

export class Meter {
  /** @param {number} rateHz of the samples that will come */
  constructor(rateHz) {
    this.rateHz = rateHz;
    this.size = Math.max(1, Math.round((rateHz * FRAME_MS) / 1000));
    this.offset = 0;
    this.heard = 0;
    this.filled = 0;
    this.sum = 0;
    this.atLimit = 0;
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
   * @returns {Reading} level (without DC), peak and clipping of this block; the noise floor of the last seconds,
   *   null during the first half second
   */
  push(block) {
    let peak = 0;
    let sum = 0;
    let clipped = false;
    for (const value of block) {
      const power = this.#add(value);
      sum += power;
      peak = Math.max(peak, Math.abs(value));
      this.atLimit = Math.abs(value) >= FULL_SCALE ? this.atLimit + 1 : 0;
      clipped ||= this.atLimit >= FULL_SCALE_RUN;
    }
    return {
      level_dbfs: dbOfPower(block.length ? sum / block.length : 0),
      peak_dbfs: dbOfPower(peak * peak),
      clipped,
      noise_dbfs: this.#noise(),
    };
  }

  /** One sample: its power without DC. @param {number} value */
  #add(value) {
    this.heard += 1;
    // The mean of all at first, then one that forgets: no long settling at the start.
    this.offset += (value - this.offset) / Math.min(this.heard, DC_S * this.rateHz);
    const power = (value - this.offset) ** 2;
    this.sum += power;
    this.filled += 1;
    if (this.filled === this.size) {
      this.powers.push(this.sum / this.size);
      if (this.powers.length > (NOISE_S * 1000) / FRAME_MS) this.powers.shift();
      this.filled = 0;
      this.sum = 0;
    }
    return power;
  }

  #noise() {
    if (this.heard < 0.5 * this.rateHz) return null;
    return dbOfPower(noisePower(Float64Array.from(this.powers)));
  }
}
