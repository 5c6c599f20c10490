import assert from "node:assert/strict";
import { test } from "node:test";

import { makeRegions } from "../../annotation/static/annotation/js/long_regions.js";
import { makeSaving } from "../../annotation/static/annotation/js/long_saving.js";

const ROWS = [
  { id: "reg_1", start_frame: 0, end_frame: 100, prompt: "prm_1" },
  { id: "reg_2", start_frame: 200, end_frame: 300, prompt: null },
];
const words = { textSaved: "saved", textChanged: "changed", textSaving: "saving", textQueued: "queued", textLost: "lost" };

globalThis.document = /** @type {any} */ ({ cookie: "", querySelectorAll: () => [] });

/** A server that holds regions at a revision, and lets a test hold back or lose an answer. */
function server() {
  const there = { revision: 1, regions: ROWS, sent: 0, gates: [], lose: 0 };
  globalThis.fetch = async (_url, { body }) => {
    const asked = JSON.parse(body);
    there.sent += 1;
    const gate = there.gates.shift();
    if (gate) await gate;
    if (asked.revision !== there.revision) {
      const recording = { revision: there.revision, regions: there.regions };
      return Response.json({ code: "regions_changed", detail: "", recording }, { status: 409 });
    }
    there.revision += 1;
    there.regions = asked.regions.map((row, k) => ({ id: `reg_${there.revision}${k}`, ...row }));
    if (there.lose && there.lose--) throw new TypeError("network");
    return Response.json({ revision: there.revision, regions: there.regions });
  };
  return there;
}

function editor() {
  const regions = makeRegions(ROWS, { frames: 1000, shortest: 10 });
  const told = [];
  const conflict = { hidden: true, focus() {} };
  const saving = makeSaving(regions, {
    url: "/regions/", revision: 1, texts: {}, words, conflict, replaced() {},
    signal: new AbortController().signal, tell: (text) => told.push(text),
  });
  return { regions, told, conflict, saving };
}

/** @returns {[Promise<void>, () => void]} */
const gate = () => {
  let open;
  return [new Promise((go) => (open = go)), open];
};

/** A first save of a region that was removed, whose answer is held back. */
function held() {
  const there = server();
  const edited = editor();
  const [gated, open] = gate();
  there.gates = [gated];
  edited.regions.remove();
  return { there, ...edited, first: edited.saving.save(), open };
}

test("a save that is asked for during another one comes after it, and says so", async () => {
  const there = server();
  const { regions, told, conflict, saving } = editor();
  const [gated, open] = gate();
  there.gates = [gated];
  regions.choose(0);
  regions.setPrompt(null);
  const first = saving.save();
  regions.choose(1);
  regions.remove();
  await saving.save();
  assert.deepEqual(told, ["saving", "queued"]);
  open();
  await first;
  assert.deepEqual(told.slice(2), ["changed", "saving", "saved"]);
  assert.equal(conflict.hidden, true);
  assert.deepEqual(there.regions.map((row) => row.prompt), [null]);
  assert.equal(saving.unsaved, false);
});

test("pressed twice without a change between, it is sent once", async () => {
  const { there, told, saving, first, open } = held();
  await saving.save();
  open();
  await first;
  assert.deepEqual([there.sent, told.at(-1)], [1, "saved"]);
});

test("a change that nobody asked to save is not saved", async () => {
  const { there, regions, told, saving, first, open } = held();
  regions.remove();
  open();
  await first;
  assert.deepEqual([there.sent, told.at(-1), saving.unsaved], [1, "changed", true]);
});

test("what was saved although its answer was lost is nobody else's", async () => {
  const there = server();
  const { regions, told, conflict, saving } = editor();
  there.lose = 1;
  regions.remove();
  await saving.save();
  assert.equal(told.at(-1), "lost");
  await saving.save();
  assert.deepEqual([told.at(-1), conflict.hidden, saving.unsaved], ["saved", true, false]);
});

test("what was changed after a lost answer is saved on top of it", async () => {
  const there = server();
  const { regions, told, conflict, saving } = editor();
  there.lose = 1;
  regions.remove();
  await saving.save();
  regions.setPrompt("prm_2");
  await saving.save();
  assert.deepEqual([told.at(-1), conflict.hidden], ["saved", true]);
  assert.deepEqual(there.regions.map((row) => row.prompt), ["prm_2"]);
});

test("somebody else's regions are shown, and a save that waited is not made over them", async () => {
  const { there, regions, conflict, saving, first, open } = held();
  regions.remove();
  await saving.save();
  there.revision = 5;
  open();
  await first;
  assert.deepEqual([conflict.hidden, there.sent, regions.rows.length, saving.unsaved], [false, 1, 2, true]);
});
