import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, Unreachable } from "../../annotation/static/annotation/js/api.js";
import { identity, makeKept, reasonInWords, sendFile, untilAnswered } from "../../annotation/static/annotation/js/long_upload.js";
import { DAMAGED } from "../../annotation/static/annotation/js/tus.js";

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

/** A server that loses the network at the given pieces, behind one that lets no larger piece than `most` through. */
function server(lost = [], most = Infinity) {
  const log = { created: 0, pieces: [], there: 0 };
  const tus = {
    create: async () => ((log.created += 1), (log.there = 0), "/up/1/"),
    offset: async () => (log.created ? log.there : null),
    append: async (_address, at, piece) => {
      log.pieces.push([at, piece.length]);
      if (lost.includes(log.pieces.length)) throw new Unreachable("cut");
      if (piece.length > most) throw new Refused(413, { code: "error", detail: "413" });
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
  assert.deepEqual([log.there, kept.names()], [SIZE, []]);
});

test("pieces grow while they arrive at once", async () => {
  const { log, tus } = server();
  await sendFile(file(), how(tus, makeKept(storage())));
  assert.deepEqual(log.pieces.map(([, length]) => length / 2 ** 20).slice(0, 5), [0.5, 1, 2, 4, 8]);
});

test("a piece that is too large for something in between goes as smaller ones", async () => {
  const { log, tus } = server([], 1 << 20);
  await sendFile(file(), how(tus, makeKept(storage())));
  assert.equal(log.there, SIZE);
  assert.ok(log.pieces.some(([, length]) => length > 1 << 20), "it tried");
});

test("where not even a small piece is let through, it ends and says so", async () => {
  const { tus } = server([], 1000);
  await assert.rejects(sendFile(file(), how(tus, makeKept(storage()))), (error) => error.status === 413);
});

test("a lost network is waited for, and only what is missing goes again", async () => {
  const { log, tus } = server([2]);
  let told = 0;
  await sendFile(file(), how(tus, makeKept(storage()), { lost: () => (told += 1) }));
  assert.equal(told, 1);
  assert.deepEqual(log.pieces.slice(0, 3).map(([at, length]) => [at, length]), [[0, 512 << 10], [512 << 10, 1 << 20], [512 << 10, 512 << 10]]);
});

test("a piece that came damaged is told as that, and goes again", async () => {
  const { log, tus } = server();
  const { append } = tus;
  let spoilt = 0;
  tus.append = async (...args) => {
    if (spoilt++ === 1) throw new Unreachable("The piece did not arrive as it was sent.", DAMAGED);
    return append(...args);
  };
  const told = [];
  await sendFile(file(), how(tus, makeKept(storage()), { lost: (why) => told.push(why.status) }));
  assert.deepEqual([told, log.there], [[DAMAGED], SIZE]);
});

test("the page says what keeps a piece from arriving", () => {
  const words = { textLost: "nobody", textDamaged: "damaged", textBusy: "busy (%s)" };
  const told = [0, DAMAGED, 503].map((status) => reasonInWords(words, status));
  assert.deepEqual(told, ["nobody", "damaged", "busy (503)"]);
});

test("what was sent is asked for again until the server itself answers", async () => {
  const answers = [null, 503, 422, 200];
  const told = [];
  const ask = async () => {
    const status = answers.shift();
    if (!status) throw new TypeError("network");
    return new Response(null, { status });
  };
  const answer = await untilAnswered(ask, { signal: new AbortController().signal, lost: (status) => told.push(status), wait_ms: 1 });
  assert.deepEqual([told, answer.status], [[0, 503], 422], "a refusal is an answer");
});

test("who pauses asks no more", async () => {
  const stop = new AbortController();
  const asked = untilAnswered(async () => new Response(null, { status: 503 }), { signal: stop.signal, lost: () => stop.abort(), wait_ms: 1 });
  await assert.rejects(asked, { name: "AbortError" });
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

test("a file that is whole is not sent again for another channel, as long as the server has it", async () => {
  const { log, tus } = server();
  const kept = makeKept(storage());
  await sendFile(file(), how(tus, kept));
  const pieces = log.pieces.length;
  assert.equal(await sendFile(file(), how(tus, kept)), "/up/1/");
  assert.deepEqual([log.created, log.pieces.length], [1, pieces]);
  tus.offset = async () => null;  // it has expired
  await sendFile(file(), how(tus, kept));
  assert.equal(log.created, 2);
});
