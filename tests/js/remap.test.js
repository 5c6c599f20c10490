import assert from "node:assert/strict";
import { test } from "node:test";

import { codeOf } from "../../annotation/static/annotation/js/keys.js";
import { clashes } from "../../annotation/static/annotation/js/remap.js";
import { press } from "./fakes.js";

const keys = (/** @type {Record<string, string>} */ map) => new Map(Object.entries(map));

test("actions with keys of their own do not clash", () => {
  assert.equal(clashes(keys({ "esc:HAP": "Digit2", "esc:SAD": "Digit3" })).size, 0);
});

test("each action of a clash is told all the others", () => {
  const found = clashes(keys({ "esc:HAP": "KeyW", "esc:SAD": "KeyW", "eis:1": "KeyJ", "action:skip": "KeyW" }));
  assert.deepEqual([...found.keys()], ["esc:HAP", "esc:SAD", "action:skip"]);
  assert.deepEqual(found.get("esc:SAD"), ["esc:HAP", "action:skip"]);
});

test("actions without a key do not clash with each other", () => {
  assert.equal(clashes(keys({ "action:loop": "", "action:skip": "" })).size, 0);
});

test("the new key is the place on the keyboard, whatever an input method makes of it", () => {
  assert.equal(codeOf(press("KeyW", { key: "Process", keyCode: 229, isComposing: true })), "KeyW");
  assert.equal(codeOf(press("Numpad4", { key: "4" })), "Digit4");
  assert.equal(codeOf(press("", { key: "w" })), "KeyW");
});
