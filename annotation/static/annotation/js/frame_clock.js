/**
 * Numbers the frames of a device by the times that its blocks carry: where the machine left some out, the numbers jump.
 * Times tremble by what the system needs to look, and a device's clock runs a little faster or slower than the system's:
 * neither is a gap.
 */

/** Blocks come later than that only after others were lost. */
const GAP_US = 50_000;
/** Blocks that only came late are followed by others that catch up. */
const CATCH_UP_US = 500_000;
/** The clocks are held together over as long. */
const STEADY_US = 2_000_000;

export class FrameClock {
  /** When frame 0 was recorded, by the clocks as they stand now; in microseconds, as all times here. */
  #origin = NaN;
  #next = 0;
  /** Frames that were taken for missing, and how long ago. */
  #doubted = 0;
  #since = 0;

  /** @param {number} rate_hz */
  constructor(rate_hz) {
    this.us = 1e6 / rate_hz;
  }

  /**
   * @param {number} time of the block's first frame
   * @param {number} frames in the block
   * @returns {number} the number of its first frame: higher than the last block's end by what is missing, lower where
   * what was taken for missing has come after all
   */
  number(time, frames) {
    if (Number.isNaN(this.#origin)) this.#origin = time;
    const late = time - this.#origin - this.#next * this.us;
    if (late > GAP_US) this.#leap(Math.round(late / this.us));
    else if (late < -GAP_US && this.#doubted && this.#since < CATCH_UP_US) this.#leap(-this.#doubted);
    else if (late < -GAP_US) this.#origin += late; // somebody has set the clock
    else this.#origin += late * Math.min(1, (frames * this.us) / STEADY_US);
    this.#since += frames * this.us;
    const first = this.#next;
    this.#next += frames;
    return first;
  }

  /** @param {number} frames */
  #leap(frames) {
    this.#next += frames;
    this.#doubted = Math.max(0, frames);
    this.#since = 0;
  }
}
