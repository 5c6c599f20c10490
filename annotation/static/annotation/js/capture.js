/**
 * From the blocks of a microphone to the samples of a take. What came just before "record" is held back, and a little is
 * added after "stop", so that no first or last sound is cut by the speed of a hand. Knows nothing of browsers.
 */

export const BEFORE_S = 0.3;
export const AFTER_S = 0.25;
/** Converters and drivers start with a click or a ramp: nothing is recorded before this. */
const SETTLE_S = 0.4;

/** @typedef {(samples: Float32Array) => void} Receiver */

export class Capture {
  /** The last frames before the take, oldest first. @type {Float32Array[]} */
  #held = [];
  #heldFrames = 0;
  #seen = 0;
  /** Number of the frame that should come next. */
  #expected = -1;
  /** @type {Receiver | null} */
  #receiver = null;
  /** Frames still to come after "stop"; Infinity while recording. */
  #left = Infinity;
  #frames = 0;
  #missing = 0;
  /** @type {(() => void) | null} */
  #ended = null;

  /** @param {number} rate_hz @param {{before_s?: number, after_s?: number, settle_s?: number}} [lengths] */
  constructor(rate_hz, { before_s = BEFORE_S, after_s = AFTER_S, settle_s = SETTLE_S } = {}) {
    this.rate_hz = rate_hz;
    this.before = Math.round(before_s * rate_hz);
    this.after = Math.round(after_s * rate_hz);
    this.settle = Math.round(settle_s * rate_hz);
  }

  /** Whether enough has come for the start of a take to be whole. */
  get isSettled() {
    return this.#seen >= this.settle + this.before;
  }

  get isRecording() {
    return this.#receiver !== null;
  }

  /** Of the take under way, or of the last one: frames in it, and frames that the machine left out. */
  get figures() {
    return { frames: this.#frames, missing: this.#missing };
  }

  /**
   * A block has come.
   * @param {Float32Array} samples
   * @param {number} first the number of its first frame, by the sound's own clock
   */
  push(samples, first) {
    const gap = this.#expected < 0 ? 0 : first - this.#expected;
    this.#expected = first + samples.length;
    this.#seen += samples.length;
    if (this.#receiver) this.#take(samples, gap);
    else this.#hold(samples, gap);
  }

  /** Start a take; what is held comes first. @param {Receiver} receiver */
  begin(receiver) {
    if (this.#receiver) throw new Error("A take is being recorded already.");
    this.#receiver = receiver;
    this.#left = Infinity;
    this.#frames = 0;
    this.#missing = 0;
    const held = this.#held;
    this.#forget();
    for (const samples of held) this.#give(samples);
  }

  /** Resolves once the frames after "stop" are in. @returns {Promise<void>} */
  end() {
    if (!this.#receiver) return Promise.resolve();
    this.#left = Math.min(this.#left, this.after);
    return new Promise((done) => {
      const before = this.#ended;
      this.#ended = () => (before?.(), done());
    });
  }

  /** The microphone is gone: the take ends with what came. */
  cut() {
    this.#receiver = null;
    this.#ended?.();
    this.#ended = null;
  }

  /** @param {Float32Array} samples @param {number} gap */
  #take(samples, gap) {
    this.#missing += Math.max(0, gap);
    const wanted = samples.length > this.#left ? samples.subarray(0, this.#left) : samples;
    this.#left -= wanted.length;
    this.#give(wanted);
    if (this.#left > 0) return;
    if (wanted.length < samples.length) this.#hold(samples.subarray(wanted.length), 0);
    this.cut();
  }

  /** @param {Float32Array} samples */
  #give(samples) {
    this.#frames += samples.length;
    this.#receiver?.(samples);
  }

  /** @param {Float32Array} samples @param {number} gap */
  #hold(samples, gap) {
    if (gap) this.#forget(); // what was before a gap does not belong to what comes after it
    this.#held.push(samples);
    this.#heldFrames += samples.length;
    while (this.#heldFrames > this.before) this.#letGo(this.#heldFrames - this.before);
  }

  /** @param {number} frames at least 1, of the oldest */
  #letGo(frames) {
    const oldest = this.#held[0];
    if (oldest.length <= frames) this.#held.shift();
    else this.#held[0] = oldest.subarray(frames);
    this.#heldFrames -= Math.min(frames, oldest.length);
  }

  #forget() {
    this.#held = [];
    this.#heldFrames = 0;
  }
}
