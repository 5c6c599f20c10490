import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "../../annotation/static/annotation/js/player.js";
import { soon } from "./fakes.js";

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

/** Decoded sound, as short as it can be: only the clock says how long it lasts. */
const decoded = (duration) => ({ duration, sampleRate: 16_000, getChannelData: () => new Float32Array(1) });
const sound = { buffer: decoded(2), url: "blob:1" };

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

test("decoded sound has started before `play` returns", () => {
  const { context, player } = makePlayer();
  void player.play();
  assert.equal(context.sources[0].startedAt, 0);
  assert.equal(player.playing, true);
});

test("it counts how much of the clip was heard, and starts after the first as replays", async () => {
  const { context, player } = makePlayer();
  await player.play();
  context.currentTime = 1.5;
  await player.play();
  context.currentTime = 2;
  assert.deepEqual(player.heard(), { listened_ms: 1500, replays: 1 });
  assert.equal(player.firstGap_s, 1.5);
});

test("a region is played again and again and counts once", async () => {
  const { context, player } = makePlayer();
  await player.play(0.5);
  player.setRegion({ from_s: 0.5, to_s: 1 });
  const [source] = context.sources;
  assert.deepEqual([source.loop, source.loopStart, source.loopEnd], [true, 0.5, 1]);
  context.currentTime = 5.2;
  assert.ok(Math.abs(player.position_s - 0.7) < 1e-9);
  assert.equal(player.heard().listened_ms, 500);
});

test("without its region the clip goes on to its end", async () => {
  const { context, player } = makePlayer();
  player.setRegion({ from_s: 0.5, to_s: 1 });
  await player.play();
  assert.equal(context.sources[0].startedAt, 0.5);
  context.currentTime = 0.7;
  player.setRegion(null);
  assert.equal(context.sources[0].loop, false);
  context.currentTime = 1;
  assert.ok(Math.abs(player.position_s - 1) < 1e-9);
});

test("a loop that is wanted just when the clip has ended goes on, and is no second start", async () => {
  const { context, player } = makePlayer();
  await player.play();
  context.currentTime = 2;
  player.setLoop(true); // the browser knows of the end, this page not yet
  context.sources[0].onended();
  assert.deepEqual([player.playing, context.sources[1].startedAt, context.sources[1].loop], [true, 0, true]);
  context.currentTime = 2.5;
  assert.equal(player.position_s, 0.5);
  assert.deepEqual(player.heard(), { listened_ms: 2000, replays: 0 });
});

test("a region set away from the playhead is heard at once", async () => {
  const { context, player } = makePlayer();
  await player.play();
  player.setRegion({ from_s: 1, to_s: 1.5 });
  assert.equal(context.sources.at(-1).startedAt, 1);
});

test("a region too short to hear is none", () => {
  const { player } = makePlayer();
  player.setRegion({ from_s: 1, to_s: 1.01 });
  assert.equal(player.region, null);
});

test("stepping moves the playhead and stays within the clip", async () => {
  const { context, player } = makePlayer();
  player.seekBy(0.5);
  assert.equal(player.position_s, 0.5);
  player.seekBy(-2);
  assert.equal(player.position_s, 0);
  await player.play();
  player.seekBy(0.5);
  assert.equal(context.sources.at(-1).startedAt, 0.5);
  player.seekBy(9);
  assert.deepEqual([player.position_s, player.playing], [2, false]);
});

test("at another speed a second of the clip is a second of it", async () => {
  const { player } = makePlayer();
  player.setRate(2);
  await player.play();
  player.element.currentTime = 1.2;
  assert.equal(player.heard().listened_ms, 1200);
});

test("pressing on through the speeds does not end the sound", async () => {
  const { player } = makePlayer();
  await player.play();
  for (const rate of [1.25, 1.5, 2]) player.setRate(rate);
  await soon();
  assert.equal(player.playing, true);
  assert.equal(player.element.playbackRate, 2);
});

test("stopped before it could start, the element is stopped too", async () => {
  const { player } = makePlayer();
  let paused = false;
  player.element.pause = () => (paused = true);
  player.setRate(2);
  const started = player.play();
  player.stop();
  assert.equal(await started, false);
  assert.equal(paused, true);
});

test("the element gets the decoded sound when it is needed, and once", async () => {
  const player = new Player(fakeContext(), Object.assign(fakeElement(), { preload: "none" }));
  player.use({ ...sound });
  await player.play();
  assert.equal(player.element.src, undefined);
  player.setRate(2);
  await soon();
  const { src } = player.element;
  assert.match(src, /^blob:/);
  assert.notEqual(src, "blob:1");
  await player.play(1);
  assert.equal(player.element.src, src);
});

test("the speed stays for the next clip, the region does not", async () => {
  const { player } = makePlayer();
  player.setRate(2);
  player.setRegion({ from_s: 0.5, to_s: 1 });
  player.use({ buffer: decoded(1), url: "blob:2" });
  assert.equal(player.region, null);
  await player.play();
  assert.equal(player.element.playbackRate, 2);
});

test("a clip that comes back goes on with what was heard of it", async () => {
  const { context, player } = makePlayer();
  await player.play();
  context.currentTime = 1.5;
  const { listened } = player;
  player.use({ buffer: decoded(1), url: "blob:2" });
  await player.play();
  context.currentTime = 2.5;
  player.use(sound, listened);
  assert.deepEqual(player.heard(), { listened_ms: 1500, replays: 0 });
  await player.play(1.5);
  context.currentTime = 3;
  assert.deepEqual(player.heard(), { listened_ms: 2000, replays: 1 });
});

test("the next clip begins with nothing heard", async () => {
  const { context, player } = makePlayer();
  await player.play();
  context.currentTime = 1;
  player.use({ buffer: decoded(1), url: "blob:2" });
  assert.deepEqual(player.heard(), { listened_ms: 0, replays: 0 });
});

test("a browser that wants a gesture first is reported, not waited for", async () => {
  const { player, states } = makePlayer({ state: "suspended" });
  assert.equal(await player.play(), false);
  assert.deepEqual(states.at(-1), { playing: false, blocked: true });
  assert.deepEqual(player.heard(), { listened_ms: 0, replays: 0 });
});

/** A context that runs once the machine has time for it. */
function lateContext() {
  const context = fakeContext({ state: "suspended" });
  let run = () => {};
  const running = new Promise((done) => (run = done));
  return Object.assign(context, { resume: () => running, begin: () => ((context.state = "running"), run()) });
}

test("sound that a busy machine lets start late is heard late", async () => {
  const context = lateContext();
  const states = [];
  const player = new Player(context, fakeElement(), (state) => states.push(state));
  player.use(sound);
  assert.equal(await player.play(0.5), false);
  context.begin();
  await soon();
  assert.equal(context.sources[0].startedAt, 0.5);
  assert.deepEqual(states.at(-1), { playing: true, blocked: false });
  context.currentTime = 1;
  assert.deepEqual(player.heard(), { listened_ms: 1000, replays: 0 });
});

test("sound that starts late gives way to what was asked for meanwhile", async () => {
  const context = lateContext();
  const player = new Player(context, fakeElement());
  player.use(sound);
  assert.equal(await player.play(), false);
  player.stop();
  context.begin();
  await soon();
  assert.deepEqual([context.sources.length, player.playing], [0, false]);
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
