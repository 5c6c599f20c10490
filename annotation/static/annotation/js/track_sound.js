/**
 * The sound of a microphone as the browser holds it: from the track, block by block, through a queue that a busy page may
 * leave waiting. Nothing is resampled, and what the machine left out shows in the blocks' times. Chromium only, so far.
 */

import { FrameClock } from "./frame_clock.js";

/** Blocks have 10 ms: a page may be held up for ten seconds. */
const QUEUED_BLOCKS = 1_000;
/** A microphone that works has sent something by then, also on a machine with little time. */
const FIRST_MS = 5_000;

/**
 * @typedef {object} Receiver
 * @property {(samples: Float32Array, first: number) => void} onBlock
 * @property {(reason: "rate" | "ended") => void} onLost
 * @typedef {{rate_hz: number, close: () => void}} Sound
 */

/** Not yet among the types of TypeScript. @returns {any} */
const processorOf = () => /** @type {any} */ (globalThis).MediaStreamTrackProcessor;

/** Whether the browser can. */
export const canHearTrack = () => typeof processorOf() === "function";

/**
 * @param {MediaStreamTrack} track
 * @param {Receiver} receiver
 * @returns {Promise<Sound | null>} null where nothing comes this way
 */
export async function hearTrack(track, receiver) {
  /** @type {ReadableStreamDefaultReader<any>} */
  const reader = new (processorOf())({ track, maxBufferSize: QUEUED_BLOCKS }).readable.getReader();
  const first = await inTime(reader.read(), FIRST_MS);
  if (!first?.value) {
    void reader.cancel().catch(() => {});
    return null;
  }
  const rate_hz = first.value.sampleRate;
  const done = handOn(reader, first.value, { ...receiver, clock: new FrameClock(rate_hz), rate_hz });
  void done.catch(() => receiver.onLost("ended"));
  return { rate_hz, close: () => void reader.cancel().catch(() => {}) };
}

/** @template T @param {Promise<T>} promise @param {number} ms @returns {Promise<T | null>} null when it takes longer */
async function inTime(promise, ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((done) => (timer = setTimeout(() => done(null), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Until the track ends, or its rate is another one.
 * @param {ReadableStreamDefaultReader<any>} reader
 * @param {any} block AudioData
 * @param {Receiver & {clock: FrameClock, rate_hz: number}} to
 */
async function handOn(reader, block, { onBlock, onLost, clock, rate_hz }) {
  for (let next = { value: block, done: false }; !next.done; next = await reader.read()) {
    const { timestamp, sampleRate } = next.value;
    const samples = samplesOf(next.value);
    if (sampleRate !== rate_hz) return onLost("rate");
    onBlock(samples, clock.number(timestamp, samples.length));
  }
}

/** The first channel; the block is let go of. @param {any} block AudioData @returns {Float32Array} */
function samplesOf(block) {
  const samples = new Float32Array(block.numberOfFrames);
  block.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
  block.close();
  return samples;
}
