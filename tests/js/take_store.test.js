import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryShelf } from "../../annotation/static/annotation/js/shelf.js";
import { KILLED, TakeStore } from "../../annotation/static/annotation/js/take_store.js";
import { TakeWriter } from "../../annotation/static/annotation/js/take_writer.js";
import { fullShelf, take } from "./recording_fakes.js";

const RATE_HZ = 8000;
const sound = (seconds, seed = 1) => Float32Array.from({ length: seconds * RATE_HZ }, (_, n) => (Math.round(16000 * Math.sin(seed * n)) + 0) / 32768);
const begun = (more = {}) => take({ state: "recording", ...more });

function record(store, samples, started = begun()) {
  const writer = new TakeWriter(store, started);
  for (let at = 0; at < samples.length; at += 100) writer.push(samples.subarray(at, at + 100));
  return writer;
}

test("what was recorded is on the shelf, sample by sample", async () => {
  const store = new TakeStore(memoryShelf());
  const spoken = sound(2.5);
  const { take: done, samples } = await record(store, spoken).finish();
  assert.deepEqual(samples, spoken);
  assert.deepEqual(await store.samples(done), spoken);
  assert.deepEqual([done.state, done.frames], ["finished", spoken.length]);
});

test("a browser that is killed loses no more than a second", async () => {
  const shelf = memoryShelf();
  const writer = record(new TakeStore(shelf), sound(3.7));
  await new Promise((done) => setTimeout(done, 5));
  const later = new TakeStore(shelf);
  const [found] = await later.recover(async () => true);
  assert.equal(found.id, writer.take.id);
  assert.deepEqual(await later.samples(found), sound(3.7).slice(0, 3 * RATE_HZ));
  const [kept] = await later.finished();
  assert.deepEqual([kept.interrupted, kept.reported.interrupted], [KILLED, KILLED]);
});

test("what another tab is recording is left alone", async () => {
  const shelf = memoryShelf();
  record(new TakeStore(shelf), sound(2));
  await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual(await new TakeStore(shelf).recover(async () => false), []);
});

test("a take that was killed before its first second is not kept as one", async () => {
  const shelf = memoryShelf();
  record(new TakeStore(shelf), sound(0.5));
  await new Promise((done) => setTimeout(done, 5));
  const store = new TakeStore(shelf);
  assert.deepEqual(await store.recover(async () => true), []);
  assert.deepEqual(await store.takes(), []);
});

test("a take that another tab ends while this one looks whether it was left stays whole", async () => {
  const shelf = memoryShelf();
  const writer = record(new TakeStore(shelf), sound(0.9));
  await new Promise((done) => setTimeout(done, 5));
  const store = new TakeStore(shelf);
  const endsNow = async () => Boolean(await writer.finish());
  assert.deepEqual(await store.recover(endsNow), []);
  const [kept] = await store.finished();
  assert.equal(kept.interrupted, "");
  assert.deepEqual(await store.samples(kept), sound(0.9));
});

test("a full browser is told once, and nothing of the take is lost", async () => {
  const shelf = fullShelf();
  let told = 0;
  const store = new TakeStore(shelf, { onFull: () => (told += 1) });
  const spoken = sound(4);
  const writer = record(store, spoken.subarray(0, 1.5 * RATE_HZ));
  await new Promise((done) => setTimeout(done, 5));
  shelf.fill();
  for (let at = 1.5 * RATE_HZ; at < spoken.length; at += 100) writer.push(spoken.subarray(at, at + 100));
  const { take: done } = await writer.finish();
  assert.equal(told, 1);
  assert.deepEqual(await store.samples(done), spoken);
  assert.deepEqual(await store.waiting(), { count: 1, bytes: 2 * spoken.length, unsaved: 1, refused: 0 });
});

test("room that comes back between two pieces does not turn them round", async () => {
  const shelf = fullShelf();
  const store = new TakeStore(shelf);
  const spoken = sound(3);
  const writer = record(store, spoken.subarray(0, 8100));
  await new Promise((done) => setTimeout(done, 5));
  shelf.fill();
  for (let at = 8100; at < 16_100; at += 100) writer.push(spoken.subarray(at, at + 100));
  await new Promise((done) => setTimeout(done, 5));
  shelf.empty();
  for (let at = 16_100; at < spoken.length; at += 100) writer.push(spoken.subarray(at, at + 100));
  const { take: done } = await writer.finish();
  assert.deepEqual(await store.samples(done), spoken);
});

