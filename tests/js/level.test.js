import assert from "node:assert/strict";
import { test } from "node:test";

import { LevelMeter, SILENCE_DBFS, dbfs, noiseFloor, noiseVerdict, wordFor } from "../../annotation/static/annotation/js/level.js";
import { placeOf } from "../../annotation/static/annotation/js/meter.js";

const tone = (amplitude, frames = 4800) => Float32Array.from({ length: frames }, (_, n) => amplitude * Math.sin(n / 5));
const flat = (value, frames = 4800) => new Float32Array(frames).fill(value);

test("a sine of half amplitude has a peak of -6 dBFS and a level 3 dB below", () => {
  const meter = new LevelMeter();
  meter.push(tone(0.5), 0);
  const { level_dbfs, peak_dbfs } = meter.read(0);
  assert.ok(Math.abs(peak_dbfs + 6.02) < 0.05);
  assert.ok(Math.abs(level_dbfs + 9.03) < 0.1);
});

test("silence is the bottom of the scale and not minus infinity", () => {
  const meter = new LevelMeter();
  assert.equal(meter.read(0).level_dbfs, SILENCE_DBFS);
  meter.push(flat(0), 0);
  assert.equal(meter.read(0).hold_dbfs, SILENCE_DBFS);
  assert.equal(dbfs(0), SILENCE_DBFS);
});

test("a peak is held for a while and then let go", () => {
  const meter = new LevelMeter();
  meter.push(tone(0.5), 0);
  meter.push(tone(0.01), 1000);
  assert.ok(meter.read(1000).hold_dbfs > -7);
  meter.push(tone(0.01), 2000);
  assert.ok(meter.read(2000).hold_dbfs < -39);
});

test("the peak of just now is not the one that is held", () => {
  const meter = new LevelMeter();
  meter.push(tone(0.5), 0);
  meter.push(tone(0.01), 500);
  assert.ok(meter.recent(600) > -7, "nobody has seen it yet");
  meter.push(tone(0.01), 1000);
  assert.ok(meter.recent(1000) < -39);
  assert.ok(meter.read(1000).hold_dbfs > -7);
  assert.equal(new LevelMeter().recent(0), SILENCE_DBFS);
});

test("two samples at full scale in a row are clipping, one is not", () => {
  const meter = new LevelMeter();
  meter.push(Float32Array.of(0.2, 1, 0.2), 0);
  assert.equal(meter.read(0).clipped, false);
  meter.push(Float32Array.of(0.2, 1), 10);
  meter.push(Float32Array.of(1, 0.2), 20);
  assert.equal(meter.read(20).clipped, true);
  assert.equal(meter.read(4000).clipped, false);
});

test("the word says what to change", () => {
  const at = (hold_dbfs, clipped = false) => wordFor({ level_dbfs: hold_dbfs, peak_dbfs: hold_dbfs, hold_dbfs, clipped });
  assert.deepEqual([at(-90), at(-45), at(-12), at(-1), at(-1, true)], ["silent", "quiet", "good", "loud", "clipped"]);
});

test("one knock does not make a room loud", () => {
  const room = flat(0.001, 48_000);
  room.fill(0.5, 10_000, 12_000);
  assert.ok(Math.abs(noiseFloor(room, 48_000) + 60) < 0.5);
  assert.equal(noiseFloor(new Float32Array(0), 48_000), SILENCE_DBFS);
});

test("a room is judged by its noise", () => {
  assert.deepEqual([-70, -50, -30].map(noiseVerdict), ["good", "fair", "bad"]);
});

test("the scale of the meter ends at full scale", () => {
  assert.deepEqual([placeOf(0), placeOf(-66), placeOf(-200), placeOf(6)], [100, 0, 0, 100]);
});
