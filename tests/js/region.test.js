import assert from "node:assert/strict";
import { test } from "node:test";

import { keyedTo, withEnd } from "../../annotation/static/annotation/js/region.js";

test("the first end that is set goes with the end of the clip", () => {
  assert.deepEqual(withEnd(null, "from", 0.4, 2), { from_s: 0.4, to_s: 2 });
  assert.deepEqual(withEnd(null, "to", 0.4, 2), { from_s: 0, to_s: 0.4 });
});

test("the other end stays where it is", () => {
  assert.deepEqual(withEnd({ from_s: 0.4, to_s: 1 }, "to", 1.5, 2), { from_s: 0.4, to_s: 1.5 });
});

test("an end set beyond the other begins a new part", () => {
  assert.deepEqual(withEnd({ from_s: 0.4, to_s: 1 }, "from", 1.2, 2), { from_s: 1.2, to_s: 2 });
  assert.deepEqual(withEnd({ from_s: 0.4, to_s: 1 }, "to", 0.2, 2), { from_s: 0, to_s: 0.2 });
});

test("an end never leaves the clip", () => {
  assert.equal(withEnd(null, "from", -1, 2).from_s, 0);
  assert.equal(withEnd(null, "to", 9, 2).to_s, 2);
});

test("the keys of a slider move it, others are left alone", () => {
  assert.equal(keyedTo("ArrowRight", 1, 2), 1.05);
  assert.equal(keyedTo("PageDown", 1, 2), 0.5);
  assert.equal(keyedTo("Home", 1, 2), 0);
  assert.equal(keyedTo("End", 1, 2), 2);
  assert.equal(keyedTo("ArrowLeft", 0.01, 2), 0);
  assert.equal(keyedTo("Enter", 1, 2), null);
});
