import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "../../annotation/static/annotation/js/player.js";

/** An audio context whose clock a test turns. */
function fakeContext({ state = "running" } = {}) {
  const sources = [];
  return {
    state,
    currentTime: 0,
    sources,
    destination: {},
    resume: () => new Promise(() => {}),
    createBufferSource() {
      const source = { connect() {}, start: (_when, at) => (source.startedAt = at), stop: () => (source.stopped = true), onended: null };
      sources.push(source);
      return source;
    },
  };
}

function fakeElement() {
  const element = new EventTarget();
  return Object.assign(element, { play: async () => {}, pause() {}, currentTime: 0, duration: 2, removeAttribute() {} });
}

const sound = { buffer: { duration: 2 }, url: "blob:1" };

function makePlayer(options) {
  const context = fakeContext(options);
  const states = [];
  const player = new Player(context, fakeElement(), (state) => states.push(state));
  player.use(sound);
  return { context, player, states };
}

test("it plays decoded sound from the beginning", async () => {
  const { context, player, states } = makePlayer();
  assert.equal(await player.play(), true);
  assert.equal(context.sources[0].startedAt, 0);
  assert.deepEqual(states.at(-1), { playing: true, blocked: false });
});

test("it counts what was heard, and starts after the first as replays", async () => {
  const { context, player } = makePlayer();
  await player.play();
  context.currentTime = 1.5;
  await player.play();
  context.currentTime = 2;
  assert.deepEqual(player.heard(), { listened_ms: 2000, replays: 1 });
});

test("the next clip begins with nothing heard", async () => {
  const { context, player } = makePlayer();
  await player.play();
  context.currentTime = 1;
  player.use({ buffer: { duration: 1 }, url: "blob:2" });
  assert.deepEqual(player.heard(), { listened_ms: 0, replays: 0 });
});

test("a browser that wants a gesture first is reported, not waited for", async () => {
  const { player, states } = makePlayer({ state: "suspended" });
  assert.equal(await player.play(), false);
  assert.deepEqual(states.at(-1), { playing: false, blocked: true });
  assert.deepEqual(player.heard(), { listened_ms: 0, replays: 0 });
});

test("sound that could not be decoded is left to the audio element", async () => {
  const { context, player } = makePlayer();
  player.use({ buffer: null, url: "blob:3" });
  assert.equal(await player.play(0.5), true);
  assert.equal(context.sources.length, 0);
  assert.equal(player.element.currentTime, 0.5);
});

test("pausing keeps the place, the end is the end", async () => {
  const { context, player } = makePlayer();
  await player.play();
  context.currentTime = 0.8;
  player.toggle();
  assert.equal(player.position_s, 0.8);
  await player.play(player.position_s);
  context.currentTime = 2;
  context.sources[1].onended();
  assert.equal(player.playing, false);
  assert.equal(player.position_s, 2);
});

test("another speed goes through the element, which keeps the pitch", async () => {
  const { context, player } = makePlayer();
  player.setRate(0.75);
  await player.play();
  assert.equal(context.sources.length, 0);
  assert.equal(player.element.playbackRate, 0.75);
  assert.equal(player.element.preservesPitch, true);
});
