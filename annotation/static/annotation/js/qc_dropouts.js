/** Where sound was lost on its way: held samples, repeated blocks, and jumps at lost blocks. */

import { meanSquare, runsOf } from "./qc_sound.js";

const HELD_S = 0.002;
const LOUD_SHARE = 0.1;
const AROUND_S = 0.01;
const BLOCKS = [128, 256, 441, 480, 512, 882, 960, 1024, 2048];
const REPEAT_LEAST = 128;
const JUMP_SHARE = 20;
const JUMP_LEAST = 0.02;
const JUMP_AROUND_S = 0.004;
const SAME_PLACE_S = 0.01;

/** @typedef {Float32Array | Float64Array} Sound */

/**
 * What was lost between the first and the last speech: at how many places, and how many samples of one value fill some of them.
 * @param {Sound} sound
 * @param {number} rateHz
 * @param {[number, number]} span first and past-the-last sample of speech
 * @param {number} speechPower mean square of the speech
 */
export function lostSound(sound, rateHz, [first, last], speechPower) {
  const piece = sound.subarray(first, Math.min(last, sound.length));
  const filled = held(piece, rateHz, speechPower);
  const places = [...filled.map(([, end]) => end), ...repeated(piece, speechPower), ...jumps(piece, rateHz)];
  places.sort((a, b) => a - b);
  const apart = Math.round(SAME_PLACE_S * rateHz);
  return {
    places: places.filter((place, n) => n === 0 || place - places[n - 1] > apart).length,
    samples: filled.reduce((sum, [start, end]) => sum + end - start, 0),
  };
}

/** First and last sample of runs of one value, with speech right before and after them. @param {Sound} piece @param {number} rateHz @param {number} speechPower */
function held(piece, rateHz, speechPower) {
  const least = Math.max(8, Math.round(HELD_S * rateHz));
  const around = Math.round(AROUND_S * rateHz);
  let extreme = 0;
  for (const value of piece) extreme = Math.max(extreme, 0.98 * Math.abs(value));
  /** @type {[number, number][]} */
  const found = [];
  for (const [first, last] of runsOf(piece.length - 1, (n) => piece[n + 1] === piece[n], least - 1)) {
    if (piece[first] !== 0 && Math.abs(piece[first]) >= extreme) continue; // clipping, and told as such
    const before = meanSquare(piece, Math.max(0, first - around), first);
    const after = meanSquare(piece, last + 1, Math.min(piece.length, last + 1 + around));
    if (Math.min(before, after) > LOUD_SHARE * speechPower) found.push([first, last]);
  }
  return found;
}

/** Ends of blocks that equal the block before them. @param {Sound} piece @param {number} speechPower */
function repeated(piece, speechPower) {
  const found = [];
  for (const block of BLOCKS) {
    const same = (/** @type {number} */ n) => piece[n + block] === piece[n];
    for (const [first, last] of runsOf(piece.length - block, same, Math.max(REPEAT_LEAST, block))) {
      const stretch = piece.subarray(first, last + block);
      const moves = stretch.some((value) => value !== stretch[0]);
      if (moves && meanSquare(stretch, 0, stretch.length) > 0.01 * speechPower) found.push(last + block);
    }
  }
  return found;
}

/** Samples where the line bends many times as much as nearby. @param {Sound} piece @param {number} rateHz */
function jumps(piece, rateHz) {
  const around = Math.max(4, Math.round(JUMP_AROUND_S * rateHz));
  if (piece.length <= 2 * around + 3) return [];
  const count = piece.length - 2;
  const bend = (/** @type {number} */ n) => piece[n + 2] - piece[n + 1] - (piece[n + 1] - piece[n]);
  const sums = new Float64Array(count + 1);
  for (let n = 0; n < count; n += 1) sums[n + 1] = sums[n] + bend(n) ** 2;
  const found = [];
  for (let n = 0; n < count; n += 1) {
    const power = bend(n) ** 2;
    if (power <= JUMP_LEAST ** 2) continue;
    const [first, last] = [Math.max(0, n - around), Math.min(count, n + around + 1)];
    const [innerFirst, innerLast] = [Math.max(0, n - 2), Math.min(count, n + 3)];
    const energy = sums[last] - sums[first] - (sums[innerLast] - sums[innerFirst]);
    const usual = Math.max(energy, 0) / (last - first - (innerLast - innerFirst));
    if (power > JUMP_SHARE ** 2 * usual) found.push(n + 1);
  }
  return found;
}
