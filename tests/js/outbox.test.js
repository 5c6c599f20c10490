import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, Unreachable } from "../../annotation/static/annotation/js/api.js";
import { newKey, Outbox } from "../../annotation/static/annotation/js/outbox.js";
import { fakeApi, fakeStore, soon } from "./fakes.js";

const NAME = "speecheq.outbox.usr_1";
const entry = (key) => ({
  key,
  url: `/submit/${key}`,
  assignment: `asg-${key}`,
  body: { labels: [{ esc: "HAP", eis: 2 }], listened_ms: 900, replays: 0 },
});
const refusal = new Refused(409, { code: "assignment_closed", detail: "This clip was already submitted." });
const signedOut = new Refused(401, { code: "not_authenticated", detail: "Sign in." });

function outbox(answers, { store = fakeStore(), ...rest } = {}) {
  const api = fakeApi(answers);
  return { api, store, box: new Outbox({ api, store, name: NAME, ...rest }) };
}

const written = (store) => [...store.kept].map(([name, value]) => name + value).join();

test("a judgement is written down before it is sent, and forgotten once stored", async () => {
  const store = fakeStore();
  let then;
  const { box } = outbox(() => ((then = written(store)), { id: "ann_1" }), { store });
  const stored = await box.send(entry("k1"));
  assert.equal(stored.id, "ann_1");
  assert.match(then, /k1/);
  assert.equal(written(store), "");
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
  assert.match(written(store), /k1/);
  assert.deepEqual([states.at(-1).waiting, states.at(-1).online], [1, false]);
  await box.flush();
  assert.equal((await stored).id, "ann_1");
  assert.deepEqual(api.calls.map((call) => call.headers["Idempotency-Key"]), ["k1", "k1"]);
  assert.deepEqual([states.at(-1).waiting, states.at(-1).online], [0, true]);
});

