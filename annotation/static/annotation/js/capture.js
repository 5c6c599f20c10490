/**
 * From the blocks of a microphone to the samples of a take. What came just before "record" is held back, and a little is
 * added after "stop", so that no first or last sound is cut by the speed of a hand. Knows nothing of browsers.
 */

export const BEFORE_S = 0.3;
export const AFTER_S = 0.25;
/** Converters and drivers start with a click or a ramp: nothing is recorded before this. */
const SETTLE_S = 0.4;
/** What came is never older than this while the page has time. */
const HELD_UP_MS = 100;
/** Nothing comes later than this. */
const MOST_HELD_UP_MS = 10_000;
/** Clocks part, and the sound's own may stand still for a while: what was so long ago is forgotten. */
const REMEMBERED_MS = 1_000;

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
  #gaps = 0;
  /** When the last frame that came was due, by the sound's own clock. */
  #last_ms = 0;
  /** The least by which frames came after that: in the stretch of time under way, and in the one before. */
  #lags_ms = [Infinity, Infinity];
  /** When that stretch began. */
  #stretch_ms = -Infinity;
  /** @type {(() => void) | null} */
  #ended = null;

  /** @param {number} rate_hz @param {{before_s?: number, after_s?: number, settle_s?: number, now?: () => number}} [lengths] `now` in ms */
  constructor(rate_hz, { before_s = BEFORE_S, after_s = AFTER_S, settle_s = SETTLE_S, now = () => performance.now() } = {}) {
    this.rate_hz = rate_hz;
    this.now = now;
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

  /** Of the take under way, or of the last one: frames in it, frames that the machine left out, and at how many places. */
  get figures() {
    return { frames: this.#frames, missing: this.#missing, gaps: this.#gaps };
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
    this.#keepTime();
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
    this.#gaps = 0;
    const held = this.#held;
    this.#forget();
    for (const samples of held) this.#give(samples);
  }

  /** Resolves once the frames after "stop" are in; first those that a page held up has yet to see. @returns {Promise<void>} */
  end() {
    if (!this.#receiver) return Promise.resolve();
    this.#left = Math.min(this.#left, this.#behind() + this.after);
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

  #keepTime() {
    const due_ms = (1000 * this.#expected) / this.rate_hz;
    const now = this.now();
    // A page that was held up sees all that waited in a moment: no stretch ends meanwhile.
    if (now - this.#stretch_ms > REMEMBERED_MS) {
      this.#lags_ms = [Infinity, this.#lags_ms[0]];
      this.#stretch_ms = now;
    }
    this.#lags_ms[0] = Math.min(this.#lags_ms[0], now - due_ms);
    this.#last_ms = due_ms;
  }

  /** Frames that were recorded by now and have not come. */
  #behind() {
    const late_ms = Math.min(this.now() - this.#last_ms - Math.min(...this.#lags_ms), MOST_HELD_UP_MS);
    return late_ms > HELD_UP_MS ? Math.round((late_ms * this.rate_hz) / 1000) : 0;
  }

  /** @param {Float32Array} samples @param {number} gap below 0: an earlier one was none @returns {void} */
  #take(samples, gap) {
    if (gap > 0 || this.#gaps) {
      this.#missing += gap;
      this.#gaps += Math.sign(gap);
    }
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
