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
  const behind = new Behind();
  for (const id of before) {
    behind.add(fromBefore({ id: `ann_${id}`, assignment: assignment(id), ...happy }, async () => media));
  }
  const told = [];
  const tell = (what) => (value) => void told.push([what, value]);
  const revision = new Revision({
    behind,
    view: { revising: tell("revising"), hint: tell("hint"), refused: tell("refused") },
    outbox: { send: (entry) => (told.push(["sent", entry]), Promise.resolve({ id: "ann_new" })) },
    url: "/annotations/ID/revise/",
    load: async () => media,
    show: async (done) => void told.push(["show", done?.assignment.id]),
    choose: tell("choose"),
    stored: tell("stored"),
  });
  return { revision, told, said: (what) => told.filter(([name]) => name === what).map(([, value]) => value) };
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
  assert.deepEqual(said("revising"), [true, false]);
  assert.deepEqual(said("show"), ["one", undefined]);
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
