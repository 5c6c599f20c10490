import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, Unreachable } from "../../annotation/static/annotation/js/api.js";
import { makeSkip, reasonToSkip } from "../../annotation/static/annotation/js/skip.js";
import { assignment, fakeApi } from "./fakes.js";

const closed = new Refused(409, { code: "assignment_closed", detail: "This assignment is already expired." });

/** A page at a clip; it writes down what becomes of it. */
function pageAt(id, { answers = [{}], failed = false, note = "", idle = false, revising = false } = {}) {
  const told = [];
  const tell = (what) => (value) => void told.push([what, value]);
  const held = [{ assignment: assignment(id) }, { assignment: assignment("next") }];
  const queue = {
    get current() {
      return held[0];
    },
    drop: (one) => (told.push(["drop", one]), held[0]?.assignment.id === one && Boolean(held.shift())),
    forget: tell("forget"),
  };
  const view = {
    isIdle: () => idle,
    hasFailed: () => failed,
    note: () => ({ note, flags: [] }),
    hint: tell("hint"),
    refused: tell("refused"),
    problem: tell("problem"),
  };
  const api = fakeApi(answers);
  const skip = makeSkip({ api, url: "/skip/ID", queue, view, busy: () => revising, go: () => told.push(["go"]), tell: tell("tell") });
  return { skip, api, told };
}

test("a clip is given back, and the next one comes", async () => {
  const { skip, api, told } = pageAt("a");
  await skip();
  assert.deepEqual([api.calls[0].url, api.calls[0].body], ["/skip/a", { reason: "skipped" }]);
  assert.deepEqual(told, [["drop", "a"], ["tell", "a"], ["go"], ["hint", "skipped"]]);
});

test("a clip that could not be loaded can be given back, and the reason says so", async () => {
  const { skip, api, told } = pageAt("a", { failed: true });
  await skip();
  assert.deepEqual(api.calls[0].body, { reason: "technical_fault" });
  assert.ok(told.some(([what]) => what === "go"));
});

test("one whose lease ran out is left like one that was given back, and may come again", async () => {
  const { skip, told } = pageAt("a", { answers: [closed] });
  await skip();
  assert.deepEqual(told, [["drop", "a"], ["forget", "a"], ["tell", "a"], ["go"], ["hint", "skipped"]]);
});

test("a second press does not give back the clip after it", async () => {
  const { skip, api } = pageAt("a");
  await Promise.all([skip(), skip()]);
  assert.deepEqual(api.calls.map((call) => call.url), ["/skip/a"]);
});

test("what the server refuses for another reason is said, and the clip stays", async () => {
  const refusal = new Refused(403, { code: "forbidden", detail: "No." });
  const refused = pageAt("a", { answers: [refusal] });
  await refused.skip();
  assert.deepEqual(refused.told, [["refused", refusal]]);
  const off = pageAt("a", { answers: [new Unreachable("off")] });
  await off.skip();
  assert.deepEqual(off.told, [["problem", ""]]);
});

test("while there is no clip, or an earlier answer is being changed, nothing is given back", async () => {
  for (const page of [pageAt("a", { idle: true }), pageAt("a", { revising: true })]) {
    await page.skip();
    assert.deepEqual(page.told, []);
  }
});

test("a note longer than a reason may be is cut to whole characters, and that is said", async () => {
  const note = "听".repeat(199) + "😀😀";
  const { reason, cut } = reasonToSkip({ note, flags: [], failed: false });
  assert.deepEqual([[...reason].length, reason.endsWith("听😀"), cut], [200, true, true]);
  assert.equal(reasonToSkip({ note: "x".repeat(200), flags: [], failed: false }).cut, false);
  const { skip, told } = pageAt("a", { note });
  await skip();
  assert.deepEqual(told.at(-1), ["hint", "skipped_cut"]);
});

test("what was ticked is the reason where there is no note", () => {
  const flags = ["noise", "technical_fault"];
  assert.equal(reasonToSkip({ note: " ", flags, failed: true }).reason, "noise, technical_fault");
  assert.equal(reasonToSkip({ note: "too quiet", flags, failed: false }).reason, "too quiet");
});

test("the second of a double press does not give back the clip that came between", async () => {
  const { skip, api } = pageAt("a");
  await skip({ detail: 1 });
  await skip({ detail: 2 });
  assert.deepEqual(api.calls.map((call) => call.url), ["/skip/a"]);
  await skip({ detail: 1 });
  assert.equal(api.calls.length, 2);
});
