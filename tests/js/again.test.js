import assert from "node:assert/strict";
import { test } from "node:test";

import { Again } from "../../annotation/static/annotation/js/again.js";
import { Kept } from "../../annotation/static/annotation/js/kept.js";
import { assignment, fakeStore } from "./fakes.js";

const NEW = "seqd-1@2";
const OLD = "seqd-1@1";
const happy = { labels: [{ esc: "HAP", eis: 2 }] };
const sad = { labels: [{ esc: "SAD", eis: 1 }] };

const refused = (id, more = {}) => ({
  key: `key-${id}`,
  url: `/submit/${id}`,
  assignment: id,
  target: assignment(id),
  body: { ...happy, scheme: OLD, listened_ms: 900, replays: 0 },
  status: 409,
  code: "scheme_changed",
  detail: "",
  ...more,
});

/** A page on the new labels, at the first of the clips it holds. */
function pageWith(held, { takes = true, revising = null, begun = null, shown = held[0] ?? "", of = () => undefined } = {}) {
  const told = [];
  const tell = (what) => (...values) => void told.push([what, ...values]);
  const clips = held.map((id) => ({ assignment: assignment(id) }));
  const queue = {
    get current() {
      return clips[0];
    },
    toFront: (id) => clips.find((one) => one.assignment.id === id),
    drop: (id) => (told.push(["drop", id]), held[0] === id),
  };
  const kept = new Kept(fakeStore(), "kept");
  const again = new Again({
    queue,
    kept,
    outbox: { retry: tell("retry"), refusedFor: of },
    entry: { takes: () => takes, set: (answer) => (told.push(["set", answer]), takes), isEmpty: () => !begun, answer: () => begun },
    revision: { current: revising, reopen: tell("reopen"), end: tell("end") },
    view: { hint: tell("hint"), outdated: tell("outdated"), shown: () => shown },
    scheme: NEW,
    setAside: tell("aside"),
    show: tell("show"),
    reload: tell("reload"),
  });
  return { again, told, kept, clips };
}

test("an answer on older labels is sent on the new ones where they offer all of it, else opened", () => {
  const lost = refused("lost");
  assert.deepEqual(pageWith([]).again.decisions(lost), ["send", "open", "discard"]);
  assert.deepEqual(pageWith([], { takes: false }).again.decisions(lost), ["open", "discard"]);
});

test("a change of an answer, which has no assignment of its own, can be sent on as well", () => {
  const change = refused("lost", { assignment: undefined });
  assert.deepEqual(pageWith([]).again.decisions(change), ["send", "open", "discard"]);
});

test("a page that has the older labels itself must load the new ones first", () => {
  const onThis = refused("lost", { body: { ...happy, scheme: NEW, listened_ms: 0, replays: 0 } });
  assert.deepEqual(pageWith([]).again.decisions(onThis), ["load", "discard"]);
});

test("another refusal can be tried again, one of its values also be opened", () => {
  const { again } = pageWith([]);
  assert.deepEqual(again.decisions(refused("a", { code: "forbidden", status: 403 })), ["retry", "discard"]);
  assert.deepEqual(again.decisions(refused("a", { code: "bad_labels", status: 422 })), ["retry", "open", "discard"]);
});

test("sent on, it goes under the labels of the page, and its clip is asked for no more", () => {
  const { again, told } = pageWith(["a", "b"]);
  again.send(refused("a"));
  assert.deepEqual(told, [["retry", "key-a", { scheme: NEW }], ["drop", "a"], ["show"]]);
});

test("a clip that is still held comes to the front with the refused values", () => {
  const { again, told, clips } = pageWith(["a", "b"]);
  clips[1].draft = { answer: sad, listened: "what was heard" };
  again.open(refused("b"));
  assert.deepEqual(told, [["aside"], ["show"]]);
  assert.deepEqual(clips[1].draft, { answer: refused("b").body, listened: "what was heard", again: true });
});

test("a clip that went to others is opened by itself", () => {
  const { again, told } = pageWith(["a"]);
  const lost = refused("lost");
  again.open(lost);
  assert.deepEqual(told.at(-1), ["reopen", lost]);
});

test("what was refused, or not finished, is filled in again for its clip", () => {
  const back = pageWith(["a"], { of: () => refused("a", { code: "bad_labels" }) });
  back.again.offer("a");
  assert.deepEqual(back.told.map(([what, value]) => [what, value.labels ?? value]), [["set", happy.labels], ["hint", "values_kept"]]);
  const carried = pageWith(["a"], { takes: false });
  carried.kept.keep("a", sad);
  carried.again.offer("a");
  assert.deepEqual(carried.told, [["set", sad], ["hint", "carried_partly"]]);
});

test("before the page is loaded again it keeps what was begun, also of the clip that waits meanwhile", () => {
  const { again, kept, clips, told } = pageWith(["a"], { revising: {}, begun: happy, shown: "earlier" });
  clips[0].draft = { answer: sad };
  again.load();
  assert.deepEqual(told, [["reload"]]);
  assert.deepEqual([kept.take("a"), kept.take("earlier")], [sad, happy]);
});

test("what was begun is written down when the page goes for another reason, and nothing where nothing was", () => {
  const { again, kept, told } = pageWith(["a"], { begun: sad });
  again.keep();
  assert.deepEqual([kept.take("a"), told], [sad, []]);
  const untouched = pageWith(["a"]);
  untouched.again.keep();
  assert.equal(untouched.kept.take("a"), undefined);
});
