import assert from "node:assert/strict";
import { test } from "node:test";

import { inWords } from "../../annotation/static/annotation/js/history.js";

const names = { esc: { HAP: "Happy", UNK: "Cannot tell" }, eis: { 0: "0 · None", 2: "2 · Moderate" } };

test("a label is told by its emotion and how strong it is", () => {
  assert.equal(inWords([{ esc: "HAP", eis: 2 }], names), "Happy 2 · Moderate");
});

test("an emotion that was not rated is told alone", () => {
  assert.equal(inWords([{ esc: "UNK", eis: null }], names), "Cannot tell");
});

test("none is a rating too, and several emotions are told in their order", () => {
  const labels = [
    { esc: "HAP", eis: 0 },
    { esc: "UNK", eis: 2 },
  ];
  assert.equal(inWords(labels, names), "Happy 0 · None, Cannot tell 2 · Moderate");
});

test("what the scheme does not name is shown as it is", () => {
  assert.equal(inWords([{ esc: "JOY", eis: 7 }], names), "JOY 7");
});
