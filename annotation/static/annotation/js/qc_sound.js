/** Arithmetic that the figures of a take share. */

export const FLOOR_DBFS = -120;
export const FRAME_MS = 10;
export const FULL_SCALE = 0.9999;
export const FULL_SCALE_RUN = 2;
const NOISE_QUANTILE = 0.1;

/** Decibels of a mean square, at least FLOOR_DBFS. @param {number} power */
export function dbOfPower(power) {
  return power > 1e-12 ? 10 * Math.log10(power) : FLOOR_DBFS;
}

/** @param {number} levelDb */
export function powerOfDb(levelDb) {
  return 10 ** (levelDb / 10);
}

/**
 * Mean square about `offset` of samples [first, last); 0 of none.
 * @param {Float32Array | Float64Array} sound
 * @param {number} first
 * @param {number} last
 * @param {number} [offset]
 */
export function meanSquare(sound, first, last, offset = 0) {
  let sum = 0;
  for (let n = first; n < last; n += 1) {
    const value = sound[n] - offset;
    sum += value * value;
  }
  return last > first ? sum / (last - first) : 0;
}

/**
 * First and past-the-last index of each stretch of at least `least` indexes that `holds`, in order.
 * @param {number} length
 * @param {(index: number) => boolean} holds
 * @param {number} [least]
 */
export function runsOf(length, holds, least = 1) {
  /** @type {[number, number][]} */
  const runs = [];
  let first = -1;
  for (let n = 0; n <= length; n += 1) {
    if (n < length && holds(n)) {
      if (first < 0) first = n;
    } else if (first >= 0) {
      if (n - first >= least) runs.push([first, n]);
      first = -1;
    }
  }
  return runs;
}

/** The level that a tenth of the frames stay below, still ones left out. @param {Float64Array} powers */
export function noisePower(powers) {
  const alive = powers.filter((power) => power > powerOfDb(FLOOR_DBFS)).sort();
  return alive.length ? alive[Math.floor(NOISE_QUANTILE * (alive.length - 1))] : 0;
}
