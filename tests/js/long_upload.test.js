import assert from "node:assert/strict";
import { test } from "node:test";

import { Unreachable } from "../../annotation/static/annotation/js/api.js";
import { identity, makeKept, sendFile } from "../../annotation/static/annotation/js/long_upload.js";

const SIZE = (20 << 20) + 5;
const file = (name = "day.wav", first = 1, lastModified = 1000) => {
  const bytes = new Uint8Array(SIZE);
  bytes[0] = first;
  return new File([bytes], name, { lastModified });
};

function storage() {
  const items = new Map();
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
}

/** A server that loses the network at the given pieces. */
function server(lost = []) {
  const log = { created: 0, pieces: [], there: 0 };
  const tus = {
    create: async () => ((log.created += 1), (log.there = 0), "/up/1/"),
    offset: async () => (log.created ? log.there : null),
    append: async (_address, at, piece) => {
      log.pieces.push([at, piece.length]);
      if (lost.includes(log.pieces.length)) throw new Unreachable("cut");
      log.there = at + piece.length;
      return log.there;
    },
  };
  return { log, tus };
}

const how = (tus, kept, more = {}) => ({
  tus, kept, url: "/up/", signal: new AbortController().signal, progress: () => {}, wait_ms: 1, ...more,
});

test("a file goes in pieces, and is no broken upload once all is there", async () => {
  const { log, tus } = server();
  const kept = makeKept(storage());
  assert.equal(await sendFile(file(), how(tus, kept)), "/up/1/");
  assert.deepEqual([log.there, log.pieces.length, kept.names()], [SIZE, 3, []]);
});

test("a lost network is waited for, and only what is missing goes again", async () => {
  const { log, tus } = server([2]);
  let told = 0;
  await sendFile(file(), how(tus, makeKept(storage()), { lost: () => (told += 1) }));
  assert.equal(told, 1);
  assert.deepEqual(log.pieces.map(([at]) => at), [0, 8 << 20, 8 << 20, 16 << 20]);
});

test("a page that is opened again goes on with the same file, not with another one", async () => {
  const { log, tus } = server();
  const kept = makeKept(storage());
  const stop = new AbortController();
  const paused = sendFile(file(), how(tus, kept, { signal: stop.signal, progress: (at) => at > 0 && stop.abort() }));
  await assert.rejects(paused);
  assert.deepEqual(kept.names(), ["day.wav"]);
  await sendFile(file(), how(tus, kept));
  assert.equal(log.created, 1);
  assert.notEqual(await identity(file()), await identity(file("day.wav", 2)));
  assert.notEqual(await identity(file()), await identity(file("day.wav", 1, 2000)), "written anew");
});

test("an upload that expired is begun anew", async () => {
  const { log, tus } = server();
  const kept = makeKept(storage());
  kept.set(await identity(file()), "/up/old/");
  await sendFile(file(), how(tus, kept));
  assert.equal(log.created, 1);
});

test("a file that is whole is not sent again until the server has made something of it", async () => {
  const { log, tus } = server();
  const kept = makeKept(storage());
  await sendFile(file(), how(tus, kept));
  assert.equal(await sendFile(file(), how(tus, kept)), "/up/1/");
  assert.deepEqual([log.created, log.pieces.length], [1, 3]);
  kept.set(await identity(file()), null);
  await sendFile(file(), how(tus, kept));
  assert.equal(log.created, 2);
});
