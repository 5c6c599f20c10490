import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, Unreachable } from "../../annotation/static/annotation/js/api.js";
import { newKey, Outbox } from "../../annotation/static/annotation/js/outbox.js";
import { fakeApi, fakeStore, soon } from "./fakes.js";

const NAME = "speecheq.outbox.usr_1";
const entry = (key) => ({ key, url: `/submit/${key}`, body: { labels: [{ esc: "HAP", eis: 2 }], listened_ms: 900, replays: 0 } });
const refusal = new Refused(409, { code: "assignment_closed", detail: "This clip was already submitted." });

function outbox(answers, { store = fakeStore(), ...rest } = {}) {
  const api = fakeApi(answers);
  return { api, store, box: new Outbox({ api, store, name: NAME, ...rest }) };
}

test("a judgement is written down before it is sent, and forgotten once stored", async () => {
  const store = fakeStore();
  let written;
  const { box } = outbox(() => ((written = store.getItem(NAME)), { id: "ann_1" }), { store });
  const stored = await box.send(entry("k1"));
  assert.equal(stored.id, "ann_1");
  assert.match(written, /k1/);
  assert.equal(store.getItem(NAME), null);
});

test("it travels with its own idempotency key", async () => {
  const { box, api } = outbox([{ id: "ann_1" }]);
  await box.send(entry("k1"));
  assert.deepEqual(api.calls[0].headers, { "Idempotency-Key": "k1" });
});

test("without a network it stays written down and goes later under the same key", async () => {
  const states = [];
  const { box, api, store } = outbox([new Unreachable("off"), { id: "ann_1" }], { onState: (state) => states.push(state) });
  const stored = box.send(entry("k1"));
  await soon();
  assert.match(store.getItem(NAME), /k1/);
  assert.deepEqual(states.at(-1), { waiting: 1, online: false });
  await box.flush();
  assert.equal((await stored).id, "ann_1");
  assert.deepEqual(api.calls.map((call) => call.headers["Idempotency-Key"]), ["k1", "k1"]);
  assert.deepEqual(states.at(-1), { waiting: 0, online: true });
});

test("what a closed tab left behind is sent by the next page", async () => {
  const store = fakeStore();
  const first = outbox([new Unreachable("off")], { store });
  void first.box.send(entry("k1"));
  await soon();
  first.box.close();
  const second = outbox([{ id: "ann_1" }], { store });
  await second.box.flush();
  assert.equal(second.api.calls[0].url, "/submit/k1");
  assert.equal(store.getItem(NAME), null);
});

test("judgements go in the order in which they were given", async () => {
  const { box, api } = outbox([new Unreachable("off"), { id: "a" }, { id: "b" }]);
  const both = [box.send(entry("k1"))];
  await soon();
  both.push(box.send(entry("k2")));
  await Promise.all(both);
  assert.deepEqual(api.calls.map((call) => call.url), ["/submit/k1", "/submit/k1", "/submit/k2"]);
});

test("a refusal is told and does not hold up the others", async () => {
  const { box } = outbox([refusal, { id: "b" }]);
  const first = box.send(entry("k1"));
  const second = box.send(entry("k2"));
  await assert.rejects(first, /already submitted/);
  assert.equal((await second).id, "b");
});

test("a refusal of what an earlier page sent is told too", async () => {
  const store = fakeStore();
  store.setItem(NAME, JSON.stringify([entry("k0")]));
  const told = [];
  const { box } = outbox([refusal], { store, onRefused: (error) => told.push(error.code) });
  await box.flush();
  assert.deepEqual(told, ["assignment_closed"]);
});

test("a damaged store is an empty one", () => {
  const store = fakeStore();
  store.setItem(NAME, "{");
  assert.deepEqual(outbox([], { store }).box.entries(), []);
});

test("keys are new each time", () => {
  assert.equal(new Set(Array.from({ length: 200 }, newKey)).size, 200);
});
