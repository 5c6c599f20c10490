/** Arithmetic that the figures of a take share. */

export const FLOOR_DBFS = -120;
export const FRAME_MS = 20;
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
 * Mean square of samples [first, last); 0 of none.
 * @param {Float32Array | Float64Array} sound
 * @param {number} first
 * @param {number} last
 */
export function meanSquare(sound, first, last) {
  let sum = 0;
  for (let n = first; n < last; n += 1) sum += sound[n] * sound[n];
  return last > first ? sum / (last - first) : 0;
}

/**
 * Mean square of samples [first, last) about their mean and, unless told otherwise, about their straight
 * line: DC and rumble below some 50 Hz are no voice. 0 where all are the same.
 * @param {Float32Array | Float64Array} sound
 * @param {number} first
 * @param {number} last
 * @param {boolean} [sloping]
 */
export function linePower(sound, first, last, sloping = true) {
  const size = last - first;
  const middle = (size - 1) / 2;
  let [sum, squares, slope, ramp] = [0, 0, 0, 0];
  let still = true;
  for (let n = 0; n < size; n += 1) {
    const value = sound[first + n];
    still &&= value === sound[first];
    sum += value;
    squares += value * value;
    slope += value * (n - middle);
    ramp += (n - middle) * (n - middle);
  }
  if (still) return 0;
  const mean = sum / size;
  const leaning = sloping ? (slope * slope) / Math.max(ramp, 1e-12) / size : 0;
  return Math.max(0, squares / size - mean * mean - leaning);
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
