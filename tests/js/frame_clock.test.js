import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameClock } from "../../annotation/static/annotation/js/frame_clock.js";

const RATE_HZ = 48_000;
const FRAMES = 480;
const BLOCK_US = 10_000;

/** Numbers of blocks that came at these times, in units of a block. */
function numbers(times) {
  const clock = new FrameClock(RATE_HZ);
  return times.map((time) => clock.number(1e9 + time * BLOCK_US, FRAMES) / FRAMES);
}

const blocks = (n) => Array.from({ length: n }, (_, k) => k);

test("frames follow one another while time goes on as they do", () => {
  assert.deepEqual(numbers(blocks(200)), blocks(200));
});

test("blocks that were lost are counted by their time", () => {
  assert.deepEqual(numbers([0, 1, 2, 43, 44]), [0, 1, 2, 43, 44]);
});

test("a time that trembles is no gap", () => {
  const trembling = blocks(3_000).map((k) => k + 2 * Math.sin(k * k));
  assert.deepEqual(numbers(trembling), blocks(3_000));
});

for (const [name, pace] of [["slower", 1.0005], ["faster", 0.9995]]) {
  test(`a device whose clock is ${name} than the system's loses nothing in ten minutes`, () => {
    assert.deepEqual(numbers(blocks(60_000).map((k) => k * pace)), blocks(60_000));
  });
}

test("a clock that was set back is followed, and gaps after it are seen", () => {
  assert.deepEqual(numbers([0, 1, -900, -899, -890]), [0, 1, 2, 3, 12]);
});

test("a loss while clocks drift is told within a hundredth of a second", () => {
  const times = blocks(20_000).map((k) => (k < 10_000 ? k : k + 30) * 1.0002);
  const found = numbers(times);
  assert.ok(Math.abs(found.at(-1) - (19_999 + 30)) <= 1, `${found.at(-1)}`);
});

test("a block that was only handed over late is no loss once others have caught up", () => {
  const hiccup = [0, 1, 2, 10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 11, 12, 13];
  assert.equal(numbers(hiccup).at(-1), hiccup.length - 1);
});

test("hiccups do not add up", () => {
  const times = blocks(3_010).map((k) => (k % 300 === 299 ? k + 7 : k));
  assert.equal(numbers(times).at(-1), 3_009);
});
