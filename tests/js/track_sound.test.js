import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { canHearTrack, hearTrack } from "../../annotation/static/annotation/js/track_sound.js";

afterEach(() => {
  delete globalThis.MediaStreamTrackProcessor;
});

/** A block of 480 frames as Chromium gives it. Each sample is the number of the block. */
function fakeBlock(n, { sampleRate = 48_000, at = n } = {}) {
  return {
    timestamp: at * 10_000,
    sampleRate,
    numberOfFrames: 480,
    closed: false,
    copyTo(samples, { planeIndex, format }) {
      assert.equal(planeIndex, 0);
      assert.equal(format, "f32-planar");
      samples.fill(n);
    },
    close() {
      this.closed = true;
    },
  };
}

/** A browser whose track gives these blocks, then ends or breaks. */
function browserWith(blocks, { ends = true, breaks = false } = {}) {
  const asked = [];
  globalThis.MediaStreamTrackProcessor = class {
    constructor(options) {
      asked.push(options);
      this.readable = new ReadableStream({
        start(controller) {
          for (const block of blocks) controller.enqueue(block);
          if (ends) controller.close();
        },
        pull(controller) {
          if (breaks) controller.error(new Error("gone"));
        },
        cancel() {
          asked.push("cancelled");
        },
      });
    }
  };
  return asked;
}

async function heardFrom(blocks, how = {}) {
  const asked = browserWith(blocks, how);
  const got = [];
  const lost = [];
  const receiver = { onBlock: (samples, first) => got.push([samples[0], samples.length, first]), onLost: (reason) => lost.push(reason) };
  const sound = await hearTrack("the track", receiver);
  await new Promise((done) => setTimeout(done));
  return { asked, got, lost, sound };
}

test("a browser without a way to the track says so", () => {
  assert.equal(canHearTrack(), false);
  browserWith([]);
  assert.equal(canHearTrack(), true);
});

test("all blocks come, numbered by their time, and are let go of", async () => {
  const blocks = [fakeBlock(0), fakeBlock(1), fakeBlock(2, { at: 12 })];
  const { got, sound, lost } = await heardFrom(blocks);
  assert.deepEqual(got, [
    [0, 480, 0],
    [1, 480, 480],
    [2, 480, 12 * 480],
  ]);
  assert.equal(sound.rate_hz, 48_000);
  assert.deepEqual(lost, []);
  assert.ok(blocks.every((block) => block.closed));
});

test("a page may be held up for ten seconds", async () => {
  const { asked } = await heardFrom([fakeBlock(0)]);
  assert.equal(asked[0].track, "the track");
  assert.ok(asked[0].maxBufferSize >= 1_000);
});

test("another rate in the middle ends it", async () => {
  const { got, lost } = await heardFrom([fakeBlock(0), fakeBlock(1, { sampleRate: 16_000 }), fakeBlock(2)]);
  assert.deepEqual(got.map(([n]) => n), [0]);
  assert.deepEqual(lost, ["rate"]);
});

test("sound that breaks off by an error is told of", async () => {
  const { lost } = await heardFrom([fakeBlock(0)], { ends: false, breaks: true });
  assert.deepEqual(lost, ["ended"]);
});

test("a track from which nothing comes is left to the other way", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = browserWith([], { ends: false });
  const sound = hearTrack("the track", {});
  context.mock.timers.tick(5_000);
  assert.equal(await sound, null);
  assert.equal(asked.at(-1), "cancelled");
});

test("a track that has ended already is left to the other way", async () => {
  const { sound } = await heardFrom([]);
  assert.equal(sound, null);
});

test("nothing comes after it was closed", async () => {
  const asked = browserWith([fakeBlock(0)], { ends: false });
  const sound = await hearTrack("the track", { onBlock() {} });
  sound.close();
  await new Promise((done) => setTimeout(done));
  assert.equal(asked.at(-1), "cancelled");
});
