import assert from "node:assert/strict";
import { test } from "node:test";

import { Heard } from "../../annotation/static/annotation/js/heard.js";

function heard(...spans) {
  const made = new Heard();
  for (const [from, to] of spans) made.add(from, to);
  return made;
}

test("a part that was heard twice counts once", () => {
  assert.equal(heard([0, 1], [0, 1], [0.5, 1]).total_s, 1);
});

test("parts that touch or overlap become one, others stay apart", () => {
  const made = heard([2, 3], [0, 1], [0.5, 2]);
  assert.equal(made.total_s, 3);
  assert.equal(made.firstGap_s, 3);
  assert.equal(heard([0, 1], [2, 3]).total_s, 2);
});

test("the first part that was not heard begins where the hearing stopped", () => {
  assert.equal(heard([0, 1], [2, 3]).firstGap_s, 1);
  assert.equal(heard([2, 3]).firstGap_s, 0);
});

test("a loop that came round covers itself and no more", () => {
  const made = heard();
  made.addRun(0.5, 10, [0.5, 1]);
  assert.equal(made.total_s, 0.5);
});

test("a loop that was entered before its beginning covers the way there", () => {
  const made = heard();
  made.addRun(0.8, 0.4, [0.5, 1]);
  assert.ok(Math.abs(made.total_s - 0.4) < 1e-9);
});

test("nothing was heard of a run without length", () => {
  assert.equal(heard([1, 1], [2, 1]).total_s, 0);
});
