import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused } from "../../annotation/static/annotation/js/api.js";
import { Behind, fromBefore } from "../../annotation/static/annotation/js/behind.js";
import { Revision } from "../../annotation/static/annotation/js/revision.js";
import { assignment, soon } from "./fakes.js";

const happy = { labels: [{ esc: "HAP", eis: 2 }] };
const sad = { labels: [{ esc: "SAD", eis: 3 }] };
const media = { peaks: null, sound: null, picture: "" };

/** A revision whose page writes down all it is asked for. */
function revisionAfter(...before) {
  const begun = {};
  const behind = new Behind();
  for (const id of before) {
    behind.add(fromBefore({ id: `ann_${id}`, assignment: assignment(id), ...happy }, async () => media));
  }
  const told = [];
  const tell = (what) => (value) => void told.push([what, value]);
  const revision = new Revision({
    behind,
    view: { revising: tell("revising"), hint: tell("hint"), refused: tell("refused") },
    outbox: { send: (entry) => (told.push(["sent", entry]), Promise.resolve({ id: "ann_new" })), discard: tell("discard") },
    url: "/annotations/ID/revise/",
    load: async () => media,
    setAside: () => void told.push(["aside", revision.current?.assignment.id]),
    begun: (id) => begun[id],
    show: async (done) => void told.push(["show", done?.assignment.id], ["choose", done?.draft.answer]),
    stored: tell("stored"),
  });
  return { revision, begun, told, said: (what) => told.filter(([name]) => name === what).map(([, value]) => value) };
}

test("the last answer is shown with its values", async () => {
  const { revision, said } = revisionAfter("one", "two");
  await revision.toggle();
  assert.deepEqual(said("show"), ["two"]);
  assert.deepEqual(said("choose")[0].labels, happy.labels);
  assert.equal(revision.current.assignment.id, "two");
});

test("asked for again it is left as it was", async () => {
  const { revision, said } = revisionAfter("one");
  await revision.toggle();
  await revision.toggle();
  assert.equal(revision.current, null);
  assert.deepEqual(said("revising"), ["revising", ""]);
  assert.deepEqual(said("show"), ["one", undefined]);
});

test("what was begun of the clip at hand is set aside before another is shown", async () => {
  const { revision, told } = revisionAfter("one");
  await revision.toggle();
  assert.deepEqual(told.slice(0, 3), [["aside", undefined], ["revising", "revising"], ["show", "one"]]);
});

test("a change that was not finished before the page was loaded again goes on", async () => {
  const { revision, begun, said } = revisionAfter("one");
  begun.one = sad;
  await revision.toggle();
  assert.deepEqual(said("choose"), [sad]);
});

const refused = (more = {}) => ({
  key: "k1",
  url: "/submit/lost",
  assignment: "lost",
  target: assignment("lost"),
  body: { ...sad, comment: "low", scheme: "seqd-1@1", listened_ms: 900, replays: 1 },
  status: 409,
  code: "scheme_changed",
  detail: "",
  ...more,
});

test("a refused answer whose clip is not offered any more is given again in its place", async () => {
  const { revision, said } = revisionAfter("one");
  await revision.reopen(refused());
  assert.deepEqual([said("revising"), said("show")], [["reopened"], ["lost"]]);
  assert.deepEqual([said("choose")[0].labels, said("choose")[0].comment], [sad.labels, "low"]);
  await revision.send(revision.current, { ...happy, scheme: "seqd-1@2", listened_ms: 400, replays: 2 });
  const [entry] = said("sent");
  assert.deepEqual([entry.url, entry.assignment, entry.target.id], ["/submit/lost", "lost", "lost"]);
  assert.deepEqual(entry.body, { ...happy, scheme: "seqd-1@2", listened_ms: 900, replays: 3 });
  assert.notEqual(entry.key, "k1");
  assert.deepEqual([said("discard"), said("hint")], [["k1"], ["sent_again"]]);
  assert.equal(revision.current, null);
});

test("a change keeps what it is about, so that it can be opened again once refused", async () => {
  const { revision, said } = revisionAfter("one");
  await revision.toggle();
  await revision.send(revision.current, sad);
  assert.equal(said("sent")[0].target.clip.id, "clip-one");
});

test("without an answer before, nothing begins", async () => {
  const { revision, told } = revisionAfter();
  await revision.toggle();
  assert.equal(revision.current, null);
  assert.deepEqual(told, []);
});

test("what is changed goes to the address of the earlier answer, and is told once stored", async () => {
  const { revision, said } = revisionAfter("one");
  await revision.toggle();
  await revision.send(revision.current, sad);
  await soon();
  const [entry] = said("sent");
  assert.deepEqual([entry.url, entry.body], ["/annotations/ann_one/revise/", sad]);
  assert.deepEqual(said("stored"), [{ id: "ann_new" }]);
  assert.deepEqual(said("hint"), ["revised"]);
  assert.equal(revision.current, null);
});

test("an answer changed here before begins from its newest values", async () => {
  const { revision, said } = revisionAfter("one");
  await revision.toggle();
  await revision.send(revision.current, sad);
  await revision.earlier({ id: "ann_one", assignment: assignment("one"), ...happy });
  assert.deepEqual(said("choose").at(-1).labels, sad.labels);
});

test("an answer that another module tells of is loaded", async () => {
  const { revision, said } = revisionAfter();
  await revision.earlier({ id: "ann_old", assignment: assignment("old"), ...sad });
  assert.deepEqual(said("show"), ["old"]);
  assert.deepEqual(said("choose")[0].labels, sad.labels);
});

test("where the answer itself was refused, that is said and it stays open", async () => {
  const { revision, said } = revisionAfter("one");
  await revision.toggle();
  const error = new Refused(422, { code: "bad_labels", detail: "No." });
  const refusedAnswer = Promise.reject(error);
  refusedAnswer.catch(() => {});
  Object.assign(revision.current, { stored: refusedAnswer });
  await revision.send(revision.current, sad);
  assert.deepEqual(said("refused"), [error]);
  assert.equal(revision.current.assignment.id, "one");
});