test("a label that met a full disk waits like one that met no network", async () => {
  const { box, api } = outbox([new Refused(507, { code: "storage_full", detail: "No room." }), { id: "ann_1" }]);
  const stored = box.send(entry("k1"));
  await soon();
  assert.deepEqual([box.state.waiting, box.state.refused], [1, 0]);
  await box.flush();
  assert.equal((await stored).id, "ann_1");
  assert.deepEqual(api.calls.map((call) => call.headers["Idempotency-Key"]), ["k1", "k1"]);
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
  assert.equal(written(store), "");
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

test("a refusal is kept with its reason and values, until somebody lets it go", async () => {
  const store = fakeStore();
  const first = outbox([new Unreachable("off")], { store });
  void first.box.send(entry("k0"));
  await soon();
  first.box.close();
  const told = [];
  const { box } = outbox([refusal], { store, onRefused: (error) => told.push(error.code) });
  await box.flush();
  assert.deepEqual(told, ["assignment_closed"]);
  const [kept] = box.refused.all();
  assert.deepEqual([kept.code, kept.body.labels[0].esc], ["assignment_closed", "HAP"]);
  assert.equal(box.refusedFor("asg-k0").key, "k0");
  assert.equal(box.state.refused, 1);
  box.discard("k0");
  assert.equal(written(store), "");
});

test("what was refused can be sent again under its key", async () => {
  const { box, api } = outbox([refusal, { id: "a" }]);
  await assert.rejects(box.send(entry("k1")));
  box.retry("k1");
  await box.flush();
  assert.deepEqual(api.calls.map((call) => call.headers["Idempotency-Key"]), ["k1", "k1"]);
  assert.deepEqual(api.calls[1].body, entry("k1").body);
  assert.deepEqual([box.state.refused, box.state.waiting], [0, 0]);
});

test("a new answer to the same clip that is stored ends the refused one", async () => {
  const { box } = outbox([refusal, { id: "a" }]);
  await assert.rejects(box.send(entry("k1")));
  await box.send({ ...entry("k2"), assignment: "asg-k1" });
  assert.equal(box.state.refused, 0);
});

test("sent again on other labels, the body says so and all else stays", async () => {
  const { box, api } = outbox([refusal, { id: "a" }]);
  await assert.rejects(box.send(entry("k1")));
  box.retry("k1", { scheme: "seqd-1@2" });
  await box.flush();
  assert.deepEqual(api.calls[1].body, { ...entry("k1").body, scheme: "seqd-1@2" });
});

test("a change of an answer that is stored ends the refused change of it", async () => {
  const change = (key) => ({ ...entry(key), assignment: undefined, url: "/revise/ann_1" });
  const { box } = outbox([refusal, { id: "a" }]);
  await assert.rejects(box.send(change("k1")));
  await box.send(change("k2"));
  assert.equal(box.state.refused, 0);
});

test("signed out, labels stay and wait for the person to come back", async () => {
  const { box, api } = outbox([signedOut, { id: "a" }]);
  const stored = box.send(entry("k1"));
  await soon();
  assert.deepEqual([box.state.signedOut, box.state.waiting, box.state.refused], [true, 1, 0]);
  await box.reconnect();
  assert.equal((await stored).id, "a");
  assert.equal(box.state.signedOut, false);
  assert.equal(api.calls.length, 2);
});

test("somebody else signed in at this browser: their session sends nothing of ours", async () => {
  const unknown = new Refused(404, { code: "assignment_unknown", detail: "No assignment." });
  const { box } = outbox([unknown], { isSelf: async () => false });
  void box.send(entry("k1"));
  await soon();
  assert.deepEqual([box.state.signedOut, box.state.waiting], [true, 1]);
  box.close();
});

test("with the right person signed in, an unknown assignment is a refusal", async () => {
  const unknown = new Refused(404, { code: "assignment_unknown", detail: "No assignment." });
  const { box } = outbox([unknown], { isSelf: async () => true });
  await assert.rejects(box.send(entry("k1")), /No assignment/);
});

test("a full storage holds labels in the tab and says so", async () => {
  const store = fakeStore();
  store.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const { box } = outbox([new Unreachable("off"), { id: "a" }], { store });
  const stored = box.send(entry("k1"));
  await soon();
  assert.deepEqual([box.state.waiting, box.state.unsaved], [1, 1]);
  await box.flush();
  assert.equal((await stored).id, "a");
  assert.equal(box.state.unsaved, 0);
});

test("two tabs do not send at once, and each learns what became of its own", async () => {
  const store = fakeStore();
  let running = 0;
  let most = 0;
  const answer = async ({ url }) => {
    most = Math.max(most, ++running);
    await soon();
    running -= 1;
    return { id: url };
  };
  let before = Promise.resolve();
  const locks = { request: (_name, action) => (before = before.then(action)) };
  const tabs = [1, 2].map(() => {
    const { box, api } = outbox([], { store, locks });
    api.post = async (url, body, headers) => (api.calls.push({ url, body, headers }), answer({ url }));
    return { box, api };
  });
  const sent = await Promise.all([tabs[0].box.send(entry("k1")), tabs[1].box.send(entry("k2")), tabs[0].box.send(entry("k3"))]);
  assert.deepEqual(sent.map((one) => one.id), ["/submit/k1", "/submit/k2", "/submit/k3"]);
  assert.equal(most, 1);
  assert.equal(written(store), "");
});

test("an attempt that hangs is given up once the network is back", async () => {
  const { box, api } = outbox([]);
  let n = 0;
  api.post = (_url, _body, _headers, signal) => {
    if (n++) return Promise.resolve({ id: "a" });
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Unreachable("aborted"))));
  };
  const stored = box.send(entry("k1"));
  await soon();
  await box.reconnect();
  assert.equal((await stored).id, "a");
});

test("a damaged entry is passed over", () => {
  const store = fakeStore();
  store.setItem(`${NAME}.waiting.1.1.k1`, "{");
  assert.deepEqual(outbox([], { store }).box.entries(), []);
});

test("keys are new each time", () => {
  assert.equal(new Set(Array.from({ length: 200 }, newKey)).size, 200);
});

test("it knows what waits from before, and says at once what is answered", async () => {
  const store = fakeStore();
  const said = [];
  const first = outbox(() => new Unreachable("off"), { store, onAnswer: (id) => said.push(id) });
  void first.box.send(entry("k1"));
  assert.deepEqual(said, ["asg-k1"]);
  first.box.close();
  await soon();
  const { box } = outbox([{ id: "ann_1" }], { store });
  assert.equal(box.holds("asg-k1"), true);
  assert.equal(box.holds("asg-k2"), false);
  await box.flush();
  assert.equal(box.holds("asg-k1"), false);
});

test("what is sent again after a refusal is an answer, too", async () => {
  const said = [];
  const { box } = outbox([refusal, { id: "ann_1" }], { onAnswer: (id) => said.push(id) });
  await box.send(entry("k1")).catch(() => {});
  box.retry("k1");
  assert.deepEqual(said, ["asg-k1", "asg-k1"]);
});