test("what lies in the browser never has a hole: what was held comes with the next that it takes", async () => {
  const shelf = fullShelf();
  const store = new TakeStore(shelf);
  const one = begun();
  const piece = (n) => ({ take: one.id, n, bytes: new Uint8Array(4).fill(n + 1) });
  shelf.fill();
  await store.write(one, [piece(0)]);
  assert.equal(store.isUnsaved(one.id), true);
  shelf.empty();
  await store.write(one, [piece(1)]);
  assert.deepEqual((await shelf.pieces(one.id)).map(({ n }) => n), [0, 1]);
  assert.deepEqual([store.unsaved, store.isUnsaved(one.id)], [0, false]);
});

test("a take whose pieces cannot be read is not taken for an empty one", async () => {
  const shelf = memoryShelf();
  const store = new TakeStore(shelf);
  const { take: done } = await record(store, sound(1)).finish();
  shelf.pieces = async () => Promise.reject(new DOMException("connection lost", "UnknownError"));
  await assert.rejects(store.file(done), /connection lost/);
});

test("a take that the browser holds nothing of is read from memory alone", async () => {
  const shelf = fullShelf();
  shelf.fill();
  shelf.pieces = async () => Promise.reject(new Error("closed"));
  const store = new TakeStore(shelf);
  const spoken = sound(2);
  const { take: done } = await record(store, spoken).finish();
  assert.deepEqual(await store.samples(done), spoken);
});

test("what a full browser cannot note of an interrupted take is known here, and the take is sent", async () => {
  const shelf = memoryShelf();
  record(new TakeStore(shelf), sound(2.5));
  await new Promise((done) => setTimeout(done, 5));
  shelf.change = async () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  const store = new TakeStore(shelf);
  const [found] = await store.recover(async () => true);
  const [kept] = await store.finished();
  assert.deepEqual([kept.id, kept.interrupted], [found.id, KILLED]);
  assert.deepEqual(await store.samples(kept), sound(2.5).slice(0, 2 * RATE_HZ));
});

test("a page on its way out writes down what came since the last piece", async () => {
  const shelf = memoryShelf();
  const writer = record(new TakeStore(shelf), sound(2.7));
  writer.flush();
  writer.flush();
  await new Promise((done) => setTimeout(done, 5));
  const later = new TakeStore(shelf);
  const [found] = await later.recover(async () => true);
  assert.deepEqual(await later.samples(found), sound(2.7));
});

test("sound with a hole is cut at the hole", async () => {
  const shelf = memoryShelf();
  const store = new TakeStore(shelf);
  const broken = take();
  const piece = (n) => ({ take: broken.id, n, bytes: new Uint8Array(4).fill(n + 1) });
  await shelf.write({ take: broken, pieces: [piece(0), piece(2)] });
  assert.equal((await store.samples(broken)).length, 2);
});

test("a take in a browser without room is gone once it is removed", async () => {
  const shelf = fullShelf();
  shelf.fill();
  const store = new TakeStore(shelf);
  const { take: done } = await record(store, sound(1.2)).finish();
  await store.change(done.id, { upload: "/here/" });
  assert.equal((await store.finished())[0].upload, "/here/");
  await store.remove(done.id);
  assert.deepEqual([(await store.takes()).length, store.unsaved], [0, 0]);
});

test("takes of two tabs lie side by side, oldest first", async () => {
  const shelf = memoryShelf();
  const [one, two] = [new TakeStore(shelf), new TakeStore(shelf)];
  const second = await record(two, sound(1, 2), begun({ recorded_at: "2026-01-02" })).finish();
  const first = await record(one, sound(1), begun({ recorded_at: "2026-01-01" })).finish();
  assert.deepEqual((await one.finished()).map(({ id }) => id), [first.take.id, second.take.id]);
});

test("a browser that does not say which takes it has is not taken for one that has none", async () => {
  const shelf = memoryShelf();
  const store = new TakeStore(shelf);
  await record(store, sound(1)).finish();
  const { takes } = shelf;
  shelf.takes = async () => Promise.reject(new DOMException("Internal error opening backing store", "UnknownError"));
  assert.deepEqual([(await store.takes()).length, store.isBlind], [0, true]);
  shelf.takes = takes;
  assert.deepEqual([(await store.takes()).length, store.isBlind], [1, false]);
});

test("a take that was interrupted says why", async () => {
  const store = new TakeStore(memoryShelf());
  const { take: done } = await record(store, sound(1)).finish({ interrupted: "ended" });
  assert.deepEqual(done.reported, { interrupted: "ended" });
});

test("a take without a word leaves nothing behind", async () => {
  const store = new TakeStore(memoryShelf());
  await record(store, sound(2)).discard();
  assert.deepEqual(await store.takes(), []);
});
