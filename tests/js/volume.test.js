import assert from "node:assert/strict";
import { test } from "node:test";

import { drawCount, Listening, quietTones, rmsOf, speechNoise } from "../../annotation/static/annotation/js/volume.js";

const RATE_HZ = 16_000;
const rms = (samples) => Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
const db = (value) => 20 * Math.log10(value);

/** A generator of numbers from 0 to 1 that gives the same each time. */
function seeded() {
  let state = 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("the noise is as loud as the voices and never clips", () => {
  const noise = speechNoise(RATE_HZ, -26, seeded());
  assert.ok(Math.abs(db(rms(noise)) + 26) < 0.1);
  assert.ok(noise.every((value) => Math.abs(value) < 1));
});

test("the noise has less of the high frequencies, as speech has", () => {
  const noise = speechNoise(RATE_HZ, -26, seeded());
  const steps = noise.slice(1).map((value, n) => value - noise[n]);
  // Of white noise the differences have 1.41 times the level of the samples.
  assert.ok(rms(steps) < 0.8 * rms(noise));
});

test("tones are 25 dB below the voices and as many as asked for", () => {
  const samples = quietTones(3, RATE_HZ, -26);
  let tones = 0;
  let silent = 1e9;
  for (const value of samples) {
    if (value !== 0 && silent > 0.1 * RATE_HZ) tones += 1;
    silent = value === 0 ? silent + 1 : 0;
  }
  assert.equal(tones, 3);
  const middle = samples.slice(0.1 * RATE_HZ, 0.15 * RATE_HZ);
  assert.ok(Math.abs(db(rms(middle)) - (-26 - 25)) < 0.1);
});

test("there are two to four tones", () => {
  assert.deepEqual([0, 0.34, 0.67, 0.999].map((value) => drawCount(() => value)), [2, 3, 4, 4]);
  assert.equal(rmsOf(-20), 0.1);
});

test("left, then right, and what was heard of what was played is kept", () => {
  const check = new Listening(seeded());
  assert.equal(check.ear, "left");
  assert.equal(check.answer(check.count), "next");
  assert.equal(check.ear, "right");
  assert.equal(check.answer(check.count), "done");
  assert.deepEqual(check.heard, check.played);
  assert.equal(check.heard.length, 2);
});

test("three wrong answers end the check, whichever ear they are of", () => {
  const check = new Listening(seeded());
  assert.equal(check.answer(0), "again");
  assert.equal(check.answer(check.count), "next");
  assert.equal(check.answer(0), "again");
  assert.equal(check.answer(0), "failed");
});
