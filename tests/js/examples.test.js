import assert from "node:assert/strict";
import { test } from "node:test";

import { pauseClip } from "../../annotation/static/annotation/js/examples.js";

function pageThat(/** @type {string[]} */ ...attributes) {
  const pressed = [];
  const page = {
    hasAttribute: (name) => attributes.includes(name),
    querySelector: (selector) => ({ click: () => pressed.push(selector) }),
  };
  return { page, pressed };
}

test("a clip that plays is paused as its own button does", () => {
  const { page, pressed } = pageThat("data-playing");
  pauseClip(page);
  assert.deepEqual(pressed, ["[data-part=pause]"]);
});

test("a clip that rests is left alone: the button would start it", () => {
  const { page, pressed } = pageThat();
  pauseClip(page);
  assert.deepEqual(pressed, []);
});
