import assert from "node:assert/strict";
import { test } from "node:test";

import { brokenRules } from "../../annotation/static/annotation/js/rules.js";

const rule = (when, then, severity = "refuse") => ({ when, then, severity, message: "?" });
const pleasant = rule({ esc: ["HAP"] }, { extra: "valence", min: 5 });
const heard = rule({ esc: ["SAD"], eis_min: 1 }, { eis_min: 2 });

function fields(rules, esc, eis, extras = {}, multi = false) {
  return brokenRules(rules, { labels: [{ esc, eis }], extras }, { multi }).map(({ field }) => field);
}

test("a rule is broken where it applies and the other scale lies outside", () => {
  assert.deepEqual(fields([pleasant], "HAP", 2, { valence: 4 }), ["extras.valence"]);
  assert.deepEqual(fields([pleasant], "HAP", 2, { valence: 5 }), []);
  assert.deepEqual(fields([pleasant], "SAD", 2, { valence: 4 }), []);
});

test("what was not rated breaks no rule", () => {
  assert.deepEqual(fields([pleasant], "HAP", 2), []);
  assert.deepEqual(fields([heard], "SAD", null), []);
});

test("a rule may be about the intensity itself", () => {
  assert.deepEqual(fields([heard], "SAD", 1), ["labels.0.eis"]);
  assert.deepEqual(fields([heard], "SAD", 2), []);
});

test("among several emotions, one rated 0 was not heard", () => {
  assert.deepEqual(fields([pleasant], "HAP", 0, { valence: 1 }, true), []);
  assert.deepEqual(fields([pleasant], "HAP", 1, { valence: 1 }, true), ["extras.valence"]);
});

test("every broken rule is told, each once", () => {
  const labels = [{ esc: "HAP", eis: 1 }, { esc: "SAD", eis: 1 }];
  const found = brokenRules([rule({}, { extra: "valence", max: 3 }), heard], { labels, extras: { valence: 9 } }, { multi: true });
  assert.deepEqual(found.map(({ field }) => field), ["extras.valence", "labels.1.eis"]);
});
