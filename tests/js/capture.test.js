import assert from "node:assert/strict";
import { test } from "node:test";

import { Capture } from "../../annotation/static/annotation/js/capture.js";
import { joined } from "../../annotation/static/annotation/js/wav_encode.js";

/** A capture at 100 frames a second: 30 held, 20 after the end. Each frame's value is its number. */
function start({ block = 7 } = {}) {
  let next = 0;
  let held_up = 0;
  // The page's clock goes on as the frames do, and while nothing comes.
  const now = () => 10 * (next + held_up);
  const capture = new Capture(100, { before_s: 0.3, after_s: 0.2, settle_s: 0, now });
  const feed = (frames) => {
    for (const end = next + frames; next < end; next += block) {
      capture.push(Float32Array.from({ length: block }, (_, n) => next + n), next);
    }
  };
  const skip = (frames) => (next += frames);
  const holdUp = (frames) => (held_up = frames);
  return { capture, feed, skip, holdUp, at: () => next };
}

/** Record, and what came of it. */
function recording(capture) {
  const got = [];
  capture.begin((samples) => got.push(samples.slice()));
  return () => [...joined(got)];
}

test("a take begins before the key was pressed and ends after it was let go", async () => {
  const { capture, feed, at } = start();
  feed(70);
  const pressed = at();
  const take = recording(capture);
  feed(70);
  const stopped = at();
  const over = capture.end();
  feed(70);
  await over;
  assert.equal(take()[0], pressed - 30);
  assert.equal(take().at(-1), stopped + 20 - 1);
});

test("no frame is left out and none comes twice", async () => {
  for (const block of [1, 7, 64]) {
    const { capture, feed } = start({ block });
    feed(200);
    const take = recording(capture);
    feed(100);
    const over = capture.end();
    feed(100);
    await over;
    const frames = take();
    assert.ok(frames.every((value, n) => n === 0 || value === frames[n - 1] + 1));
    assert.equal(capture.figures.frames, frames.length);
  }
});

test("what follows a take is held for the next one", async () => {
  const { capture, feed } = start();
  feed(70);
  recording(capture);
  const over = capture.end();
  feed(70);
  await over;
  const [first] = recording(capture)();
  assert.equal(first, 140 - 30);
});

test("a machine that was too busy is told of by the frames that are missing", () => {
  const { capture, feed, skip } = start();
  feed(70);
  recording(capture);
  feed(70);
  skip(35);
  feed(70);
  assert.equal(capture.figures.missing, 35);
  assert.equal(capture.figures.gaps, 1);
});

test("what came before a gap does not begin a take", () => {
  const { capture, feed, skip } = start();
  feed(70);
  skip(500);
  feed(14);
  assert.deepEqual(recording(capture)(), [...Array(14).keys()].map((n) => 570 + n));
});

test("a microphone that is pulled out ends the take with what came", async () => {
  const { capture, feed } = start();
  feed(70);
  const take = recording(capture);
  feed(70);
  const over = capture.end();
  capture.cut();
  await over;
  assert.equal(take().length, 30 + 70);
  assert.equal(capture.isRecording, false);
});

test("nothing is recorded before the sound has settled", () => {
  const capture = new Capture(100, { before_s: 0.3, after_s: 0, settle_s: 0.4 });
  capture.push(new Float32Array(69), 0);
  assert.equal(capture.isSettled, false);
  capture.push(new Float32Array(1), 69);
  assert.equal(capture.isSettled, true);
});

test("two takes at once are refused", () => {
  const { capture } = start();
  capture.begin(() => {});
  assert.throws(() => capture.begin(() => {}));
});

test("what a page that was held up has yet to see belongs to the take", async () => {
  const { capture, feed, holdUp, at } = start();
  feed(70);
  const take = recording(capture);
  feed(70);
  holdUp(50);
  const spoken = at() + 50;
  const over = capture.end();
  holdUp(0);
  feed(140);
  await over;
  assert.ok(take().at(-1) >= spoken + 20 - 1, `${take().at(-1)} of ${spoken}`);
  assert.ok(take().at(-1) <= spoken + 30);
});

test("a microphone that is silent for an hour is not waited for as long", async () => {
  const { capture, feed, holdUp } = start();
  feed(70);
  recording(capture);
  feed(70);
  holdUp(360_000);
  const over = capture.end();
  feed(1_100);
  await over;
  assert.ok(capture.figures.frames < 1_200);
});

test("frames that come after all were not missing", () => {
  const { capture, feed, skip } = start();
  feed(70);
  recording(capture);
  feed(70);
  skip(35);
  feed(7);
  skip(-35);
  feed(70);
  assert.deepEqual(capture.figures, { frames: 30 + 147, missing: 0, gaps: 0 });
});

test("sound that stood still for a while is not waited for ever after", async () => {
  const { capture, feed, holdUp } = start();
  feed(70);
  holdUp(200); // and what comes from now on comes so much later
  feed(210);
  const take = recording(capture);
  feed(70);
  const over = capture.end();
  feed(210);
  await over;
  assert.equal(take().length, 30 + 70 + 20);
});
