/** How loud the microphone is: level, peak that is held for a while, clipping. Holds no page. */

/** What stands for silence: below the noise of 24 bits. */
export const SILENCE_DBFS = -120;
const HOLD_MS = 1_500;
const CLIP_HOLD_MS = 3_000;
/** The level follows about as fast as a hand can. */
const WINDOW_MS = 300;
/** What somebody who looks three times a second has not seen yet. */
const RECENT_MS = 700;
/** A converter at its end gives its largest value several times in a row. */
const FULL_SCALE = 0.999;
const CLIP_RUN = 2;

/** @typedef {{level_dbfs: number, peak_dbfs: number, hold_dbfs: number, clipped: boolean}} Level `hold_dbfs`: a peak that is held */
/** @typedef {"silent" | "quiet" | "good" | "loud" | "clipped"} LevelWord */

/** @param {number} amplitude 1 is full scale */
export const dbfs = (amplitude) => (amplitude > 0 ? Math.max(SILENCE_DBFS, 20 * Math.log10(amplitude)) : SILENCE_DBFS);

export class LevelMeter {
  /** @type {{at: number, energy: number, frames: number}[]} */
  #window = [];
  #peak = 0;
  /** @type {{at: number, peak: number}[]} */
  #peaks = [];
  #hold = 0;
  #holdUntil = 0;
  #clipUntil = -1;
  #run = 0;

  /** @param {Float32Array} samples @param {number} now_ms */
  push(samples, now_ms) {
    let energy = 0;
    let peak = 0;
    for (const value of samples) {
      const size = Math.abs(value);
      energy += value * value;
      if (size > peak) peak = size;
      this.#run = size >= FULL_SCALE ? this.#run + 1 : 0;
      if (this.#run >= CLIP_RUN) this.#clipUntil = now_ms + CLIP_HOLD_MS;
    }
    this.#window.push({ at: now_ms, energy, frames: samples.length });
    this.#window = this.#window.filter(({ at }) => at > now_ms - WINDOW_MS);
    this.#peak = peak;
    this.#peaks.push({ at: now_ms, peak });
    this.#peaks = this.#peaks.filter(({ at }) => at > now_ms - RECENT_MS);
    if (peak >= this.#hold || now_ms > this.#holdUntil) {
      this.#hold = peak;
      this.#holdUntil = now_ms + HOLD_MS;
    }
  }

  /** The highest peak of just now, for somebody who looks a few times a second. @param {number} now_ms @returns {number} dBFS */
  recent(now_ms) {
    return dbfs(Math.max(0, ...this.#peaks.filter(({ at }) => at > now_ms - RECENT_MS).map(({ peak }) => peak)));
  }

  /** @param {number} now_ms @returns {Level} */
  read(now_ms) {
    const frames = this.#window.reduce((sum, one) => sum + one.frames, 0);
    const energy = this.#window.reduce((sum, one) => sum + one.energy, 0);
    return {
      level_dbfs: frames ? dbfs(Math.sqrt(energy / frames)) : SILENCE_DBFS,
      peak_dbfs: dbfs(this.#peak),
      hold_dbfs: dbfs(this.#hold),
      clipped: now_ms < this.#clipUntil,
    };
  }
}

/** What to say of it: by the peak that is held, so that it does not change with each syllable. @param {Level} level @returns {LevelWord} */
export function wordFor({ hold_dbfs, clipped }) {
  if (clipped) return "clipped";
  if (hold_dbfs > -3) return "loud";
  if (hold_dbfs > -30) return "good";
  return hold_dbfs > -60 ? "quiet" : "silent";
}

/**
 * The noise of a room where nobody speaks: the median of its tenths of a second, so that one knock does not count.
 * @param {Float32Array} samples
 * @param {number} rate_hz
 * @returns {number} dBFS
 */
export function noiseFloor(samples, rate_hz) {
  const frames = Math.max(1, Math.round(rate_hz / 10));
  const levels = [];
  for (let at = 0; at + frames <= samples.length; at += frames) {
    let energy = 0;
    for (let n = at; n < at + frames; n++) energy += samples[n] * samples[n];
    levels.push(dbfs(Math.sqrt(energy / frames)));
  }
  levels.sort((a, b) => a - b);
  return levels.length ? levels[Math.floor(levels.length / 2)] : SILENCE_DBFS;
}

/** @param {number} noise_dbfs @returns {"good" | "fair" | "bad"} */
export function noiseVerdict(noise_dbfs) {
  if (noise_dbfs <= -55) return "good";
  return noise_dbfs <= -45 ? "fair" : "bad";
}
